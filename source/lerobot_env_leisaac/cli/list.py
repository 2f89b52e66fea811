"""``leisaac list``."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lerobot_env_leisaac import resources, tasks

from .options import Json, print_json


def list_(as_json: Json = False) -> int:
    """List the environments and the unit conventions.

    Args:
        as_json: Print JSON.
    """
    import yaml

    # read as plain data: `units.load` would bring torch along, which takes seconds
    files = sorted((resources.config_dir() / "units").glob("*.yaml"))
    conventions = {file.stem: yaml.safe_load(file.read_text())["source"] for file in files}
    if as_json:
        print_json({"environments": tasks.ids(), "units": conventions})
        return 0
    environments = Table("environments", box=None, pad_edge=False)
    for env_id in tasks.ids():
        environments.add_row(env_id)
    units = Table("units", "source", box=None, pad_edge=False)
    for name, source in conventions.items():
        units.add_row(name, Text(source))
    Console(highlight=False).print(environments, "", units)
    return 0
