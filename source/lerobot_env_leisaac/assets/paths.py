"""Where robots and scenes come from: LeIsaac's own files when LEISAAC_ASSETS_ROOT is set, else the packaged ones."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PACKAGED_ROOT = Path(__file__).resolve().parent
"""Folder of the packaged robots and scenes."""

ENV_VAR = "LEISAAC_ASSETS_ROOT"
"""Environment variable that names a folder in LeIsaac's own layout."""

Source = Literal["leisaac", "packaged"]
"""Where a file comes from: the folder that LEISAAC_ASSETS_ROOT names, or this package."""


@dataclass(frozen=True)
class AssetFile:
    """An asset and where each source keeps it.

    Attributes:
        name: Name of the asset.
        packaged: Path below the package's asset folder.
        leisaac: Path below LEISAAC_ASSETS_ROOT.
    """

    name: str
    packaged: str
    leisaac: str


ROBOT = AssetFile("so101_follower", "robots/so101_follower.usda", "robots/so101_follower.usd")
SCENE = AssetFile("table_with_cube", "scenes/table_with_cube.usda", "scenes/table_with_cube/scene.usd")
KITCHEN_WITH_ORANGE = AssetFile(
    "kitchen_with_orange", "scenes/kitchen_with_orange.usda", "scenes/kitchen_with_orange/scene.usd"
)
ASSETS = (ROBOT, SCENE, KITCHEN_WITH_ORANGE)
"""Every asset the tasks use."""


@dataclass(frozen=True)
class ResolvedAsset:
    """A file that stands for an asset.

    Attributes:
        name: Name of the asset.
        path: The USD file.
        source: Where it comes from.
        reason: Why this one, in words.
    """

    name: str
    path: Path
    source: Source
    reason: str


def resolve(asset: AssetFile, source: Source | None = None) -> ResolvedAsset:
    """Return the file that stands for an asset.

    Args:
        asset: The asset.
        source: Where to take it from. None: LEISAAC_ASSETS_ROOT if it is set, else the package.

    Raises:
        FileNotFoundError: The file is missing. LEISAAC_ASSETS_ROOT, once set, is never mixed with packaged files.
    """
    root = os.environ.get(ENV_VAR)
    if source is None:
        source = "leisaac" if root else "packaged"
        reason = f"{ENV_VAR} is set to {root}" if root else f"{ENV_VAR} is not set"
    else:
        reason = f"asked for: source {source}"
    if source == "packaged":
        path = PACKAGED_ROOT / asset.packaged
        remedy = "reinstall lerobot_env_leisaac, or run scripts/build_assets.py in a checkout"
    elif root:
        path = Path(root).expanduser().absolute() / asset.leisaac
        remedy = f"download LeIsaac's {asset.leisaac} to there, or unset {ENV_VAR} to use the packaged assets"
    else:
        raise FileNotFoundError(
            f"Asset '{asset.name}' not found: {ENV_VAR} is not set; set it to the folder that holds LeIsaac's "
            f"{asset.leisaac}, or use the packaged assets."
        )
    if not path.is_file():
        raise FileNotFoundError(f"Asset '{asset.name}' not found: tried {path} ({reason}); {remedy}.")
    return ResolvedAsset(asset.name, path, source, reason)


def resolve_all() -> list[ResolvedAsset]:
    """Return the file of every asset.

    Raises:
        FileNotFoundError: A file is missing.
    """
    return [resolve(asset) for asset in ASSETS]
