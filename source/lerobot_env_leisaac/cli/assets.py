"""``leisaac assets``."""

from __future__ import annotations

import dataclasses

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.assets.files import resolve

from .options import Json, print_json


def assets(as_json: Json = False) -> int:
    """Show which robot and scene files are used, where they come from, and why."""
    resolved = [resolve(asset) for asset in catalog.assets()]
    if as_json:
        print_json([dataclasses.asdict(asset) for asset in resolved])
        return 0
    for asset in resolved:
        print(f"{asset.name}\n  path    {asset.path}\n  source  {asset.source}\n  why     {asset.reason}")
    return 0
