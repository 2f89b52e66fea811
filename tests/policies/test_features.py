"""An environment fitted to a checkpoint: what is read from the files that LeRobot writes, and what is made of it."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from huggingface_hub import constants
from lerobot.configs import FeatureType, PolicyFeature
from lerobot.configs.default import DatasetConfig
from lerobot.configs.train import TrainPipelineConfig
from lerobot.datasets import LeRobotDataset
from lerobot.policies import ACTConfig, SmolVLAConfig, make_pre_post_processors

import lerobot_env_leisaac  # noqa: F401
from lerobot_env_leisaac import units
from lerobot_env_leisaac.envs.make import apply_policy_keywords, load_cfg
from lerobot_env_leisaac.policies.features import read_features

ID = "LeIsaac-SO101-LiftCube-SmolVLA-v0"
CFG = gym.spec(ID).kwargs["env_cfg_entry_point"]
OWN_INSTRUCTION = "Lift the red cube up."
SIZES = {"front": (96, 128), "wrist": (48, 64)}


def image(height: int, width: int, channels: int = 3) -> PolicyFeature:
    return PolicyFeature(FeatureType.VISUAL, (channels, height, width))


def features(sizes=SIZES, state: int | None = 6, action: int = 6) -> dict:
    inputs = {f"observation.images.{camera}": image(*size) for camera, size in sizes.items()}
    if state is not None:
        inputs["observation.state"] = PolicyFeature(FeatureType.STATE, (state,))
    return {"input_features": inputs, "output_features": {"action": PolicyFeature(FeatureType.ACTION, (action,))}}


def write_checkpoint(last: Path, root: Path | None = None, rename_map=None, **declared) -> Path:
    """Write the configuration files of `checkpoints/last` as lerobot-train does, for a tiny ACT policy."""
    folder = last / "pretrained_model"
    config = ACTConfig(
        **(declared or features()),
        device="cpu",
        push_to_hub=False,
        pretrained_backbone_weights=None,
        dim_model=16,
        n_heads=2,
        dim_feedforward=16,
        chunk_size=4,
        n_action_steps=4,
    )
    config.save_pretrained(folder)
    preprocessor, postprocessor = make_pre_post_processors(config)
    if rename_map:
        preprocessor.steps[0].rename_map = rename_map
    preprocessor.save_pretrained(folder)
    postprocessor.save_pretrained(folder)
    dataset = DatasetConfig(repo_id="user/lift", root=str(root) if root else None)
    TrainPipelineConfig(dataset=dataset, policy=config, output_dir=last).save_pretrained(folder)
    return folder


def write_dataset(root: Path, *tasks: str) -> Path:
    state = {"dtype": "float32", "shape": (6,), "names": None}
    dataset = LeRobotDataset.create(
        "user/lift", fps=30, root=root, features={"observation.state": state, "action": state}, use_videos=False
    )
    for task in tasks:
        zeros = np.zeros(6, np.float32)
        dataset.add_frame({"observation.state": zeros, "action": zeros, "task": task})
        dataset.save_episode()
    dataset.finalize()
    return root


def fitted(checkpoint: Path, **keywords):
    cfg = load_cfg(CFG)
    apply_policy_keywords(cfg, checkpoint=checkpoint, **keywords)
    return cfg


def sizes_of(cfg) -> dict:
    sensors = {camera: getattr(cfg.scene, camera) for camera in ("front", "top", "wrist")}
    return {camera: (sensor.height, sensor.width) for camera, sensor in sensors.items() if sensor is not None}


def test_cameras_image_sizes_and_instruction_are_those_of_the_checkpoint(tmp_path):
    root = write_dataset(tmp_path / "dataset", "Pick up the cube.", "Pick up the cube.")
    folder = write_checkpoint(tmp_path / "last", root)
    for checkpoint in (folder, tmp_path / "last", str(folder)):
        cfg = fitted(checkpoint)
        assert set(cfg.cameras()) == {"front", "wrist"}
        assert sizes_of(cfg) == SIZES
        assert cfg.instruction == "Pick up the cube."


def test_explicit_keywords_win_over_the_checkpoint(tmp_path, no_datasets):
    checkpoint = write_checkpoint(tmp_path)
    assert sizes_of(fitted(checkpoint, image_size=(32, 40))) == {"front": (32, 40), "wrist": (32, 40)}
    assert sizes_of(fitted(checkpoint, cameras=("wrist", "top"))) == {"wrist": (48, 64), "top": (480, 640)}
    assert sizes_of(fitted(checkpoint, cameras=("top",), image_size=(32, 40))) == {"top": (32, 40)}


def test_units_are_those_that_the_checkpoint_declares(tmp_path, no_datasets):
    checkpoint = write_checkpoint(tmp_path)
    assert fitted(checkpoint).units == "degrees"
    (checkpoint / "leisaac.json").write_text('{"units": "lerobot_degrees"}')
    assert fitted(checkpoint).units == units.load("lerobot_degrees")
    assert fitted(checkpoint, units="radians").units == "radians", "an argument wins"
    mine = dataclasses.replace(units.load("lerobot_degrees"), name="my_arm", offset=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0))
    (checkpoint / "leisaac.json").write_text(json.dumps({"units": mine.table}))
    assert fitted(checkpoint).units == mine


def test_the_tasks_own_instruction_stays_where_the_dataset_does_not_settle_it(tmp_path, no_datasets):
    assert fitted(write_checkpoint(tmp_path / "gone", tmp_path / "nowhere")).instruction == OWN_INSTRUCTION
    two = write_dataset(tmp_path / "two", "Pick up the cube.", "Put it down.")
    assert fitted(write_checkpoint(tmp_path / "several", two)).instruction == OWN_INSTRUCTION
    bare = write_checkpoint(tmp_path / "bare")
    (bare / "train_config.json").unlink()
    assert fitted(bare).instruction == OWN_INSTRUCTION


def test_a_dataset_without_root_is_looked_up_where_lerobot_keeps_datasets(tmp_path, no_datasets):
    checkpoint = write_checkpoint(tmp_path / "last")
    assert read_features(checkpoint).instruction is None
    write_dataset(no_datasets / "user/lift", "Pick up the cube.")
    assert read_features(checkpoint).instruction == "Pick up the cube."


def test_cameras_that_the_checkpoint_itself_renames_have_the_names_of_the_environment(tmp_path, no_datasets):
    rename_map = {"observation.images.front": "observation.images.camera1"}
    sizes = {"camera1": (96, 128), "wrist": (48, 64)}
    assert sizes_of(fitted(write_checkpoint(tmp_path, rename_map=rename_map, **features(sizes)))) == SIZES


def test_cameras_that_the_policy_fills_in_itself_are_not_asked_for(tmp_path):
    config = SmolVLAConfig(**features(), device="cpu", empty_cameras=2)
    config.validate_features()
    assert "observation.images.empty_camera_1" in config.input_features
    config.save_pretrained(tmp_path)
    assert sizes_of(fitted(tmp_path)) == dict.fromkeys(
        SIZES, (480, 640)
    )  # SmolVLA resizes: what it declares may be old
    (tmp_path / "leisaac.json").write_text(json.dumps({"cameras": SIZES}))
    assert sizes_of(fitted(tmp_path)) == SIZES


def test_a_policy_need_not_see_the_state(tmp_path):
    assert read_features(write_checkpoint(tmp_path, **features(state=None))).image_sizes == SIZES


def test_a_camera_that_the_environment_lacks_is_refused_with_those_it_has(tmp_path, no_datasets):
    checkpoint = write_checkpoint(tmp_path, **features({"camera1": (96, 128), "wrist": (48, 64)}))
    message = (
        r"looks through camera1, the environment's cameras are front, top, wrist .*"
        r"which of front, top shows what camera1 showed .* --rename-map '\{\"observation.images.\?\": "
        r"\"observation.images.camera1\"\}', .*; or choose .* cameras="
    )
    with pytest.raises(ValueError, match=message):
        fitted(checkpoint)
    assert sizes_of(fitted(checkpoint, cameras=("front", "wrist"))) == {"front": (480, 640), "wrist": (48, 64)}


def test_a_camera_that_a_given_configuration_dropped_is_refused(tmp_path, no_datasets):
    cfg = load_cfg(CFG)
    apply_policy_keywords(cfg, cameras=("top", "wrist"))
    with pytest.raises(ValueError, match=r"looks through front, the environment's cameras are top, wrist "):
        gym.make(ID, cfg=cfg, checkpoint=write_checkpoint(tmp_path))


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (features(state=7), r"declares observation.state of shape \(7,\), expected \(6,\) .*gripper: pass a policy"),
        (features(action=8), r"declares action of shape \(8,\), expected \(6,\)"),
        ({**features(), "output_features": {}}, r"declares action of shape None, expected \(6,\)"),
        (
            {**features(), "input_features": {"observation.images.front": image(96, 128, channels=1)}},
            r"declares observation.images.front of shape \(1, 96, 128\), expected \(3, height, width\)",
        ),
    ],
)
def test_a_policy_for_another_robot_is_refused(tmp_path, declared, message):
    with pytest.raises(ValueError, match=message) as error:
        fitted(write_checkpoint(tmp_path, **declared))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            json.dumps({"model_type": "llama"}),
            "config.json that LeRobot makes no policy of .*Missing 'type' field.*: pass",
        ),
        (json.dumps({"type": "my_policy"}), "does not know: the policy type 'my_policy'.* not installed: install"),
        (
            json.dumps({"type": "act", "chunk_size": "many"}),
            "that LeRobot makes no policy of .*Couldn't parse 'many' into an int.*: pass",
        ),
        ("{", "config.json is no JSON file .Expecting property name.*: restore it"),
        ("[]", r"config.json holds \[\], expected a JSON object"),
    ],
)
def test_what_is_not_a_policy_is_refused(tmp_path, text, found):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ValueError, match=found) as error:
        gym.make(ID, checkpoint=tmp_path)
    assert "\n" not in str(error.value)


def test_a_folder_without_configuration_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"has no config.json in .*expected the pretrained_model directory"):
        gym.make(ID, checkpoint=tmp_path)


@pytest.mark.parametrize(
    ("checkpoint", "message"),
    [
        ("/no/such/directory", "is no directory here and no id of the Hub, such as user/policy: expected"),
        ("user/no-such-policy", "is no directory here and not to be had from the Hub .*: correct the path or id"),
    ],
)
def test_a_checkpoint_that_is_neither_here_nor_on_the_hub_is_refused(monkeypatch, checkpoint, message):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(FileNotFoundError, match=f"'{checkpoint}' {message}") as error:
        gym.make(ID, checkpoint=checkpoint)
    assert "\n" not in str(error.value)


def test_lerobot_is_not_imported_without_a_checkpoint():
    script = f"""
import sys
from lerobot_env_leisaac.envs.make import apply_policy_keywords, load_cfg
apply_policy_keywords(load_cfg({CFG!r}), image_size=(96, 128))
sys.exit("lerobot" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
