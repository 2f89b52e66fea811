"""`leisaac play`, as a user runs it."""

import re
import subprocess
import sys

import av
import pytest


def play(*arguments: str, cwd) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "lerobot_env_leisaac.cli", "play", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd)


def test_the_scripted_arm_lifts_the_cube_and_the_video_shows_it(tmp_path):
    process = play(
        *("--episodes", "3", "--num-envs", "2", "--device", "cpu"),
        *("--video", "lift.mp4", "--image-size", "96", "128", "--seed", "1"),
        cwd=tmp_path,
    )
    assert process.returncode == 0, process.stderr[-2000:]
    last_line = process.stdout.strip().splitlines()[-1]
    simulated = re.fullmatch(
        r"success 3/3, (\d+\.\d) s simulated in \d+\.\d s \(start-up \d+\.\d s\), video lift.mp4", last_line
    )
    assert simulated, last_line
    assert 9 < float(simulated[1]) < 18
    with av.open(tmp_path / "lift.mp4") as video:
        stream = video.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24").astype(int) for frame in video.decode(stream)]
        assert stream.average_rate == 30
    assert frames[0].shape == (96, 3 * 128, 3)
    assert len(frames) > 200
    front = [frame[:, :128] for frame in frames]
    assert all(((frame[..., 0] > 90) & (frame[..., 1] < 50)).sum() > 5 for frame in front[::20]), "no red cube in sight"
    assert abs(frames[100] - frames[0]).mean() > 2, "nothing moves"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--task", "FoldCloth"), "no task 'FoldCloth', expected one of LiftCube"),
        (("--episodes", "0"), "episodes is 0"),
        (("--video", "nowhere/lift.mp4"), "cannot write nowhere/lift.mp4: .* is not a writable folder"),
    ],
)
def test_a_bad_argument_is_one_line(arguments, message, tmp_path):
    process = play(*arguments, cwd=tmp_path)
    assert process.returncode == 1
    errors = [line for line in process.stderr.splitlines() if line.startswith("leisaac: error")]
    assert len(errors) == 1 and re.search(message, errors[0]), process.stderr
    assert "Traceback" not in process.stderr
