"""The environment in LeRobot's own evaluation."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import checkpoints
import pytest
from draccus.utils import DecodingError
from lerobot.configs import FeatureType, PreTrainedConfig
from lerobot.envs.configs import EnvConfig
from lerobot.policies import get_policy_class, make_pre_post_processors
from lerobot.processor import TokenizerProcessorStep
from lerobot.scripts import lerobot_eval

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.integrations.lerobot.config_env import LeisaacEnv
from lerobot_env_leisaac.integrations.lerobot.config_robot import LeisaacSO101Config
from lerobot_env_leisaac.keywords import Keywords
from lerobot_env_leisaac.resources import packaged_checkpoints

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def act(tmp_path_factory) -> Path:
    return checkpoints.make_act(tmp_path_factory.mktemp("act"), cameras=("front", "wrist"))


@pytest.fixture
def command_line(monkeypatch):
    """Let LeRobot's parser see a command line."""

    def see(*arguments: str) -> None:
        monkeypatch.setattr(sys, "argv", ["lerobot-eval", *arguments])

    see()
    return see


def test_it_is_registered():
    from lerobot_env_leisaac.integrations.lerobot import plugin  # noqa: F401 - LeRobot would only log its failure

    assert EnvConfig.get_choice_class("leisaac") is LeisaacEnv


def test_lerobot_finds_the_vlm_in_the_policys_own_folder_from_anywhere(monkeypatch, tmp_path):
    from lerobot_env_leisaac.integrations.lerobot import plugin  # noqa: F401

    monkeypatch.chdir(tmp_path)
    folder = packaged_checkpoints()["packaged"]
    config = PreTrainedConfig.from_pretrained(folder, cli_overrides=["--device=cpu"])
    policy = get_policy_class(config.type).from_pretrained(folder, config=config)
    preprocessor, _ = make_pre_post_processors(
        config, pretrained_path=str(folder), preprocessor_overrides={"device_processor": {"device": "cpu"}}
    )
    assert policy.config.vlm_model_name == str(folder / "vlm")
    tokenizer = next(step for step in preprocessor.steps if isinstance(step, TokenizerProcessorStep))
    assert tokenizer.input_tokenizer("Lift the red cube up.")["input_ids"]


def test_a_policy_without_a_vlm_of_its_own_is_read_as_ever(monkeypatch, act, tmp_path):
    from lerobot_env_leisaac.integrations.lerobot import plugin  # noqa: F401

    smolvla = shutil.copytree(packaged_checkpoints()["packaged"], tmp_path / "smolvla")
    shutil.rmtree(smolvla / "vlm")
    assert PreTrainedConfig.from_pretrained(smolvla).vlm_model_name == "vlm"
    make_pre_post_processors(PreTrainedConfig.from_pretrained(act), pretrained_path=str(act))


def test_features_are_the_environments(command_line):
    cfg = LeisaacEnv(cameras=["front", "wrist"], image_size=(96, 128))
    shapes = {cfg.features_map[name]: feature.shape for name, feature in cfg.features.items()}
    assert shapes == {
        "action": (6,),
        "observation.state": (6,),
        "observation.images.front": (96, 128, 3),
        "observation.images.wrist": (96, 128, 3),
    }
    assert cfg.features["observation.images.front"].type is FeatureType.VISUAL
    assert (cfg.units, cfg.instruction) == ("degrees", "Lift the red cube up.")


def test_it_is_fitted_to_the_policy_of_the_command_line(command_line, act):
    command_line(f"--policy.path={act}")
    cfg = LeisaacEnv()
    assert (cfg.cameras, cfg.image_size) == (["front", "wrist"], (96, 128))


def test_it_is_fitted_to_the_policy_under_lerobots_own_names(command_line, tmp_path):
    policy = checkpoints.make_act(tmp_path, cameras=("camera1", "camera2"), image_size=(64, 80))
    renames = {
        "observation.images.top": "observation.images.camera1",
        "observation.images.front": "observation.images.camera2",
    }
    with pytest.raises(DecodingError, match=r"looks through camera1, camera2.*which of front, top, wrist shows what"):
        LeisaacEnv(policy_path=str(policy))
    command_line("--rename_map", json.dumps(renames))
    cfg = LeisaacEnv(policy_path=str(policy))
    assert (cfg.cameras, cfg.image_size) == (["front", "top"], (64, 80))


def test_it_is_fitted_to_the_dataset_that_is_trained_on(command_line, tmp_path):
    features = {
        f"observation.images.{camera}": {
            "dtype": "video",
            "shape": [64, 80, 3],
            "names": ["height", "width", "channels"],
        }
        for camera in ("top", "wrist")
    }
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "info.json").write_text(json.dumps({"features": features}))
    from lerobot_env_leisaac import units

    table = units.load("lerobot_normalized").table
    (tmp_path / "meta" / "leisaac.json").write_text(json.dumps({"units": table}))
    command_line("--dataset.repo_id=me/lift", f"--dataset.root={tmp_path}", "--policy.type=act")
    cfg = LeisaacEnv()
    assert (cfg.cameras, cfg.image_size, cfg.units) == (["top", "wrist"], (64, 80), "lerobot_normalized")
    with pytest.raises(DecodingError, match="speaks 'degrees', the training data are in 'lerobot_normalized'"):
        LeisaacEnv(units="degrees")


@pytest.mark.parametrize("config", (LeisaacEnv, LeisaacSO101Config))
def test_an_option_that_gym_make_has_too_has_its_name_and_its_default(config):
    ours = {field.name: field.default for field in dataclasses.fields(Keywords)} | {"overrule": ()}
    theirs = {
        field.name: tuple(field.default_factory()) if field.default is dataclasses.MISSING else field.default
        for field in dataclasses.fields(config)
        if field.name in ours
    }
    assert {"device", "physics", "variation", "cameras", "image_size", "units", "trust_checkpoint"} <= theirs.keys()
    assert theirs == {name: ours[name] for name in theirs}


def test_physics_are_those_that_are_named(command_line):
    names = (None, "newton_mjwarp", "newton_mjwarp_deterministic")
    default, same, other = (
        config._resolve(config._fit()).sim.physics.to_dict() for config in (LeisaacEnv(physics=name) for name in names)
    )
    assert default == same != other


def test_units_are_taken_on_trust_aloud_unless_the_command_line_declares_them(command_line, act, caplog):
    LeisaacEnv(policy_path=str(act))
    assert caplog.text.count("nothing declares the units") == 1
    caplog.clear()
    LeisaacEnv(policy_path=str(act), units="degrees")
    assert "declares" not in caplog.text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"task": "FoldCloth"}, "no task 'FoldCloth', expected one of LiftCube"),
        ({"units": "furlongs"}, "unknown unit convention 'furlongs': use one of .*degrees"),
        ({"units": "radians"}, "does not fit the environment: .*radians.*factor"),
        ({"cameras": ["front", "side"]}, r"'side'.*expected names among \['front', 'top', 'wrist', 'wrist_kit'\]"),
        ({"cameras": ["front"]}, "looks through wrist"),
        ({"cameras": []}, "does not fit|expected one or more"),
        ({"image_size": (64, 64)}, "camera front is 64x64, the policy's front 96x128"),
        ({"physics": "bullet"}, "physics is 'bullet', expected one of"),
        ({"variation": "moon"}, "unknown variation 'moon'"),
        ({"episode_length": 0}, "episode_length is 0, expected 1"),
        ({"fps": 15}, "fps is 15, expected 30"),
        ({"policy_path": "/nowhere"}, "'/nowhere' is no directory here"),
    ],
)
def test_what_is_not_legal_is_one_line(command_line, act, options, message):
    with pytest.raises(DecodingError, match=message) as error:
        LeisaacEnv(**{"policy_path": str(act), **options})
    assert str(error.value).startswith("`env`: ") and "\n" not in str(error.value)


def test_lerobot_eval_says_what_is_not_legal_in_one_line(command_line, act, capsys):
    command_line(f"--policy.path={act}", "--env.type=leisaac", "--env.task=FoldCloth")
    with pytest.raises(SystemExit) as exit_:
        lerobot_eval.eval_main()
    assert exit_.value.code == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"error: `env`: no task 'FoldCloth', expected one of {', '.join(task.name for task in catalog.tasks())}"
    )


@pytest.fixture(scope="module")
def outputs(act, tmp_path_factory) -> dict[str, Path]:
    """Folders of `lerobot-eval` and of the probe, which ended well."""
    folders = {name: tmp_path_factory.mktemp(name) for name in ("lerobot-eval", "probe")}
    _envhub_repository(folders["probe"])
    sizes = ("--eval.batch_size=2", "--eval.n_episodes=3", "--env.episode_length=8", "--seed=5")
    env = ("--env.type=leisaac", "--env.task=LiftCube", "--env.device=cpu")
    arguments = [f"--policy.path={act}", *env, *sizes, f"--output_dir={folders['lerobot-eval']}"]
    process = subprocess.run(
        [sys.executable, Path(__file__).with_name("lerobot_env_probe.py"), folders["probe"], act, *arguments],
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
    )
    assert process.returncode == 0, process.stdout[-4000:]
    return folders


def _envhub_repository(cache: Path) -> None:
    """Put the repository ``leisaac/tasks`` into a folder, as the Hub's client does after a download."""
    revision, repository = "0" * 40, cache / "models--leisaac--tasks"
    for path, content in (
        (repository / "refs" / "main", revision),
        (repository / "snapshots" / revision / "env.py", (REPOSITORY / "scripts" / "env.py").read_text()),
    ):
        path.parent.mkdir(parents=True)
        path.write_text(content)


def test_lerobot_eval_plays_and_films(outputs):
    metrics = _metrics(outputs)
    assert metrics["successes"] == [False] * 3
    assert len(set(metrics["sum_rewards"])) == 3
    assert len(list((outputs["lerobot-eval"] / "videos").rglob("*.mp4"))) == 4  # two batches of two


def test_lerobot_eval_plays_the_episodes_of_leisaac_eval(outputs):
    lines = (outputs["probe"] / "own" / "episodes.jsonl").read_text().splitlines()
    returns = {episode["episode"]: episode["return"] for episode in map(json.loads, lines)}
    assert _metrics(outputs)["sum_rewards"] == pytest.approx([returns[number] for number in range(3)], abs=2e-4)


def _metrics(outputs: dict[str, Path]) -> dict:
    return json.loads((outputs["lerobot-eval"] / "eval_info.json").read_text())["per_task"][0]["metrics"]
