"""``leisaac doctor``."""

from __future__ import annotations

import dataclasses

from rich.console import Console
from rich.text import Text

from lerobot_env_leisaac import resources

from .options import Json, Switch, print_json

_STYLES = {"ok": "green", "absent": "dim", "problem": "bold red"}


def doctor(as_json: Json = False, extension_path: Switch = False) -> int:
    """Examine this installation. Exit status 1 if there is a problem.

    Args:
        extension_path: Print only the folder to add to Isaac Sim's extension search paths.
    """
    from lerobot_env_leisaac.doctor import examine

    if extension_path:
        print(resources.extension_dir())
        return 0
    checks = list(examine())
    if as_json:
        print_json([dataclasses.asdict(check) for check in checks])
    else:
        width = max(len(check.name) for check in checks) + 2
        console = Console(highlight=False, soft_wrap=True)  # a path in one piece can be copied
        for check in checks:
            status = (f"{check.status:<9}", _STYLES[check.status])
            console.print(Text.assemble(status, f"{check.name:<{width}}{check.found}"))
            if check.advice:
                console.print(Text(f"{'':9}-> {check.advice}", style="dim" if check.status == "absent" else ""))
    return int(any(check.status == "problem" for check in checks))
