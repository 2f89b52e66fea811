"""`leisaac play`, as a user runs it."""

import re
import signal
import sys
import time
from pathlib import Path

import av
import browser
import matplotlib.image
import numpy as np
import pytest
from checkpoints import make_act
from commands import Result, results_of, start

from lerobot_env_leisaac import cli
from lerobot_env_leisaac.evaluation import play as play_module
from lerobot_env_leisaac.evaluation.play import PlayOptions
from lerobot_env_leisaac.evaluation.viewer import Viewer, ViewerClosed, viewer_cfg
from lerobot_env_leisaac.interrupts import Stopped


@pytest.fixture(scope="module")
def played(tmp_path_factory) -> tuple[Path, dict[str, Result]]:
    """The working directory of `leisaac play`, and how each command line ended there."""
    folder = tmp_path_factory.mktemp("play")
    policy = make_act(folder / "act", cameras=("top", "front"), image_size=(32, 48))
    commands = {
        "expert": "leisaac play --expert --episodes 3 --num-envs 2 --device cpu --seed 1"
        " --video lift.mp4 --image-size 96 128",
        "replay": "leisaac play --expert --device cpu --seed 1 --time-limit 2 --replay lift.html",
        "policy": f"leisaac play --checkpoint {policy} --episodes 3 --num-envs 2 --device cpu --seed 2"
        " --n-action-steps 5 --time-limit 1 --video fail.mp4 --plot-actions plots",
        "stopped": f"leisaac play --checkpoint {policy} --episodes 1000 --device cpu --time-limit 1",
    }
    process = start(folder / "run", ["touch play.mp4", *commands.values()])
    film, deadline = folder / "run" / "play-2.part.mp4", time.monotonic() + 300
    while not film.exists():
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()[1][-3000:]
        time.sleep(0.02)
    time.sleep(3)  # a film is opened before its first frame is rendered
    process.send_signal(signal.SIGINT)
    err = process.communicate()[1]
    assert process.returncode == 0, err[-3000:]
    return folder / "run", dict(zip(commands, results_of(folder / "run")[1:], strict=True))


def frames_of(path) -> list[np.ndarray]:
    with av.open(path) as video:
        stream = video.streams.video[0]
        assert stream.average_rate == 30
        return [frame.to_ndarray(format="rgb24").astype(int) for frame in video.decode(stream)]


def test_the_scripted_arm_lifts_the_cube_and_the_video_shows_it(played):
    folder, results = played
    result = results["expert"]
    assert result.status == 0, result.err[-2000:]
    last_line = result.out.strip().splitlines()[-1]
    simulated = re.fullmatch(
        r"success 3/3, (\d+\.\d) s simulated in \d+\.\d s \(start-up \d+\.\d s\), video lift.mp4", last_line
    )
    assert simulated, last_line
    assert 9 < float(simulated[1]) < 18
    frames = frames_of(folder / "lift.mp4")
    assert frames[0].shape == (96, 3 * 128, 3)
    assert len(frames) > 200
    front = [frame[:, :128] for frame in frames]
    assert all(((frame[..., 0] > 90) & (frame[..., 1] < 50)).sum() > 5 for frame in front[::20]), "no red cube in sight"
    assert abs(frames[100] - frames[0]).mean() > 2, "nothing moves"


def test_a_policy_plays_and_its_actions_are_plotted(played):
    folder, results = played
    result = results["policy"]
    assert result.status == 1, "an untrained policy lifts nothing"
    assert "leisaac: error" not in result.err, result.err[-2000:]
    assert re.search("warning: nothing declares the units", result.err), "the audit's warning"
    last_line = result.out.strip().splitlines()[-1]
    assert re.fullmatch(
        r"success 0/3 \(3 time_out\), 3\.0 s simulated in .*, video fail.mp4, plots plots", last_line
    ), last_line
    frames = frames_of(folder / "fail.mp4")
    assert frames[0].shape == (32, 2 * 48, 3), "the policy's cameras, in its size"
    assert len(frames) == 60, "the two episodes of environment 0"
    assert sorted(path.name for path in (folder / "plots").iterdir()) == ["episode_0000.png", "episode_0002.png"]
    for path in (folder / "plots").iterdir():
        assert matplotlib.image.imread(path).std() > 0.05, "an empty picture"


@pytest.mark.skipif(browser.PROGRAM is None, reason="needs Chromium: apt-get install chromium")
def test_an_episode_can_be_played_and_turned_in_a_browser_without_a_network(played, tmp_path):
    folder, results = played
    assert results["replay"].out.strip().endswith("replay lift.html"), results["replay"].err[-2000:]
    with browser.opened(folder / "lift.html", tmp_path / "profile", size=(400, 440)) as page:
        deadline = time.monotonic() + 120
        while not arm_pixels(first := page.picture()):
            assert time.monotonic() < deadline, "the arm does not appear"
            time.sleep(0.5)
        while abs(page.picture()[:240].astype(int) - first[:240]).mean() < 0.1:
            assert time.monotonic() < deadline, "nothing moves"
        still = page.picture()
        page.drag((150, 200), (260, 170))
        while abs(page.picture()[:240].astype(int) - still[:240]).mean() < 5:
            assert time.monotonic() < deadline, "the scene does not turn"
        assert all(url.startswith(("file:", "data:", "blob:")) for url in page.requests)


def arm_pixels(picture: np.ndarray) -> bool:
    """Whether a yellow arm is to be seen."""
    red, green, blue = (picture[..., channel].astype(int) for channel in range(3))
    return ((red > 120) & (green > 100) & (blue < 0.6 * red)).sum() > 100


def test_a_replay_that_cannot_be_written_is_refused(tmp_path, monkeypatch, capsys):
    assert cli.main(["play", "--replay", "lift.mp4"]) == 1
    assert "cannot write a replay to lift.mp4: expected the name of an HTML file" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "viser", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert cli.main(["play", "--replay", str(tmp_path / "lift.html")]) == 1
    assert "a replay needs viser, which is not installed: pip install viser" in capsys.readouterr().err


def test_ctrl_c_keeps_the_film_and_says_what_did_not_end(played):
    folder, results = played
    result = results["stopped"]
    assert result.status == 130, result.err[-2000:]
    said = re.search(
        r"^success 0/(\d+)( \(\d+ time_out\))?, (\d+) of 1000 episodes did not end, stopped: Ctrl-C", result.out
    )
    assert said and int(said[1]) + int(said[3]) == 1000, result.out
    assert result.out.strip().endswith("video play-2.mp4"), "play.mp4 is there already"
    assert len(frames_of(folder / "play-2.mp4")) >= 30 * int(said[1])
    assert not (folder / "play.mp4").read_bytes() and not (folder / "play-2.part.mp4").exists()


@pytest.mark.parametrize("ends", (ViewerClosed, Stopped("", 143)))
def test_a_run_that_ends_early_says_why(ends, env, monkeypatch, tmp_path):
    """With the environment of this process, which a closed window or a scheduler's SIGTERM ends."""

    class Leaver(Viewer):
        def see_step(self):
            self.steps = getattr(self, "steps", 0) + 1
            if self.steps == 12:
                raise ends

    simulation = env.unwrapped
    monkeypatch.setattr(simulation, "render_mode", "rgb_array")
    monkeypatch.setattr(simulation, "close", lambda: None)
    monkeypatch.setattr(simulation.cfg, "episode_length_s", 0.3)
    monkeypatch.setattr(play_module, "Viewer", Leaver)
    monkeypatch.setattr(play_module, "require_viewer", lambda *_: None)
    monkeypatch.setattr(play_module, "_make_env", lambda *_: simulation)
    result = play_module.play(PlayOptions(viz="viser", num_envs=4), 7, video=tmp_path / "film.mp4")
    closed = ends is ViewerClosed
    assert str(result).startswith(
        "success 0/4 (4 time_out), 3 of 7 episodes did not end, stopped: "
        + ("the viewer was closed" if closed else "SIGTERM")
    )
    assert result.exit_status == (1 if closed else 143)
    assert len(frames_of(tmp_path / "film.mp4")) == 12


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--task", "FoldCloth", "--expert"], "no task 'FoldCloth', expected one of LiftCube"),
        (["--task", "FoldCloth"], "no task 'FoldCloth'"),
        (["--episodes", "0"], "episodes is 0"),
        (["--num-envs", "0"], "num_envs is 0"),
        (["--time-limit", "0"], "time_limit is 0"),
        (["--episodes", "999999999999"], "episodes is 999999999999, expected a whole number of 1 or more"),
        (["--video", "lift.gif"], "cannot write a video to lift.gif: expected the name of an MP4 file"),
        (["--video", "nowhere/lift.mp4"], r"cannot write nowhere/lift\.mp4: expected the name of a file"),
        (["--plot-actions", "file/plots"], "cannot write into file/plots: .*file is no writable folder"),
        (["--viz-host", "0.0.0.0"], "--viz-host is about viser, and the viewer is none"),
        (["--expert", "--n-action-steps", "3"], "--n-action-steps is about a policy.*: leave out --expert"),
        (["--expert", "--checkpoint", "x"], "--checkpoint and --expert exclude each other"),
        (["--video", "a.mp4", "--no-video"], "--video and --no-video exclude each other"),
        (["--rename-map", "front"], "rename map is 'front', expected JSON"),
        (["--checkpoint", "nowhere/at/all"], "checkpoint 'nowhere/at/all' is no directory"),
        (["--viz", "newton"], "no viewer 'newton', expected one of newton_gl, rerun, viser"),
        (["--viz", "newton_gl"], "no display for the viewer newton_gl.*: open viser or rerun in a browser instead"),
    ],
)
def test_a_bad_argument_is_one_line(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPLAY", raising=False)
    (tmp_path / "file").touch()
    assert cli.main(["play", *arguments]) == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("leisaac: error")]
    assert len(errors) == 1 and re.search(message, errors[0]), errors


@pytest.mark.parametrize("viewer", ("rerun", "viser"))
def test_a_viewer_that_is_not_installed_is_one_line(viewer, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, viewer, None)
    assert cli.main(["play", "--viz", viewer]) == 1
    assert f"the viewer {viewer} is not installed: pip install {viewer}" in capsys.readouterr().err


@pytest.mark.parametrize(("host", "bound"), [(None, "127.0.0.1"), ("0.0.0.0", "0.0.0.0")])
def test_a_page_is_served_to_this_machine_alone_unless_told_otherwise(host, bound, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    assert viewer_cfg("viser", *([] if host is None else [host])).bind_address == bound


def test_rerun_cannot_be_told_whom_to_serve(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    with pytest.raises(ValueError, match="--viz-host is about viser"):
        viewer_cfg("rerun", "127.0.0.1")
