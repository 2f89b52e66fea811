"""``leisaac convert``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

import tyro

from lerobot_env_leisaac import units as conventions
from lerobot_env_leisaac.datasets.manifest import SCRATCH
from lerobot_env_leisaac.datasets.preflight import require_empty
from lerobot_env_leisaac.units import UnitConvention
from lerobot_env_leisaac.writable import require_writable_folder

from .options import dataset_folder

_Overrule = Annotated[tuple[Literal["units"], ...], tyro.conf.arg(metavar="units", help_behavior_hint="")]
_CALIBRATED = ("lerobot_degrees", "lerobot_normalized")
"""The conventions that are counted from an arm's own range: use_degrees true, and false."""

_CAMERA = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")


def convert(
    source: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="DATASET")],
    out: Annotated[Path, tyro.conf.arg(metavar="DIR")],
    units: Annotated[
        str | None, tyro.conf.arg(metavar="NAME|FILE", help_behavior_hint="(default: as they are)")
    ] = None,
    source_units: Annotated[
        str | None, tyro.conf.arg(metavar="NAME|FILE", help_behavior_hint="(default: what the dataset declares)")
    ] = None,
    calibration: Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="")] = None,
    rename_cameras: Annotated[tuple[str, ...], tyro.conf.arg(metavar="OLD=NEW", help_behavior_hint="")] = (),
    overrule: _Overrule = (),
) -> int:
    """Write a dataset in other units. No simulator is needed, and the original stays as it is.

    Args:
        source: Folder of a LeRobot dataset, or the id of one that LeRobot keeps. Its videos are linked, not encoded
            anew.
        out: Folder of the new dataset.
        units: What states and actions shall be in: a name that leisaac units shows, or a YAML file.
        source_units: What they are in, where the dataset does not declare it.
        calibration: The file that LeRobot keeps of the real arm that was recorded; --source-units then says in which
            mode it ran, lerobot_degrees or lerobot_normalized.
        rename_cameras: New names of cameras.
        overrule: Believe the declared units also where the numbers contradict.
    """
    target = None if units is None else conventions.load(units)
    renames = _renames(rename_cameras)
    if target is None and not renames:
        raise ValueError("nothing to convert: say --units NAME, or --rename-cameras OLD=NEW")
    convention = _source_convention(source_units, calibration)
    folder = dataset_folder(source)
    require_writable_folder(out)
    if not (out / SCRATCH).exists():  # what a kill left is put in order first
        require_empty(out, resume=False)
    from lerobot_env_leisaac.datasets.convert.dataset import convert_dataset

    print(convert_dataset(folder, out, target, convention, renames, overrule_units="units" in overrule))
    return 0


def _source_convention(name: str | None, calibration: Path | None) -> UnitConvention | None:
    """Return the convention of what is to be converted, None where it has to say it itself.

    Raises:
        ValueError: There is none of that name, or the calibration is none, or of an arm whose mode nobody said.
    """
    if calibration is None:
        return None if name is None else conventions.load(name)
    from lerobot_env_leisaac.calibration import convention_from_calibration

    if name not in _CALIBRATED:
        raise ValueError(
            f"--calibration says where the joints of an arm end, --source-units is {name}, expected lerobot_degrees"
            " (use_degrees=true, LeRobot's default) or lerobot_normalized (false): what the arm was recorded with"
        )
    return convention_from_calibration(calibration.expanduser(), use_degrees=name == "lerobot_degrees")


def _renames(texts: tuple[str, ...]) -> dict[str, str]:
    """Return new names of cameras by their old ones."""
    renames: dict[str, str] = {}
    for text in texts:
        old, _, new = text.partition("=")
        if not old or not _CAMERA.fullmatch(new):
            raise ValueError(f"--rename-cameras is {text!r}, expected OLD=NEW such as front=camera1")
        if old in renames:
            raise ValueError(f"--rename-cameras names {old} twice")
        renames[old] = new
    return renames
