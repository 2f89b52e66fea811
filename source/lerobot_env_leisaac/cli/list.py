"""``leisaac list``."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lerobot_env_leisaac import catalog

from .options import Json, print_json


def list_(as_json: Json = False) -> int:
    """List the environments, the unit conventions and the variations.

    Args:
        as_json: Print JSON.
    """
    conventions = _texts("units", "source")
    variations = _texts("variations", "description")
    if as_json:
        print_json({"environments": catalog.ids(), "units": conventions, "variations": variations})
        return 0
    environments = Table("environments", box=None, pad_edge=False)
    for env_id in catalog.ids():
        environments.add_row(env_id)
    Console(highlight=False).print(
        environments, "", _table("units", "source", conventions), "", _table("variations", "description", variations)
    )
    return 0


def _texts(folder: str, key: str) -> dict[str, str]:
    """Return what each YAML file of a folder of ``config`` says of itself, by the file's name."""
    # read as plain data: the modules that make something of it bring torch and Isaac Lab along, which takes seconds
    from lerobot_env_leisaac import config_files

    return {name: config_files.read(folder, name, folder)[1][key] for name in config_files.names(folder)}


def _table(name: str, text: str, rows: dict[str, str]) -> Table:
    table = Table(name, text, box=None, pad_edge=False)
    for row in rows.items():
        table.add_row(*map(Text, row))
    return table
