"""The ``leisaac`` command."""

from __future__ import annotations

import dataclasses
import json
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any

import tyro
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lerobot_env_leisaac import resources, tasks

_Json = Annotated[bool, tyro.conf.arg(name="json", help_behavior_hint="")]
_Switch = Annotated[bool, tyro.conf.arg(help_behavior_hint="")]

_STYLES = {"ok": "green", "absent": "dim", "problem": "bold red"}


def play(
    task: str = "LiftCube",
    episodes: int = 1,
    num_envs: int = 1,
    video: Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: no video)")] = None,
    image_size: Annotated[tuple[int, int], tyro.conf.arg(metavar="HEIGHT WIDTH")] = (240, 320),
    seed: int = 0,
    device: Annotated[
        str | None, tyro.conf.arg(metavar="STR", help_behavior_hint="(default: cuda:0 where there is a GPU, else cpu)")
    ] = None,
) -> int:
    """Watch the scripted demonstrator do a task.

    Args:
        task: Name of the task, as in LeIsaac-SO101-<task>-SmolVLA-v0.
        episodes: How many episodes to play.
        num_envs: How many of them to play side by side.
        video: Write the three camera views of the first environment to this MP4 file.
        image_size: Size of each view [px].
        seed: Seed of the episodes.
        device: Where to simulate: cpu or cuda:<index>.
    """
    print("Starting the simulator; the first start compiles its kernels, which takes a minute or two.", file=sys.stderr)
    from lerobot_env_leisaac.evaluation.play import play as run

    result = run(task, episodes, num_envs, video, image_size, seed, device)
    print(result)
    return int(result.successes < result.episodes)


def list_(as_json: _Json = False) -> int:
    """List the environments and the unit conventions.

    Args:
        as_json: Print JSON.
    """
    import yaml

    # read as plain data: `units.load` would bring torch along, which takes seconds
    files = sorted((resources.config_dir() / "units").glob("*.yaml"))
    conventions = {file.stem: yaml.safe_load(file.read_text())["source"] for file in files}
    if as_json:
        _print_json({"environments": tasks.ids(), "units": conventions})
        return 0
    environments = Table("environments", box=None, pad_edge=False)
    for env_id in tasks.ids():
        environments.add_row(env_id)
    units = Table("units", "source", box=None, pad_edge=False)
    for name, source in conventions.items():
        units.add_row(name, Text(source))
    Console(highlight=False).print(environments, "", units)
    return 0


def assets(as_json: _Json = False) -> int:
    """Show which robot and scene files are used, where they come from, and why.

    Args:
        as_json: Print JSON.
    """
    from lerobot_env_leisaac.assets import paths

    resolved = paths.resolve_all()
    if as_json:
        _print_json([dataclasses.asdict(asset) for asset in resolved])
        return 0
    for asset in resolved:
        print(f"{asset.name}\n  path    {asset.path}\n  source  {asset.source}\n  why     {asset.reason}")
    return 0


def doctor(as_json: _Json = False, extension_path: _Switch = False) -> int:
    """Examine this installation. Exit status 1 if there is a problem.

    Args:
        as_json: Print JSON.
        extension_path: Print only the folder to add to Isaac Sim's extension search paths.
    """
    from lerobot_env_leisaac.doctor import examine

    if extension_path:
        print(resources.extension_dir())
        return 0
    checks = list(examine())
    if as_json:
        _print_json([dataclasses.asdict(check) for check in checks])
    else:
        console = Console(highlight=False, soft_wrap=True)  # a path in one piece can be copied
        for check in checks:
            status = (f"{check.status:<9}", _STYLES[check.status])
            console.print(Text.assemble(status, f"{check.name:<27}{check.found}"))
            if check.advice:
                console.print(Text(f"{'':9}-> {check.advice}", style="dim" if check.status == "absent" else ""))
    return int(any(check.status == "problem" for check in checks))


_COMMANDS: dict[str, Any] = {"play": play, "list": list_, "assets": assets, "doctor": doctor}


def main(argv: list[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: Arguments; those of the process by default.

    Returns:
        Exit status: 0 on success, 1 on failure.

    Raises:
        SystemExit: Help was asked for (status 0), or the command line is wrong (status 2).
    """
    argv = sys.argv[1:] if argv is None else argv
    arguments = [argument for argument in argv if argument != "--debug"]
    try:
        return tyro.extras.subcommand_cli_from_dict(
            _COMMANDS,
            prog="leisaac",
            description="LeIsaac SO-101 tasks in LeRobot units. Add --debug to any command for a traceback.",
            args=arguments or ["--help"],
            config=(tyro.conf.FlagCreatePairsOff,),
        )
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if "--debug" in argv:
            traceback.print_exc()
        else:
            print(f"leisaac: error: {' '.join(str(error).split()) or repr(error)}", file=sys.stderr)
        return 1


def _print_json(data: Any) -> None:
    print(json.dumps(data, indent=2, default=str))


if __name__ == "__main__":
    sys.exit(main())
