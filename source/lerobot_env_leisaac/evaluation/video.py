"""A film that grows frame by frame, and is a playable file whenever it ends."""

from __future__ import annotations

import itertools
import os
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from lerobot_env_leisaac import interrupts
from lerobot_env_leisaac.writable import create, require_writable

if TYPE_CHECKING:
    import numpy as np

_SUFFIX = ".mp4"


def require_video_path(path: Path) -> None:
    """Refuse a file for a video before anything is filmed.

    Raises:
        ValueError: Its name does not end in ``.mp4``.
        OSError: It cannot be written.
    """
    if path.suffix.lower() != _SUFFIX:
        raise ValueError(f"cannot write a video to {path}: expected the name of an MP4 file, such as play{_SUFFIX}")
    require_writable(path)


def free_name(path: Path) -> Path:
    """Return the path, or the first of ``<name>-2``, ``<name>-3``, ... that does not exist."""
    numbered = (path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2))
    return next(candidate for candidate in itertools.chain([path], numbered) if not candidate.exists())


class VideoFile:
    """An MP4 file (H.264) of frames that are encoded as they come, so that none stays in memory.

    As a context manager it is closed on the way out, whatever the reason. Until then it is called ``<name>.part.mp4``,
    which can be played but for its last seconds even if the process is killed. Without a frame there is no file.

        with VideoFile(Path("lift.mp4"), fps=30) as video:
            video.append(env.render())
    """

    def __init__(self, path: Path, fps: int):
        """Name the file; it begins with the first frame.

        Args:
            path: Where it stands once it is closed; a file of that name is replaced then.
            fps: Frames a second [Hz].
        """
        self.path = path
        self.frames = 0
        self._fps = fps
        self._unfinished = path.with_stem(f"{path.stem}.part")
        self._container: Any = None

    def append(self, frame: np.ndarray) -> None:
        """Add a frame.

        Args:
            frame: Red, green and blue, uint8 (H, W, 3), as large as the first; an odd last row or column is left out.

        Raises:
            OSError: The file cannot be written.
        """
        import av

        height, width = (size - size % 2 for size in frame.shape[:2])  # what the pixel format can hold
        if self._container is None:
            # finished fragment by fragment, and made a plain MP4 file when it is closed
            options = {"movflags": "hybrid_fragmented", "frag_duration": str(10**6), "flush_packets": "1"}
            create(self._unfinished)
            with interrupts.postponed():  # a container without its stream could not be closed
                self._container = av.open(str(self._unfinished), "w", format="mp4", options=options)
                self._stream = self._container.add_stream("libx264", rate=Fraction(self._fps))
                self._stream.width, self._stream.height, self._stream.pix_fmt = width, height, "yuv420p"
        picture = av.VideoFrame.from_ndarray(frame[:height, :width], format="rgb24")
        with interrupts.postponed():  # halfway a frame would be lost, and the film a gap
            self._container.mux(self._stream.encode(picture))
            self.frames += 1

    def close(self) -> None:
        """Finish the file and give it its name."""
        if self._container is None:
            return
        container, self._container = self._container, None
        container.mux(self._stream.encode())
        container.close()
        os.replace(self._unfinished, self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
