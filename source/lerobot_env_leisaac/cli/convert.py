"""``leisaac convert``."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from lerobot_env_leisaac import catalog, robots
from lerobot_env_leisaac import units as conventions
from lerobot_env_leisaac.arguments import whole_number
from lerobot_env_leisaac.datasets.encodable import require_encodable
from lerobot_env_leisaac.datasets.manifest import SCRATCH, Vcodec
from lerobot_env_leisaac.datasets.options import VideoCodec
from lerobot_env_leisaac.datasets.preflight import require_empty
from lerobot_env_leisaac.keywords import UNCHANGED, Keywords
from lerobot_env_leisaac.options import camera_names, words
from lerobot_env_leisaac.printable import printable
from lerobot_env_leisaac.units import UnitConvention
from lerobot_env_leisaac.writable import require_writable, require_writable_folder

from .options import Switch, Workers, dataset_folder

_Overrule = Annotated[tuple[Literal["units"], ...], tyro.conf.arg(metavar="units", help_behavior_hint="")]
_CALIBRATED = ("lerobot_degrees", "lerobot_normalized")
"""The conventions that are counted from an arm's own range: use_degrees true, and false."""

_CAMERA = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")


def convert(
    source: Annotated[tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="DATASET | FILE.hdf5 ...")],
    out: Annotated[Path, tyro.conf.arg(metavar="DIR|FILE.hdf5")],
    units: Annotated[
        str | None,
        tyro.conf.arg(metavar="NAME|FILE", help_behavior_hint="(default: a dataset's stay, HDF5 becomes degrees)"),
    ] = None,
    source_units: Annotated[
        str | None, tyro.conf.arg(metavar="NAME|FILE", help_behavior_hint="(default: as declared; HDF5: radians)")
    ] = None,
    to: Annotated[
        Literal["hdf5"] | None, tyro.conf.arg(metavar="hdf5", help_behavior_hint="(default: a LeRobot dataset)")
    ] = None,
    calibration: Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="")] = None,
    rename_cameras: Annotated[tuple[str, ...], tyro.conf.arg(metavar="OLD=NEW", help_behavior_hint="")] = (),
    overrule: _Overrule = (),
    fps: Annotated[int | None, tyro.conf.arg(metavar="INT", help_behavior_hint="(default: that of new images)")] = None,
    keep_rate: Switch = False,
    skip_first: int = 0,
    only_success: Switch = False,
    all_: Annotated[bool, tyro.conf.arg(name="all", help_behavior_hint="")] = False,
    cameras: Annotated[
        tuple[str, ...] | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: all)")
    ] = None,
    task: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: as the file says)")] = None,
    instruction: Annotated[
        str | None, tyro.conf.arg(metavar="TEXT", help_behavior_hint="(default: the task's)")
    ] = None,
    joint_order: Annotated[
        tuple[str, ...] | None, tyro.conf.arg(metavar="JOINT", help_behavior_hint="(default: that of LeIsaac)")
    ] = None,
    image_size: Annotated[
        tuple[int, int] | None, tyro.conf.arg(metavar="HEIGHT WIDTH", help_behavior_hint="(default: as they are)")
    ] = None,
    vcodec: VideoCodec = None,
    resume: Switch = False,
    workers: Annotated[Workers, words("as many as 2 GB hold")] = None,
) -> int:
    """Make a LeRobot dataset of Isaac Lab's or LeIsaac's HDF5 files, or of another LeRobot dataset, and the reverse.

    No simulator is needed, and the originals stay as they are.

    Args:
        source: Folder of a LeRobot dataset, or the id of one that LeRobot keeps: its videos are copied, not encoded
            anew. Or HDF5 files.
        out: Folder of the new dataset; with --to hdf5 the new file.
        units: What states and actions shall be in: a name that leisaac units shows, or a YAML file.
        source_units: What they are in, where the source does not declare it.
        to: What to make of a dataset: hdf5, a file in Isaac Lab's layout, in radians.
        calibration: The file that LeRobot keeps of the real arm that was recorded; --source-units then says in which
            mode it ran, lerobot_degrees or lerobot_normalized.
        rename_cameras: New names of a dataset's cameras.
        overrule: Believe the declared units also where the numbers contradict.
        fps: Frames a second of the result. Rows that repeat an image are left out.
        keep_rate: Keep every row of HDF5 files, also those that repeat an image.
        skip_first: Rows to leave out at the beginning of each episode; without it, those before the first new image.
        only_success: Leave out episodes that failed, or did not end. That is the default.
        all_: Convert those too.
        cameras: Cameras of HDF5 to keep; none keeps states and actions alone.
        task: The task that is shown, where the source does not say.
        instruction: What the dataset calls the task.
        joint_order: Joints in the order of the columns of HDF5 files.
        image_size: Size of the new images [px]; videos of a dataset are then encoded anew.
        resume: Go on with a conversion of HDF5 files that was interrupted.
    """
    of_dataset = {"--calibration": calibration, "--rename-cameras": rename_cameras}
    of_files: dict[str, Any] = {
        "--fps": fps,
        "--keep-rate": keep_rate,
        "--skip-first": skip_first,
        "--only-success": only_success,
        "--all": all_,
        "--instruction": instruction,
        "--joint-order": joint_order,
        "--resume": resume,
        "--workers": workers,
    }
    if to is None:
        of_files |= {"--cameras": cameras, "--task": task}
        if image_size is None:
            of_files["--vcodec"] = vcodec
    else:
        of_files |= {"--rename-cameras": rename_cameras, "--units": units, "--image-size": image_size}
        of_files["--vcodec"] = vcodec
    files = [path.expanduser() for path in source if _is_file(path)]
    if files and len(files) < len(source):
        raise ValueError("files and datasets are converted apart: name HDF5 files, or one dataset")
    if len(source) != 1 and not files:
        raise ValueError(f"{len(source)} datasets are named, expected one, or HDF5 files")
    if files and to is not None:
        raise ValueError(f"{files[0]} is HDF5 already: name a LeRobot dataset to make one of")
    _refuse(of_dataset if files else of_files, "HDF5 files" if files else "--to hdf5" if to else "a LeRobot dataset")
    cameras = () if cameras == (UNCHANGED,) else None if cameras is None else camera_names(cameras)
    Keywords(cameras=cameras, instruction=instruction, image_size=image_size).checked()
    if image_size is not None:
        require_encodable(image_size, "--image-size")
    if task is not None:
        catalog.task(task)
    convention = _source_convention(source_units, calibration)
    if to is not None:
        return _export(source[0], out, convention, cameras, task, "units" in overrule)
    require_writable_folder(out)
    if not resume and not (out / SCRATCH).exists():  # what a kill left is put in order first
        require_empty(out, resume=False)
    if not files:
        return _convert_dataset(
            source[0], out, units, convention, rename_cameras, image_size, vcodec, "units" in overrule
        )
    if only_success and all_:
        raise ValueError("--only-success and --all exclude each other")
    if fps is not None:
        whole_number("fps", fps, 1, 1000)
    if workers is not None:
        whole_number("workers", workers, 1, 1024)
    whole_number("skip_first", skip_first, 0, 1_000_000)
    orders = {tuple(sorted(robot.channel_names)) for robot in catalog.all_robots()}
    if joint_order is not None and tuple(sorted(joint_order)) not in orders:
        expected = f"expected an order of {' '.join(robots.DEFAULT.channel_names)}, or of another robot's"
        raise ValueError(f"--joint-order is {' '.join(joint_order)}, {expected}")
    target = conventions.load("degrees" if units is None else units)
    from lerobot_env_leisaac.datasets.convert.hdf5 import opened

    for path in files:  # LeRobot, which the conversion needs, takes twenty seconds to import
        with opened(path):
            pass
    from lerobot_env_leisaac.datasets.convert.options import Options
    from lerobot_env_leisaac.datasets.convert.recordings import convert_recordings

    options = Options(
        units=target,
        source_units=convention,
        overrule_units="units" in overrule,
        task=task,
        instruction=instruction,
        fps=fps,
        keep_rate=keep_rate,
        skip_first=skip_first,
        only_success=not all_,
        cameras=cameras,
        image_size=image_size,
        joint_order=joint_order,
        vcodec=vcodec or "av1",
    )
    print(printable(convert_recordings(files, out, options, resume=resume, workers=workers)))
    return 0


def _convert_dataset(
    source: Path,
    out: Path,
    units: str | None,
    source_units: UnitConvention | None,
    rename_cameras: tuple[str, ...],
    image_size: tuple[int, int] | None,
    vcodec: Vcodec | None,
    overrule_units: bool,
) -> int:
    target = None if units is None else conventions.load(units)
    renames = _renames(rename_cameras)
    if target is None and not renames and image_size is None:
        raise ValueError("nothing to convert: say --units NAME, --rename-cameras OLD=NEW or --image-size HEIGHT WIDTH")
    folder = dataset_folder(source)
    from lerobot_env_leisaac.datasets.convert.dataset import convert_dataset
    from lerobot_env_leisaac.datasets.convert.videos import Images

    images = None if image_size is None else Images(image_size, vcodec)
    done = convert_dataset(folder, out, target, source_units, renames, images=images, overrule_units=overrule_units)
    print(printable(done))
    return 0


def _export(
    source: Path,
    out: Path,
    source_units: UnitConvention | None,
    cameras: tuple[str, ...] | None,
    task: str | None,
    overrule_units: bool,
) -> int:
    require_writable(out)
    if os.path.lexists(out):
        raise FileExistsError(f"{out} is there already: name another file")
    folder = dataset_folder(source)
    from lerobot_env_leisaac.datasets.convert.export import export_hdf5

    print(printable(export_hdf5(folder, out, source_units, cameras, task, overrule_units=overrule_units)))
    return 0


def _is_file(path: Path) -> bool:
    """Return whether a file is meant, also if it is not there."""
    return path.expanduser().is_file() or path.suffix in (".hdf5", ".h5")


def _refuse(options: dict[str, Any], what: str) -> None:
    """Refuse options that a conversion has no use for."""
    if given := [name for name, value in options.items() if value not in (None, False, 0, ())]:
        raise ValueError(f"{given[0]} has nothing to do with {what}: leave it out")


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
