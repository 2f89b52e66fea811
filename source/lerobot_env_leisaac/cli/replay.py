"""``leisaac replay``."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.datasets.options import ReplayOptions
from lerobot_env_leisaac.datasets.preflight import joint_names, replayable
from lerobot_env_leisaac.evaluation.video import require_video_path
from lerobot_env_leisaac.keywords import checked, require_cameras
from lerobot_env_leisaac.printable import printable
from lerobot_env_leisaac.robots.spec import RobotSpec

from .options import Dataset, Json, dataset_folder, loading, print_json

_WIDE = 120
"""What a table takes whose joints' names stand on one line [characters]."""


def replay(
    dataset: Dataset,
    episode: Annotated[tuple[int, ...], tyro.conf.arg(metavar="[K ...]", help_behavior_hint="(default: all)")] = (),
    video: Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: no video)")] = None,
    as_json: Json = False,
    *,
    options: Annotated[ReplayOptions, tyro.conf.arg(name="simulation")],
) -> int:
    """Play a dataset's actions again. Exit status 1 unless every episode goes the same way.

    On a CPU each does; on a GPU if the dataset was recorded with --physics newton_mjwarp_deterministic.

    With --units, of anyone's dataset of an SO-101, in the scene of --task: each episode begins where the arm was
    recorded, and the table says how well the simulated joints follow. Where objects stood is not known, so success says
    nothing then.

    Args:
        episode: Indices of the episodes.
        video: Write a video of the first of them to this MP4 file.
    """
    folder = dataset_folder(dataset)
    options = checked(options)
    if video is not None:
        require_video_path(video)
    elif options.cameras is not None:
        raise ValueError("--cameras is about the video: say --video, too")
    renames = joint_names(options)
    if options.units is not None:
        require_cameras(options.cameras or (), catalog.task(options.task).cameras)
        return _follow(folder, options, episode, video, as_json)
    if renames:
        raise ValueError("--rename-map is about somebody else's dataset: say --units, too")
    manifest, edited = replayable(folder, episode)
    require_cameras(options.cameras or (), catalog.task(manifest.env_id).cameras)
    if edited is not None:
        print(printable(f"{folder} was edited: {edited}"), file=sys.stderr)
    with loading():
        from lerobot_env_leisaac.datasets.replay import TOLERANCE_DEG
        from lerobot_env_leisaac.datasets.replay import replay as run

    results = run(folder, options, episode, video)
    robot = catalog.robot_of(manifest.task)
    joints = robot.channel_names
    same = sum(result.same for result in results)
    if as_json:
        print_json([{**dataclasses.asdict(result), "same": result.same} for result in results])
        return int(same < len(results))
    rows = (
        (
            str(result.episode),
            str(result.length),
            *(f"{error:.4f}" for error in result.error_deg),
            "again" if result.success else "NOT AGAIN",
        )
        for result in results
    )
    _show(f"Largest state error {_units(robot)}", joints, "success", rows)
    error, joint = max((error, joint) for r in results for error, joint in zip(r.error_deg, joints, strict=True))
    success = sum(result.success for result in results)
    print(
        f"{same} of {len(results)} episodes went the same way (every joint within {TOLERANCE_DEG} deg, same outcome);"
        f" success {success}/{len(results)}; largest error {error:.4f} deg, {joint}"
    )
    if same < len(results) and any(done.get("stride", 1) != 1 for done in manifest.conversions):
        print("not every row of the recording was converted, so the actions between those that were are missing")
    return int(same < len(results))


def _follow(dataset: Path, options: ReplayOptions, episodes: tuple[int, ...], video: Path | None, as_json: bool) -> int:
    """Play somebody else's dataset, and show how the joints follow."""
    with loading():
        from lerobot_env_leisaac.datasets.follow import follow

    results = follow(dataset, options, episodes, video)
    robot = catalog.task(options.task).robot
    joints = robot.channel_names
    if as_json:
        print_json([dataclasses.asdict(result) for result in results])
        return 0
    title = f"Distance of the simulated joints from the recorded ones, mean (largest) {_units(robot)}"
    rows = (
        (
            str(result.episode),
            str(result.length),
            *(f"{mean:.2f} ({most:.1f})" for mean, most in zip(result.mean_deg, result.largest_deg, strict=True)),
            str(result.clamped),
        )
        for result in results
    )
    _show(title, joints, "beyond limits", rows)
    print("Where objects stood is not recorded: whether the task was done again cannot be told.")
    return 0


def _units(robot: RobotSpec) -> str:
    """Return what the columns of a table are in: degrees, but for velocities of a base."""
    others = ""
    for quantity, unit in (("linear_velocity", "m/s"), ("angular_velocity", "deg/s")):
        if names := [channel.name for channel in robot.channels if channel.quantity == quantity]:
            others += f", {' and '.join(names)} [{unit}]"
    return f"[deg]{others}"


def _show(title: str, joints: Sequence[str], last: str, rows: Iterable[Sequence[str]]) -> None:
    """Print a table with a column for each joint, whole: on a narrow terminal a joint's name stands on two lines."""
    console = Console(highlight=False)
    is_narrow = console.is_terminal and console.width < _WIDE
    console.width = max(console.width, _WIDE)
    heads = (joint.replace("_", "\n") if is_narrow else joint for joint in joints)
    table = Table("episode", "frames", *heads, last, title=Text(title), box=None, pad_edge=False, title_justify="left")
    for row in rows:
        table.add_row(*row)
    console.print(table)
