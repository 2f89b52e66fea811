"""`isaaclab play` with a LeRobot policy."""

import re
import subprocess
import sys
from pathlib import Path

import av
import pytest
from checkpoints import make_act

from lerobot_env_leisaac import units
from lerobot_env_leisaac.envs.make import load_cfg
from lerobot_env_leisaac.evaluation import viewer
from lerobot_env_leisaac.integrations import isaaclab_play
from lerobot_env_leisaac.tasks.lift_cube.spec import SPEC

TASK = "LeIsaac-SO101-LiftCube-SmolVLA-v0"


@pytest.fixture
def dispatch():
    """Isaac Lab's dispatcher, which has loaded the external tasks."""
    from isaaclab.cli import load_external_tasks
    from isaaclab_rl.entrypoints import dispatch

    load_external_tasks()
    return dispatch


def test_a_smolvla_checkpoint_plays_with_isaac_labs_own_flags_and_presets(isaaclab):
    folder, results = isaaclab
    played = results["play"]
    assert played.status == 0, played.out[-2000:] + played.err[-4000:]
    assert re.findall(r"episode (\d): failure \(time_out\) after 0\.5 s", played.out) == ["0", "1", "2", "3"]
    ended = "success 0/4 (4 time_out), stopped: the video is complete (--video_length 40), seed 5, 40 steps"
    assert ended in played.out
    video = folder / "logs" / "lerobot" / TASK / "videos" / "play" / "seed_5.mp4"
    with av.open(video) as file:
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    assert len(frames) == 40
    assert frames[0].shape == (128, 3 * 128, 3), "the preset's size, not the policy's"


def test_what_cannot_be_played_is_one_line(dispatch, tmp_path):
    small = make_act(tmp_path, cameras=("front",), image_size=(32, 32), weights=False)
    for arguments, message in (
        ([], "isaaclab play: error: pass --checkpoint, "),
        (["--checkpoint", "nowhere/at/all"], "isaaclab play: error: checkpoint 'nowhere/at/all' is no directory"),
        (["--checkpoint", str(small), "--rename_map", "front"], "isaaclab play: error: rename map is 'front'"),
        (["--checkpoint", str(small), "--episodes", "0"], "isaaclab play: error: episodes is 0"),
        (["--checkpoint", str(small), "--viz_host", "0.0.0.0"], "isaaclab play: error: --viz-host is about viser"),
    ):
        with pytest.raises(SystemExit) as exit_:
            dispatch.run_play_cli(["--task", TASK, "--device", "cpu", "--viz", "none", *arguments])
        assert str(exit_.value.code).startswith(message)
        assert "\n" not in str(exit_.value.code)


def test_the_cameras_are_the_policys_but_for_the_sizes_that_a_preset_chose(tmp_path):
    fit = isaaclab_play.fit
    checkpoint = make_act(tmp_path, cameras=("front",), image_size=(32, 48), weights=False)
    entry_point = SPEC.lerobot_cfg
    for presets, overrides, size in (
        ((), (), (32, 48)),
        ((), ("env.scene.top.height=480", "env.seed=3"), (32, 48)),
        ((), ("env.scene.front.height=480", "env.scene.front.width=640"), (480, 640)),  # as without a policy
        (("res256",), (), (256, 256)),
    ):
        cfg = load_cfg(entry_point, presets)
        fit(cfg, TASK, str(checkpoint), None, overrides)
        assert cfg.cameras() == ("front",)
        assert (cfg.scene.front.height, cfg.scene.front.width) == size
        assert cfg.instruction == SPEC.instruction
    cfg = load_cfg(entry_point)
    fit(cfg, TASK, str(checkpoint), None, instruction="Lift it.")
    assert cfg.instruction == "Lift it."


def test_the_units_are_the_policys_unless_an_override_chose_them(tmp_path):
    checkpoint = make_act(tmp_path, cameras=("front",), image_size=(32, 48), weights=False)
    (checkpoint / "leisaac.json").write_text('{"units": "lerobot_degrees"}')
    for word, chosen in ((None, "lerobot_degrees"), ("env.units=degrees", "degrees"), ("env.units=radians", "radians")):
        cfg = load_cfg(SPEC.lerobot_cfg)
        if word is not None:
            cfg.units = word.partition("=")[2]  # as Isaac Lab applies it
        isaaclab_play.fit(cfg, TASK, str(checkpoint), None, [word] if word else [])
        assert units.load(cfg.units).name == chosen


@pytest.mark.parametrize(("arguments", "bound"), [([], "127.0.0.1"), (["--viz_host", "0.0.0.0"], "0.0.0.0")])
def test_the_page_of_viser_is_for_this_machine_unless_asked_otherwise(
    dispatch, tmp_path, monkeypatch, arguments, bound
):
    checkpoint = make_act(tmp_path, cameras=("front",), image_size=(32, 32), weights=False)
    launched = []

    def launch(cfg, _):
        launched.append(cfg)
        raise ValueError("seen enough")

    for module in (isaaclab_play, viewer):
        monkeypatch.setattr(module, "require_viewer", lambda *_: None)  # viser need not be installed
    monkeypatch.setattr(isaaclab_play, "launch_simulation", launch)
    with pytest.raises(SystemExit, match="seen enough"):
        dispatch.run_play_cli(["--task", TASK, "--viz", "viser", "--checkpoint", str(checkpoint), *arguments])
    assert launched[0].sim.visualizer_cfgs[0].bind_address == bound


def test_the_actor_that_ships_lifts_cubes(tmp_path):
    probe = Path(__file__).with_name("pretrained_probe.py")
    process = subprocess.run([sys.executable, probe], cwd=tmp_path, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    succeeded = re.search(r"environments that succeeded: (\d)", process.stdout)
    assert int(succeeded[1]) >= 5, "of 8, of which 9 in 10 do"
