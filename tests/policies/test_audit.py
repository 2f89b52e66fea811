"""What an audit finds: cameras, images, joints, units and the dataset behind a checkpoint."""

import functools
import json
import re
from pathlib import Path
from types import SimpleNamespace

import checkpoints
import gymnasium as gym
import numpy as np
import pytest
import torch
from lerobot.configs import FeatureType, PolicyFeature
from lerobot.datasets import LeRobotDataset
from lerobot.policies import ACTConfig
from safetensors.torch import load_file, save_file

import lerobot_env_leisaac  # noqa: F401
from lerobot_env_leisaac import cli, units
from lerobot_env_leisaac.envs.make import apply_policy_keywords, load_cfg
from lerobot_env_leisaac.policies.audit import audit
from lerobot_env_leisaac.policies.checkpoint import open_checkpoint
from lerobot_env_leisaac.policies.environment_facts import EnvironmentFacts
from lerobot_env_leisaac.policies.features import read_features
from lerobot_env_leisaac.policies.load import load
from lerobot_env_leisaac.robots.so101.spec import SO101
from lerobot_env_leisaac.tasks.lift_cube.spec import SPEC
from lerobot_env_leisaac.unit_equality import difference

ID = "LeIsaac-SO101-LiftCube-SmolVLA-v0"
SIZE = (96, 128)
make_act = functools.partial(checkpoints.make_act, weights=False)
TRUST = "nothing declares the units of the training data"
POSTPROCESSOR_STATE = "policy_postprocessor_step_0_unnormalizer_processor.safetensors"


@functools.cache
def facts(size=SIZE, **keywords) -> EnvironmentFacts:
    cfg = load_cfg(gym.spec(ID).kwargs["env_cfg_entry_point"])
    apply_policy_keywords(cfg, image_size=size, **keywords)
    return EnvironmentFacts.of(cfg)


def findings(checkpoint, environment=None, **keywords) -> list[tuple[str, str, str]]:
    result = audit(open_checkpoint(checkpoint), environment or facts(), **keywords)
    for finding in result.findings:
        assert "\n" not in finding.verdict
    return [(finding.level, finding.check, finding.verdict) for finding in result.findings]


def one(found, level: str, check: str) -> str:
    """The verdict of the only finding of a check, of the expected level."""
    (verdict,) = [verdict for _, its, verdict in found if its == check]
    assert (level, check) in {(its_level, its) for its_level, its, _ in found}
    return verdict


def write_dataset(root, fps=30, names=SO101.channel_names, convention=None, size=SIZE, instruction=SPEC.instruction):
    """A dataset of one frame, with or without leisaac record's note of its units."""
    vector = {"dtype": "float32", "shape": (6,), "names": [f"{name}.pos" for name in names]}
    image = {"dtype": "image", "shape": (*size, 3), "names": ["height", "width", "channels"]}
    dataset = LeRobotDataset.create(
        "user/lift",
        fps=fps,
        root=root,
        features={"observation.state": vector, "action": vector, "observation.images.front": image},
        use_videos=False,
    )
    zeros = np.zeros(6, np.float32)
    frame = np.zeros((*size, 3), np.uint8)
    dataset.add_frame(
        {"observation.state": zeros, "action": zeros, "observation.images.front": frame, "task": instruction}
    )
    dataset.save_episode()
    dataset.finalize()
    if convention is not None:
        (root / "meta/leisaac.json").write_text(json.dumps({"format": 1, "units": units.load(convention).table}))
    return root


def in_units(name: str):
    """The reference statistics in a convention."""
    convention = units.load(name)
    return {
        feature: {
            key: value.deg2rad() * np.float32(convention.scale)
            if key == "std"
            else convention.from_radians(value.deg2rad())
            for key, value in known.items()
        }
        for feature, known in checkpoints.reference_statistics().items()
    }


def test_a_checkpoint_that_fits_and_declares_its_units_has_no_findings(tmp_path):
    root = write_dataset(tmp_path / "data", convention="degrees")
    checkpoint = make_act(tmp_path / "run", dataset_root=root)
    result = audit(open_checkpoint(checkpoint), facts())
    assert result.findings == []
    assert result.declared_by == str(root / "meta/leisaac.json")
    assert [(row.policy, row.environment) for row in result.cameras] == [(name, name) for name in checkpoints.CAMERAS]
    flex = next(row for row in result.joints if (row.feature, row.joint) == ("action", "wrist_flex"))
    assert (flex.unit, round(flex.mean, 2), round(flex.std, 2)) == ("deg", 76.21, 18.91)
    assert (round(flex.limit_low), round(flex.limit_high)) == (-95, 95)


@pytest.mark.parametrize("data", units.names())
def test_a_declared_convention_must_be_the_environments(tmp_path, data):
    root = write_dataset(tmp_path / "data", convention=data)
    checkpoint = make_act(tmp_path / "run", cameras=("front",), dataset_root=root, statistics=in_units(data))
    for environment in units.names():
        found = findings(checkpoint, facts(units=environment))
        if data == environment:
            assert found == []
            continue
        verdict = one(found, "error", "units")
        assert f"are in {data!r} ({root}/meta/leisaac.json says so), the environment speaks {environment!r}" in verdict
        assert f"units={data!r} (--units {data})" in verdict
        if {data, environment} == {"radians", "degrees"}:
            assert "a factor of about 57.3 in shoulder_pan, " in verdict
        if {data, environment} == {"lerobot_normalized", "lerobot_normalized_leisaac"}:
            assert "in elbow_flex, wrist_roll:" in verdict
        if {data, environment} == {"degrees", "lerobot_degrees"}:
            assert "in gripper:" in verdict


@pytest.mark.parametrize("data", units.names())
def test_without_a_declaration_only_radians_are_told(tmp_path, no_datasets, data):
    checkpoint = make_act(tmp_path, cameras=("front",), statistics=in_units(data))
    in_degrees, in_radians = findings(checkpoint), findings(checkpoint, facts(units="radians"))
    if data == "radians":
        assert {level for level, _, _ in in_degrees} == {"error"}
        assert all("units='radians' (--units radians)" in verdict for _, _, verdict in in_degrees)
        assert in_radians == []
    else:
        verdict = one(in_degrees, "warning", "units")
        assert verdict.startswith(TRUST) and "not degrees from -100..100" in verdict
        assert {level for level, _, _ in in_radians} == {"error"}
    assert findings(checkpoint, facts(units=data), units=data) == []


def test_an_argument_that_contradicts_the_dataset_is_refused(tmp_path):
    root = write_dataset(tmp_path / "data", convention="lerobot_degrees")
    checkpoint = make_act(tmp_path / "run", dataset_root=root, statistics=in_units("lerobot_degrees"))
    verdict = one(findings(checkpoint, facts(units="degrees"), units="degrees"), "error", "units")
    assert "are in 'lerobot_degrees'" in verdict and "in gripper:" in verdict


def test_a_declaration_that_the_statistics_contradict_is_refused(tmp_path):
    root = write_dataset(tmp_path / "data", convention="degrees")
    checkpoint = make_act(tmp_path / "run", dataset_root=root, statistics=in_units("radians"))
    found = findings(checkpoint)
    assert {level for level, _, _ in found} == {"error"}
    assert all(
        "on the scale of radians" in verdict and "leisaac.json cannot be right" in verdict for *_, verdict in found
    )


def test_a_checkpoint_may_declare_its_units_itself(tmp_path, no_datasets):
    checkpoint = make_act(tmp_path)
    (checkpoint / "leisaac.json").write_text(json.dumps({"units": units.load("degrees").table}))
    assert findings(checkpoint) == []
    table = units.load("degrees").table
    table["joints"].pop("gripper")
    (checkpoint / "leisaac.json").write_text(json.dumps({"units": table}))
    with pytest.raises(ValueError, match=r"leisaac.json: units: joints: missing gripper"):
        findings(checkpoint)


def test_a_users_own_convention_is_compared_by_its_table(tmp_path, no_datasets):
    own = {"name": "mine", "source": "my calibration", "joints": units.load("degrees").table["joints"]}
    checkpoint = make_act(tmp_path)
    (checkpoint / "leisaac.json").write_text(json.dumps({"units": own}))
    assert findings(checkpoint) == []
    own["joints"]["wrist_flex"]["offset"] = 20.0
    (checkpoint / "leisaac.json").write_text(json.dumps({"units": own}))
    verdict = one(findings(checkpoint), "error", "units")
    assert "which differ in their zero in wrist_flex: write the table" in verdict


def test_missing_cameras_are_a_question_whose_answer_works(tmp_path):
    checkpoint = make_act(tmp_path, cameras=("wrist_cam", "camera1", "top"))
    verdict = one(findings(checkpoint, units="degrees"), "error", "cameras")
    assert "looks through wrist_cam, camera1, the environment's cameras are front, top, wrist" in verdict
    assert "which of front, wrist shows what wrist_cam and what camera1 showed in training?" in verdict
    answer = json.loads(verdict.split("--rename-map '")[1].split("'")[0].replace("?", "wrist", 1).replace("?", "front"))
    assert findings(checkpoint, units="degrees", rename_map=answer) == []
    assert set(read_features(checkpoint, answer).image_sizes) == {"wrist", "front", "top"}


def test_more_cameras_than_the_environment_has_are_refused(tmp_path):
    checkpoint = make_act(tmp_path, cameras=("front", "side", "top"))
    verdict = one(findings(checkpoint, facts(cameras=("front",)), units="degrees"), "error", "cameras")
    assert "looks through side, top, the environment's camera is front" in verdict
    assert verdict.endswith("make the environment with more cameras, or train on fewer")


def test_a_saved_rename_map_counts(tmp_path):
    config = ACTConfig(
        **checkpoints.features(("camera1",)), device="cpu", pretrained_backbone_weights=None, dim_model=16, n_heads=2
    )
    renames = {"observation.images.top": "observation.images.camera1"}
    checkpoint = checkpoints.write(tmp_path, config, rename_map=renames, weights=False)
    result = audit(open_checkpoint(checkpoint), facts(), units="degrees")
    assert not result.findings
    assert [(row.policy, row.environment) for row in result.cameras] == [("camera1", "top")]


def test_images_of_another_size_are_refused_where_the_policy_does_not_resize(tmp_path):
    checkpoint = make_act(tmp_path, cameras=("front",))
    verdict = one(findings(checkpoint, facts((480, 640)), units="degrees"), "error", "images")
    assert "camera front is 480x640, the policy's front 96x128, and act does not resize" in verdict
    assert "image_size=(96, 128) (--image-size 96 128)" in verdict


def test_images_of_another_shape_are_a_warning_where_the_policy_resizes(tmp_path, vlm, no_datasets):
    checkpoint = checkpoints.make_smolvla(tmp_path, vlm, weights=False, cameras=("front",))
    assert findings(checkpoint, facts((480, 640)), units="degrees") == []
    verdict = one(findings(checkpoint, facts((256, 256)), units="degrees"), "warning", "images")
    assert verdict.startswith("256x256 is assumed for front, the size of camera front: smolvla resizes by itself")
    (checkpoint / "leisaac.json").write_text(json.dumps({"cameras": {"front": [96, 128]}}))
    verdict = one(findings(checkpoint, facts((256, 256)), units="degrees"), "warning", "images")
    assert "camera front is 256x256, the policy's front 96x128, so that it is padded otherwise" in verdict


def test_the_dataset_knows_the_image_size_of_a_fine_tuned_policy(tmp_path, vlm):
    """Such a policy declares the sizes of the one that it was made from."""
    root = write_dataset(tmp_path / "data", convention="degrees", size=(48, 64))
    checkpoint = checkpoints.make_smolvla(
        tmp_path / "run", vlm, weights=False, cameras=("front",), image_size=(256, 256), dataset_root=root
    )
    assert read_features(checkpoint).image_sizes == {"front": (48, 64)}
    assert findings(checkpoint, facts((48, 64))) == []


def test_state_and_action_of_another_width_and_other_inputs_are_refused(tmp_path):
    config = ACTConfig(
        **checkpoints.features(("front",), state=7, action=8),
        device="cpu",
        pretrained_backbone_weights=None,
        dim_model=16,
        n_heads=2,
    )
    config.input_features["observation.environment_state"] = PolicyFeature(FeatureType.ENV, (3,))
    config.save_pretrained(tmp_path)
    errors = [verdict for level, _, verdict in findings(tmp_path, units="degrees") if level == "error"]
    assert any("declares action of shape (8,), expected (6,)" in verdict for verdict in errors)
    assert any("declares observation.state of shape (7,), expected (6,)" in verdict for verdict in errors)
    assert any("looks at observation.environment_state" in verdict for verdict in errors)


def test_another_order_of_joints_is_refused(tmp_path):
    root = write_dataset(tmp_path / "data", convention="degrees", names=tuple(reversed(SO101.channel_names)))
    found = findings(make_act(tmp_path / "run", dataset_root=root, cameras=("front",)))
    assert [level for level, _, _ in found] == ["error", "error"]
    assert "observation.state of the dataset" in found[0][2] and "order gripper, wrist_roll" in found[0][2]


def test_other_names_of_joints_and_another_frame_rate_are_warnings(tmp_path):
    names = tuple(f"main_{joint}" for joint in SO101.channel_names)
    root = write_dataset(tmp_path / "data", fps=15, convention="degrees", names=names)
    found = findings(make_act(tmp_path / "run", dataset_root=root, cameras=("front",)))
    assert [level for level, _, _ in found] == ["warning"] * 3
    assert "main_shoulder_pan" in found[0][2]
    assert "has 15 frames a second, the environment takes 30 actions a second" in one(found, "warning", "rate")
    assert "2 times as fast" in found[2][2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda known: [known.pop(key) for key in ("action.mean", "action.std")],
            r"normalises action by MEAN_STD and policy_postprocessor.json keeps no mean, std of it, so LeRobot would",
        ),
        (
            lambda known: known["action.std"].__setitem__(2, float("nan")),
            r"has action.std of \[.*nan.*\] in its policy_postprocessor.json, expected one finite value for each of",
        ),
        (lambda known: known.update({"action.mean": known["action.mean"][:5]}), r"has action.mean of .*, expected one"),
    ],
)
def test_statistics_that_lerobot_would_skip_or_choke_on_are_refused(tmp_path, change, message):
    checkpoint = make_act(tmp_path, cameras=("front",))
    known = load_file(checkpoint / POSTPROCESSOR_STATE)
    change(known)
    save_file(known, checkpoint / POSTPROCESSOR_STATE)
    with pytest.raises(ValueError, match=message):
        findings(checkpoint)


def test_old_checkpoints_that_keep_only_mean_and_deviation_are_judged(tmp_path, no_datasets):
    statistics = {
        feature: {key: known[key] for key in ("mean", "std")} for feature, known in in_units("radians").items()
    }
    checkpoint = make_act(tmp_path, cameras=("front",), statistics=statistics)
    assert {level for level, _, _ in findings(checkpoint)} == {"error"}
    assert findings(checkpoint, facts(units="radians")) == []


def test_an_environment_without_lerobot_units_is_refused():
    with pytest.raises(ValueError, match=r"LiftCubeEnvCfg is no environment for LeRobot policies.*-SmolVLA-v0"):
        EnvironmentFacts.of(load_cfg(gym.spec("LeIsaac-SO101-LiftCube-v0").kwargs["env_cfg_entry_point"]))


def run(capsys, *arguments) -> tuple[int, str, str]:
    status = cli.main(["audit", *map(str, arguments)])
    return status, *capsys.readouterr()


def test_the_command_shows_each_joint_beside_its_limits(capsys, act, no_datasets):
    status, out, err = run(capsys, act, "--task", ID)
    assert (status, err) == (0, "")
    assert TRUST in out and "fits the environment" in out
    lines = [line.split() for line in out.splitlines()]
    assert ["shoulder_pan", "deg", "2.55", "8.69", "-19.17", "24.27", "-110.00", "..", "110.00", "20%"] in lines
    assert ["front", "front", "96x128", "96x128", "config.json"] in lines


def test_the_command_as_json(capsys, act, no_datasets):
    status, out, _ = run(capsys, act, "--units", "degrees", "--json")
    report = json.loads(out)
    assert status == 0
    assert report["fits"] is True and report["findings"] == [] and report["declared_by"] == "the argument"
    assert [row["joint"] for row in report["joints"]] == SO101.joint_names * 2


def test_the_command_fails_where_the_policy_does_not_fit(capsys, tmp_path, no_datasets):
    radians = make_act(tmp_path / "radians", cameras=("front",), statistics=in_units("radians"))
    status, out, _ = run(capsys, radians)
    assert status == 1 and "57.3" in out and "does not fit" in out
    assert run(capsys, radians, "--units", "radians")[0] == 0
    other = make_act(tmp_path / "other", cameras=("camera1",))
    status, out, _ = run(capsys, other, "--json")
    report = json.loads(out)
    assert status == 1 and report["fits"] is False and "--rename-map" in report["findings"][0]["verdict"]
    renames = '{"observation.images.wrist": "observation.images.camera1"}'
    assert run(capsys, other, "--rename-map", renames)[0] == 0
    assert run(capsys, other, "--rename-map", renames, "--image-size", 480, 640)[0] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("/no/such/checkpoint",), "is no directory here"),
        (("--task", "FoldCloth"), "no task 'FoldCloth', expected one of LiftCube"),
        (("--units", "furlongs"), "unknown unit convention 'furlongs'"),
        (("--rename-map", "front=camera1"), "expected JSON"),
    ],
)
def test_the_command_says_in_one_line_what_is_wrong(capsys, monkeypatch, act, arguments, message):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    checkpoint = () if arguments[0].startswith("/") else (act,)
    status, out, err = run(capsys, *checkpoint, *arguments)
    assert (status, out) == (1, "")
    assert err.startswith("leisaac: error: ") and message in err and err.count("\n") == 1


def edit(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def edit_statistics(folder, processor="policy_preprocessor_step_*", **changes):
    (path,) = folder.glob(f"{processor}.safetensors")
    known = load_file(path)
    for key, value in changes.items():
        feature, name, index = key.split("__")
        feature = {"state": "observation.state", "front": "observation.images.front"}.get(feature, feature)
        known.setdefault(f"{feature}.{name}", torch.ones(3, 1, 1))[int(index)] = value
    save_file(known, path)


def weights(change):
    def damage(folder):
        known = {"layer": torch.ones(2, 2)}
        change(folder / "model.safetensors", known)

    return damage


def with_nan(path, known):
    known["layer"][0, 1] = float("nan")
    save_file(known, path)


POST = "policy_postprocessor_step_*"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: edit_statistics(folder, state__std__2=0.0), "elbow_flex of observation.state never moved"),
        (
            lambda folder: edit_statistics(folder, state__std__5=-1.0),
            "a deviation below zero in gripper of observation.",
        ),
        (lambda folder: edit_statistics(folder, state__mean__0=500.0), "a mean beyond its extremes in shoulder_pan of"),
        (
            lambda folder: edit_statistics(folder, POST, action__min__4=900.0),
            "a minimum above the maximum in wrist_roll",
        ),
        (lambda folder: edit_statistics(folder, front__std__1=0.0, front__mean__0=0.5), "normalises .*front with mean"),
        (
            lambda folder: edit_statistics(folder, front__std__1=1.0, front__mean__0=float("inf")),
            "which no images have",
        ),
        (lambda folder: edit(folder / "config.json", n_action_steps=0), "predicts 8 actions and plays 0 of them"),
        (weights(lambda path, _: path.unlink()), r"model.safetensors"),
        (weights(with_nan), "model.safetensors has values in layer that are not finite"),
        (weights(lambda path, _: path.write_bytes(b"\0" * 20)), "model.safetensors is damaged"),
        (weights(lambda path, _: save_file({}, path)), "model.safetensors holds no weights"),
    ],
)
def test_what_cannot_act_is_refused_by_audit_and_load_alike(tmp_path, capsys, damage, message):
    checkpoint = make_act(tmp_path)
    damage(checkpoint)
    status, out, err = run(capsys, checkpoint, "--units", "degrees")
    assert status == 1 and re.search(message, out + err)
    environment = SimpleNamespace(device="cpu", cfg=load_cfg(gym.spec(ID).kwargs["env_cfg_entry_point"]))
    apply_policy_keywords(environment.cfg, image_size=SIZE)
    with pytest.raises((ValueError, FileNotFoundError), match=message) as error:
        load(checkpoint, SimpleNamespace(unwrapped=environment), units="degrees")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("make", "change", "message"),
    [
        (
            checkpoints.make_act,
            {"dim_model": 32},
            r"mismatch for \S+: .*16.* in model.safetensors, .*32.* by config",
        ),
        (
            lambda folder: checkpoints.make_smolvla(folder, checkpoints.make_vlm(folder / "vlm")),
            {"max_state_dim": 6},
            r"for model.state_proj.weight: \((\d+), 32\) in model.safetensors, \(\1, 6\) by config.json\): copy",
        ),
    ],
)
def test_weights_that_are_not_those_of_its_configuration_are_refused_before_the_simulator(
    tmp_path, capsys, make, change, message
):
    checkpoint = make(tmp_path)
    status, out, err = run(capsys, checkpoint, "--units", "degrees")
    assert status == 0, out + err
    edit(checkpoint / "config.json", **change)
    status, out, err = run(capsys, checkpoint, "--units", "degrees")
    assert status == 1 and re.search(message, out)
    assert cli.main(["play", "--checkpoint", str(checkpoint), "--units", "degrees", "--image-size", "96", "128"]) == 1
    assert re.search(message, capsys.readouterr().err)


def test_statistics_that_are_not_used_or_do_no_harm_are_let_be(tmp_path, vlm):
    checkpoint = checkpoints.make_smolvla(tmp_path, vlm, weights=False)  # which takes images as they are
    edit_statistics(checkpoint, front__std__0=0.0, front__mean__0=float("nan"), top__std__0=1.0)
    edit_statistics(checkpoint, POST, action__std__5=0.0)
    found = findings(checkpoint, units="degrees")
    assert "gripper never moved in training, and is always sent to action's mean" in one(found, "warning", "joints")


THREE = ("camera1", "camera2", "camera3")
TWO_OF_THREE = {
    "observation.images.front": "observation.images.camera1",
    "observation.images.wrist": "observation.images.camera2",
}
EMPTY = {"observation.images.camera3": None}


def test_a_camera_without_data_is_left_empty_where_the_user_says_so(tmp_path, vlm, capsys, no_datasets):
    checkpoint = checkpoints.make_smolvla(tmp_path / "smolvla", vlm, weights=False, cameras=THREE)
    verdict = one(findings(checkpoint, units="degrees", rename_map=TWO_OF_THREE), "error", "cameras")
    assert 'if training had no data of one, say so with "observation.images.camera3": null' in verdict
    result = audit(open_checkpoint(checkpoint), facts(), units="degrees", rename_map=TWO_OF_THREE | EMPTY)
    assert result.findings == [] and result.empty_cameras == ("camera3",)
    assert set(read_features(checkpoint, TWO_OF_THREE | EMPTY).image_sizes) == {"front", "wrist"}
    status, out, _ = run(
        capsys,
        checkpoint,
        "--units",
        "degrees",
        "--rename-map",
        json.dumps(TWO_OF_THREE | EMPTY),
        "--image-size",
        96,
        128,
    )
    assert status == 0 and "camera3: declared, without data in training, and left empty here too" in out

    for trained in ({}, {"camera3": [96, 128]}):
        (checkpoint / "leisaac.json").write_text(json.dumps({"cameras": trained}))
        found = findings(checkpoint, units="degrees", rename_map=TWO_OF_THREE | EMPTY)
        assert ["training had images of it" in verdict for _, _, verdict in found] == [True] * len(trained)

    act = make_act(tmp_path / "act", cameras=THREE)
    verdict = one(findings(act, units="degrees", rename_map=TWO_OF_THREE | EMPTY), "error", "cameras")
    assert "policies of type act need every camera that they declare" in verdict


@pytest.mark.parametrize("evidence", ["statistics", "train_config"])
def test_the_cameras_that_training_had_are_found_without_being_told(tmp_path, vlm, evidence):
    """As smolvla_base is fine-tuned on two cameras: its statistics have the dataset's names."""
    root = write_dataset(tmp_path / "data", convention="degrees")
    checkpoint = checkpoints.make_smolvla(
        tmp_path / "run", vlm, weights=False, cameras=THREE, image_size=(256, 256), dataset_root=root
    )
    renames = {"observation.images.front": "observation.images.camera1"}
    if evidence == "statistics":
        step = json.loads((checkpoint / "policy_preprocessor.json").read_text())
        step["steps"][0]["config"]["rename_map"] = renames
        (checkpoint / "policy_preprocessor.json").write_text(json.dumps(step))
        edit_statistics(checkpoint, front__mean__0=0.5, front__std__0=0.2)
        rename_map = None
    else:
        edit(checkpoint / "train_config.json", rename_map=renames)
        rename_map = renames
    result = audit(open_checkpoint(checkpoint), facts(), rename_map=rename_map)
    assert result.findings == [] and result.empty_cameras == ("camera2", "camera3")
    assert [(row.environment, row.policy, row.policy_size) for row in result.cameras] == [("front", "camera1", SIZE)]


@pytest.mark.parametrize(
    ("rename_map", "message"),
    [
        ({"front": "camera1"}, "front -> camera1 matches nothing on either side: the environment's names are obs"),
        (
            {"observation.images.camera1": "observation.images.front"},
            "camera1 -> observation.images.front matches nothing on either side; it is the wrong way round",
        ),
        ({"observation.images.side": None}, "leaves observation.images.side empty, which the policy does not look at"),
        (
            {f"observation.images.{camera}": "observation.images.camera1" for camera in ("front", "top")},
            "observation.images.front and observation.images.top are both the policy's observation.images.camera1",
        ),
    ],
)
def test_a_rename_map_that_cannot_be_meant_is_an_error(tmp_path, vlm, rename_map, message):
    checkpoint = checkpoints.make_smolvla(tmp_path, vlm, weights=False, cameras=("camera1",))
    found = findings(checkpoint, units="degrees", rename_map=rename_map)
    assert any(message in verdict for level, check, verdict in found if (level, check) == ("error", "cameras"))


def test_a_camera_is_named_once(capsys, act):
    status, out, err = run(capsys, act, "--cameras", "front", "front")
    assert (status, out) == (1, "") and "which names front twice: expected each camera once" in err


def test_the_declared_size_of_a_policy_that_resizes_is_no_evidence(tmp_path, vlm, no_datasets):
    checkpoint = checkpoints.make_smolvla(tmp_path, vlm, weights=False, cameras=("front",), image_size=(512, 512))
    assert read_features(checkpoint).image_sizes == {"front": None}
    verdict = one(findings(checkpoint, facts((480, 640)), units="degrees"), "warning", "images")
    assert (
        verdict.startswith("480x640 is assumed for front") and "the 512x512 that it declares may be that of" in verdict
    )


def test_a_refusal_by_figures_can_be_overruled_in_words(tmp_path, capsys, no_datasets):
    """Degrees within the numbers of the limits in radians look like radians."""
    still = {feature: checkpoints.statistics_of([0.5] * 6, [0.2] * 6) for feature in ("observation.state", "action")}
    checkpoint = make_act(tmp_path, statistics=still)
    status, out, _ = run(capsys, checkpoint, "--units", "degrees")
    assert status == 1 and "if you know better, --overrule units" in out
    status, out, _ = run(capsys, checkpoint, "--units", "degrees", "--overrule", "units")
    assert status == 0 and "warning overruled: statistics of observation.state are on the scale of radians" in out
    with pytest.raises(ValueError, match=r"overrule is \['cameras'\], expected some of units, images"):
        findings(checkpoint, overrule=["cameras"])


def test_relative_actions_are_not_judged_as_positions(tmp_path, no_datasets):
    statistics = in_units("lerobot_normalized")
    statistics["action"] = checkpoints.statistics_of([0.0] * 6, [50.0] * 6, [(-130, 130)] * 6)
    checkpoint = make_act(tmp_path, statistics=statistics)
    environment = facts(units="lerobot_normalized")
    assert one(findings(checkpoint, environment, units="lerobot_normalized"), "error", "units")
    content = json.loads((checkpoint / "policy_preprocessor.json").read_text())
    content["steps"].append({"registry_name": "relative_actions_processor", "config": {"enabled": True}})
    (checkpoint / "policy_preprocessor.json").write_text(json.dumps(content))
    assert findings(checkpoint, environment, units="lerobot_normalized") == []


def test_a_dataset_of_the_same_name_in_the_current_folder_is_not_believed(tmp_path, monkeypatch):
    """Project A's policy names its dataset relatively; project B has one there as well."""
    mine = write_dataset(tmp_path / "a/data/lift", convention="degrees")
    write_dataset(tmp_path / "b/data/lift", convention="radians")
    checkpoint = make_act(tmp_path / "elsewhere", cameras=("front",), dataset_root=Path("data/lift"))
    monkeypatch.chdir(tmp_path / "b")
    found = findings(checkpoint)
    assert "has other statistics than those that the checkpoint normalises with" in one(found, "warning", "data")
    assert one(found, "warning", "units").startswith(TRUST)

    statistics = in_units("degrees")  # those of the dataset, as training takes them
    stats = {feature: {key: value.tolist() for key, value in known.items()} for feature, known in statistics.items()}
    (mine / "meta/stats.json").write_text(json.dumps(stats))
    checkpoint = make_act(tmp_path / "a/outputs/train/run", cameras=("front",), dataset_root=Path("data/lift"))
    result = audit(open_checkpoint(checkpoint), facts())
    assert result.findings == [] and result.declared_by == str(mine / "meta/leisaac.json")


def test_a_dataset_that_names_no_task_is_compared_by_its_words(tmp_path):
    root = write_dataset(tmp_path / "data", convention="degrees", instruction="Fold the towel.")
    checkpoint = make_act(tmp_path / "run", cameras=("front",), dataset_root=root)
    verdict = one(findings(checkpoint, facts(instruction="Fold the towel.")), "warning", "instruction")
    assert f"'Fold the towel.' (the dataset {root} says so)" in verdict
    assert f"the task LiftCube is {SPEC.instruction!r}" in verdict


def test_rounded_figures_are_the_same_convention_everywhere(tmp_path, no_datasets):
    rounded = units.load("degrees").table
    for joint in rounded["joints"].values():
        joint["scale"] = 57.2958
    mine = units.from_table(rounded, "mine")
    limits = facts().joint_limits
    assert difference(units.load("degrees"), mine, limits) is None
    assert "57.3" in difference(units.load("degrees"), units.load("radians"), limits)
    for joint in rounded["joints"].values():
        joint["scale"] = -57.2958
    turned = units.from_table(rounded, "turned")
    assert "the other way round in shoulder_pan" in difference(units.load("degrees"), turned, limits)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("leisaac.json", "Too many levels of symbolic links"),
        ("x" * 300, "File name too long"),
        ("not downloaded", "No such file or directory"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_no_silence(tmp_path, target, reason):
    """By links, which stop whoever runs the tests: the superuser reads a file without permissions."""
    checkpoint = make_act(tmp_path)
    (checkpoint / "leisaac.json").symlink_to(target)
    with pytest.raises(ValueError, match=rf"leisaac\.json cannot be read \({reason}\): make it readable, or remove it"):
        findings(checkpoint)
