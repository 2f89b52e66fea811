"""What is asked for of a conversion of HDF5 files."""

from __future__ import annotations

from dataclasses import dataclass

from lerobot_env_leisaac.datasets.manifest import Vcodec
from lerobot_env_leisaac.units import UnitConvention


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is asked for; see ``leisaac convert``.

    Attributes:
        units: Unit convention of the dataset.
        source_units: Unit convention of the files, where they do not say.
        overrule_units: Believe it also against the numbers.
        task: Name of the task, where the files do not say.
        instruction: The text of every row; by default the task's.
        fps: Frame rate of the dataset [Hz].
        keep_rate: Keep every row.
        skip_first: Rows that are left out at the beginning of each episode.
        only_success: Leave out episodes that failed, or whose outcome is not on record.
        cameras: Cameras to keep; all by default.
        image_size: Height and width of the dataset's images [px]; those of the files by default.
        joint_order: Joints in the order of the files' columns; by default that of the robot's channels.
        vcodec: Codec of the video.
    """

    units: UnitConvention
    source_units: UnitConvention | None = None
    overrule_units: bool = False
    task: str | None = None
    instruction: str | None = None
    fps: int | None = None
    keep_rate: bool = False
    skip_first: int = 0
    only_success: bool = True
    cameras: tuple[str, ...] | None = None
    image_size: tuple[int, int] | None = None
    joint_order: tuple[str, ...] | None = None
    vcodec: Vcodec = "av1"
