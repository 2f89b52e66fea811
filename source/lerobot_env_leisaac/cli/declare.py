"""``leisaac declare``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro

from lerobot_env_leisaac.printable import printable

from .options import Switch, dataset_folder


def declare(
    folder: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="DIR")],
    units: Annotated[str | None, tyro.conf.arg(metavar="NAME|FILE", help_behavior_hint="")] = None,
    original: Annotated[tuple[Path, ...], tyro.conf.arg(metavar="DATASET", help_behavior_hint="")] = (),
    replace: Switch = False,
) -> int:
    """Note which units a checkpoint or a dataset speaks, so that no command has to be told again.

    Writes leisaac.json beside the checkpoint's config.json, or meta/leisaac.json into the dataset.

    Args:
        folder: The checkpoint or the dataset.
        units: Its unit convention: a name that leisaac units shows, or a YAML file.
        original: Instead of units: the datasets that lerobot-edit-dataset made this one of. What leisaac record noted
            of their episodes, units and start among it, is noted here under their new numbers.
        replace: Declare it also where another one is declared.
    """
    if (units is None) == (not original):
        raise ValueError("say what to declare: --units NAME, or --original DATASET of a dataset that was edited")
    if original:
        from lerobot_env_leisaac.datasets.adopt import adopt

        adopted = adopt(dataset_folder(folder), [dataset_folder(each) for each in original], overwrite=replace)
        print(printable(adopted))
        return 0
    assert units is not None
    from lerobot_env_leisaac import units as conventions
    from lerobot_env_leisaac.datasets.declare import declare as write

    path = write(folder.expanduser(), conventions.load(units), replace=replace)
    print(printable(f"wrote {path}"))
    return 0
