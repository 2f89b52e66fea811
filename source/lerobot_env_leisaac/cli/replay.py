"""``leisaac replay``."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.datasets.preflight import replayable
from lerobot_env_leisaac.evaluation.video import require_video_path
from lerobot_env_leisaac.keywords import Keywords, parse_rename_map
from lerobot_env_leisaac.printable import printable
from lerobot_env_leisaac.robots.spec import RobotSpec

from .options import (
    Dataset,
    Device,
    Json,
    Physics,
    Servo,
    Task,
    Units,
    begin_to_load,
    dataset_folder,
    print_json,
    words,
)

_WIDE = 120
"""What a table takes whose joints' names stand on one line [characters]."""


def replay(
    dataset: Dataset,
    episode: Annotated[tuple[int, ...], tyro.conf.arg(metavar="[K ...]", help_behavior_hint="(default: all)")] = (),
    video: Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: no video)")] = None,
    device: Annotated[Device, words("where it was recorded")] = None,
    physics: Annotated[Physics, words("what it was recorded with")] = None,
    servo: Annotated[Servo, words("what it was recorded with; tracking with --units")] = None,
    units: Annotated[Units, words("as leisaac record noted")] = None,
    rename_map: Annotated[
        str | None, tyro.conf.arg(metavar="JSON", help_behavior_hint="(default: they are the robot's)")
    ] = None,
    task: Task = catalog.DEFAULT,
    as_json: Json = False,
) -> int:
    """Play a dataset's actions again. Exit status 1 unless every episode goes the same way.

    On a CPU each does; on a GPU if the dataset was recorded with --physics newton_mjwarp_deterministic.

    With --units, of anyone's dataset of an SO-101, in the scene of --task: each episode begins where the arm was
    recorded, and the table says how well the simulated joints follow. Where objects stood is not known, so success says
    nothing then.

    Args:
        episode: Indices of the episodes.
        video: Write a video of the first of them to this MP4 file.
        rename_map: With --units, from the dataset's names of joints to the robot's.
    """
    folder = dataset_folder(dataset)
    Keywords(device=device, physics=physics, servo=servo, units=units).checked()
    if video is not None:
        require_video_path(video)
    renames = _joint_names(rename_map, catalog.lerobot_task(task).robot)
    if units is not None:
        return _follow(
            folder, catalog.lerobot_id(task), units, renames, episode, video, device, physics, servo, as_json
        )
    if renames:
        raise ValueError("--rename-map is about somebody else's dataset: say --units, too")
    manifest, edited = replayable(folder, episode)
    if edited is not None:
        print(printable(f"{folder} was edited: {edited}"), file=sys.stderr)
    begin_to_load()
    from lerobot_env_leisaac.datasets.replay import TOLERANCE_DEG
    from lerobot_env_leisaac.datasets.replay import replay as run

    results = run(folder, episode, video, device, physics, servo)
    joints = catalog.robot_of(manifest.task).channel_names
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
    _show("Largest state error [deg]", joints, "success", rows)
    error, joint = max((error, joint) for r in results for error, joint in zip(r.error_deg, joints, strict=True))
    success = sum(result.success for result in results)
    print(
        f"{same} of {len(results)} episodes went the same way (every joint within {TOLERANCE_DEG} deg, same outcome);"
        f" success {success}/{len(results)}; largest error {error:.4f} deg, {joint}"
    )
    if same < len(results) and any(done.get("stride", 1) != 1 for done in manifest.conversions):
        print("not every row of the recording was converted, so the actions between those that were are missing")
    return int(same < len(results))


def _joint_names(text: str | None, robot: RobotSpec) -> dict[str, str]:
    """Return the robot's names of joints by a dataset's.

    Raises:
        ValueError: It is no such map, or names joints that the robot has not.
    """
    renames = {old: new for old, new in (parse_rename_map(text) or {}).items() if new is not None}
    legal = [*robot.channel_names, *(channel.lerobot_key for channel in robot.channels)]
    if strangers := [new for new in renames.values() if new not in legal]:
        raise ValueError(
            f"rename map names {strangers[0]!r:.60}, expected some of {', '.join(robot.channel_names)} to the right"
        )
    return renames


def _follow(
    dataset: Path,
    env_id: str,
    units: str,
    renames: Mapping[str, str],
    episodes: tuple[int, ...],
    video: Path | None,
    device: str | None,
    physics: str | None,
    servo: str | None,
    as_json: bool,
) -> int:
    """Play somebody else's dataset, and show how the joints follow."""
    begin_to_load()
    from lerobot_env_leisaac.datasets.follow import follow

    results = follow(dataset, env_id, units, episodes, video, device, physics, servo, renames)
    joints = catalog.task(env_id).robot.channel_names
    if as_json:
        print_json([dataclasses.asdict(result) for result in results])
        return 0
    title = "Distance of the simulated joints from the recorded ones, mean (largest) [deg]"
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
