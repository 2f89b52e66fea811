"""``leisaac declare``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro

from .options import Switch


def declare(
    folder: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="DIR")],
    units: Annotated[str, tyro.conf.arg(metavar="NAME|FILE")],
    replace: Switch = False,
) -> int:
    """Note which units a checkpoint or a dataset speaks, so that no command has to be told again.

    Writes leisaac.json beside the checkpoint's config.json, or meta/leisaac.json into the dataset.

    Args:
        folder: The checkpoint or the dataset.
        units: Its unit convention: a name that leisaac units shows, or a YAML file.
        replace: Declare it also where another one is declared.
    """
    from lerobot_env_leisaac import units as conventions
    from lerobot_env_leisaac.datasets.declare import declare as write

    path = write(folder.expanduser(), conventions.load(units), replace=replace)
    print(f"wrote {path}")
    return 0
