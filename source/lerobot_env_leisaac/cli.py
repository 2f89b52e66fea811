"""The ``leisaac`` command."""

from __future__ import annotations

import dataclasses
import json
import sys
import traceback
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.table import Table

from lerobot_env_leisaac import resources, tasks

_MARKS = {"ok": "[green]ok[/]", "absent": "[dim]absent[/]", "problem": "[red]problem[/]"}


def list_(as_json: Annotated[bool, tyro.conf.arg(name="json")] = False) -> int:
    """List the environments and unit conventions.

    Args:
        as_json: Print JSON instead of a table.
    """
    from lerobot_env_leisaac import units

    conventions = {name: units.load(name).source for name in units.names()}
    if as_json:
        print(json.dumps({"environments": tasks.ids(), "units": conventions}, indent=2))
        return 0
    for env_id in tasks.ids():
        print(env_id)
    table = Table("units", "where they come from", box=None)
    for name, source in conventions.items():
        table.add_row(name, source)
    Console().print(table)
    return 0


def assets(as_json: Annotated[bool, tyro.conf.arg(name="json")] = False) -> int:
    """Show which robot and scene files are used, where they come from, and why.

    Args:
        as_json: Print JSON instead of a table.
    """
    from lerobot_env_leisaac.assets import paths

    resolved = [paths.resolve(name) for name in paths.NAMES]
    if as_json:
        print(json.dumps([dataclasses.asdict(asset) for asset in resolved], indent=2, default=str))
        return 0
    for asset in resolved:
        print(f"{asset.name}\n  path    {asset.path}\n  source  {asset.source}\n  why     {asset.reason}")
    return 0


def doctor(
    as_json: Annotated[bool, tyro.conf.arg(name="json")] = False,
    extension_path: bool = False,
) -> int:
    """Examine this installation; one line of advice for each problem.

    Args:
        as_json: Print JSON instead of a table.
        extension_path: Print only the folder to add to Isaac Sim's extension search paths.
    """
    from lerobot_env_leisaac.doctor import examine

    if extension_path:
        print(resources.extension_dir())
        return 0
    checks = list(examine())
    if as_json:
        print(json.dumps([dataclasses.asdict(check) for check in checks], indent=2))
    else:
        table = Table("", "found", "advice", box=None)
        for check in checks:
            table.add_row(f"{check.name} {_MARKS[check.status]}", check.found, check.advice)
        Console().print(table)
    return int(any(check.status == "problem" for check in checks))


def play(
    task: str = "LiftCube",
    episodes: int = 1,
    num_envs: int = 1,
    video: Path | None = None,
    image_size: tuple[int, int] = (240, 320),
    seed: int = 0,
    device: str | None = None,
) -> int:
    """Watch the scripted demonstrator do a task.

    Args:
        task: Name of the task.
        episodes: How many episodes to play.
        num_envs: How many of them to play side by side.
        video: Write the three camera views of each episode's environment 0 to this MP4 file.
        image_size: Height and width of each view [px].
        seed: Seed of the episodes.
        device: cpu or cuda:<index>; a GPU where there is one by default.
    """
    from lerobot_env_leisaac.evaluation.play import play as run

    result = run(task, episodes, num_envs, video, image_size, seed, device)
    print(result)
    return int(result.successes < result.episodes)


_COMMANDS = {"play": play, "list": list_, "assets": assets, "doctor": doctor}


def main(argv: list[str] | None = None) -> int:
    """Run a command. Returns its exit status: 0 on success, 1 on failure, 2 on a wrong command line."""
    argv = sys.argv[1:] if argv is None else argv
    debug = "--debug" in argv
    try:
        return tyro.extras.subcommand_cli_from_dict(
            _COMMANDS,
            prog="leisaac",
            description="LeIsaac SO-101 tasks in LeRobot units. Add --debug to any command for a traceback.",
            args=[argument for argument in argv if argument != "--debug"],
        )
    except Exception as error:
        if debug:
            traceback.print_exc()
        else:
            print(f"leisaac: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
