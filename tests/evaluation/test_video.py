"""The film of a run: it grows on the disk, and is a file to play however the run ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from lerobot_env_leisaac.evaluation.video import VideoFile, free_name, require_video_path

KILLED = """
import os, signal, sys, resource
import numpy as np
from pathlib import Path
from lerobot_env_leisaac.evaluation.video import VideoFile

rng = np.random.default_rng(0)
with VideoFile(Path(sys.argv[1]), 30) as video:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for index in range(400):  # 1.1 GB of them
        frame = np.zeros((480, 1920, 3), np.uint8)
        frame[:, index : index + 64] = rng.integers(255, size=3)
        video.append(frame)
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, flush=True)
    os.kill(os.getpid(), int(sys.argv[2]))
"""


def frame(brightness: int, height: int = 32, width: int = 48) -> np.ndarray:
    return np.full((height, width, 3), brightness, np.uint8)


def decoded(path: Path) -> list[np.ndarray]:
    with av.open(path) as file:
        stream = file.streams.video[0]
        assert (stream.codec.name, stream.average_rate) == ("h264", 30)
        return [image.to_ndarray(format="rgb24") for image in file.decode(stream)]


def test_a_film_has_every_frame_in_order(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_text("an older film")
    with VideoFile(path, fps=30) as video:
        for brightness in range(200):
            video.append(frame(brightness, height=33))
        assert path.read_text() == "an older film", "until this one is whole"
    frames = decoded(path)
    assert [round(picture.mean()) for picture in frames] == pytest.approx(range(200), abs=3)
    assert frames[0].shape == (32, 48, 3), "an odd row is left out"
    assert os.listdir(tmp_path) == ["film.mp4"]


def test_what_was_filmed_before_an_error_can_be_played(tmp_path):
    with pytest.raises(IndexError), VideoFile(tmp_path / "film.mp4", fps=30) as video:
        for brightness in range(7):
            video.append(frame(brightness))
        raise IndexError
    assert len(decoded(tmp_path / "film.mp4")) == 7


def test_nothing_filmed_is_no_file(tmp_path):
    with VideoFile(tmp_path / "film.mp4", fps=30) as video:
        assert video.frames == 0
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize(
    ("how", "name", "fewest"), [(signal.SIGKILL, "film.part.mp4", 300), (signal.SIGINT, "film.mp4", 400)]
)
def test_a_killed_process_leaves_a_film_and_never_held_it_in_memory(tmp_path, how, name, fewest):
    process = subprocess.run(
        [sys.executable, "-c", KILLED, tmp_path / "film.mp4", str(int(how))],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a background job ignores it
    )
    assert process.returncode == -how
    assert int(process.stdout) < 400, "megabytes"
    assert os.listdir(tmp_path) == [name]
    assert len(decoded(tmp_path / name)) >= fewest


def test_a_default_name_never_takes_that_of_a_file(tmp_path):
    path = tmp_path / "play.mp4"
    for name in ("play.mp4", "play-2.mp4", "play-3.mp4"):
        assert free_name(path).name == name
        (tmp_path / name).touch()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("film.avi", r"film\.avi: expected the name of an MP4 file"),
        ("nowhere/film.mp4", "a folder that is there and writable"),
        ("folder.mp4", "expected the name of a file"),
    ],
)
def test_where_no_film_can_be_written_is_refused(tmp_path, name, message):
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises((ValueError, OSError), match=message):
        require_video_path(tmp_path / name)
