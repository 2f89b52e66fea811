"""``leisaac units``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import tyro
import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lerobot_env_leisaac.printable import printable
from lerobot_env_leisaac.writable import replaced, require_writable

from .options import Json, Switch, print_json


def units(
    convention: Annotated[
        str | None, tyro.conf.Positional, tyro.conf.arg(metavar="[NAME|FILE]", help_behavior_hint="(default: all)")
    ] = None,
    from_calibration: Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="")] = None,
    normalized: Switch = False,
    zero: Annotated[str | None, tyro.conf.arg(metavar="range|homing", help_behavior_hint="(default: range)")] = None,
    out: Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: printed)")] = None,
    as_json: Json = False,
) -> int:
    """Show unit conventions with their numbers and files, or make one from the calibration of a real SO-101.

    Args:
        convention: The one to show.
        from_calibration: Make a convention from this file, which LeRobot keeps of a calibrated arm, such as
            ~/.cache/huggingface/lerobot/calibration/robots/so_follower/my_arm.json.
        normalized: The arm runs with use_degrees=false: body joints in -100..100, not in degrees.
        zero: What the URDF's zero is taken from: range, the middle of each joint's recorded range is the middle of its
            limits; or homing, the pose in which the arm was homed is zero.
        out: Write the convention to this YAML file, for --units.
    """
    from lerobot_env_leisaac import config_files
    from lerobot_env_leisaac import units as conventions
    from lerobot_env_leisaac.calibration import Zero, convention_from_calibration

    if from_calibration is None:
        for name, value in (("--out", out), ("--normalized", normalized), ("--zero", zero)):
            if value not in (None, False):
                raise ValueError(f"{name} is about a calibration: pass --from-calibration FILE too")
        names = conventions.names() if convention is None else (convention,)
        tables = {}
        for name in names:
            path, _ = config_files.read("units", name, "unit convention")
            tables[name] = conventions.load(name).table | {"file": str(path)}
        if as_json:
            print_json(tables)
        else:
            for table in tables.values():
                _show(table)
        return 0
    if convention is not None:
        raise ValueError(f"{convention} is shown, --from-calibration makes another convention: leave one of them out")
    if zero not in (None, *get_args(Zero)):
        raise ValueError(f"--zero is {zero!r}, expected range or homing")
    if out is not None:
        require_writable(out)
        if os.path.lexists(out):
            raise FileExistsError(f"{out} exists already: name another file")
    table = convention_from_calibration(
        from_calibration.expanduser(), use_degrees=not normalized, zero=cast(Zero, zero or "range")
    ).table
    text = yaml.safe_dump({key: table[key] for key in ("source", "joints")}, sort_keys=False, width=120)
    if out is not None:
        with replaced(out) as file:
            file.write_text(text)
        text = f"wrote {out}: use it with --units {out}, or note it with leisaac declare DIR --units {out}\n"
    if as_json:
        print_json(table)
    else:
        print(printable(text), end="")
    return 0


def _show(table: dict[str, Any]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    text = printable(f"  {table['source']}\n  {table['file']}")
    console.print(Text(printable(table["name"]), style="bold"), Text(text))
    joints = Table("joint", "unit", box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for name in ("units a radian", "at 0 rad"):
        joints.add_column(name, justify="right")
    for joint, entry in table["joints"].items():
        joints.add_row(joint, entry["unit"], f"{entry['scale']:.6g}", f"{entry['offset'] + 0.0:.6g}")
    console.print(joints, "")
