"""Where the files of robots and scenes come from: LEISAAC_ASSETS_ROOT if it is set, else the package."""

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
        packaged: The file that ships with the code: below this package's asset folder, or an absolute path; None for
            what LeIsaac alone has.
        leisaac: Path below LEISAAC_ASSETS_ROOT; None for what LeIsaac has not, or what cannot be used.
        real: The file that stands in for the packaged one where things are to look as they do; None where none does.
    """

    name: str
    packaged: str | Path | None
    leisaac: str | None = None
    real: str | Path | None = None

    @property
    def packaged_path(self) -> Path:
        """The file that ships with the code.

        Raises:
            FileNotFoundError: None does.
        """
        if self.packaged is None:
            raise FileNotFoundError(
                f"Asset '{self.name}' does not ship with this package: set {ENV_VAR} to the folder that holds LeIsaac's"
                f" {self.leisaac}"
            )
        return PACKAGED_ROOT / self.packaged

    @property
    def real_path(self) -> Path | None:
        """The file that stands in for the packaged one where things are to look as they do; None where none does."""
        return None if self.real is None else PACKAGED_ROOT / self.real


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
    if source is not None:
        reason = f"asked for: source {source}"
    elif root and asset.leisaac is None:
        source, reason = "packaged", "LeIsaac has none that can be used"
    else:
        source = "leisaac" if root else "packaged"
        reason = f"{ENV_VAR} is set to {root}" if root else f"{ENV_VAR} is not set"
    if source == "packaged":
        path = asset.packaged_path
        remedy = "reinstall the package that it belongs to"
    elif root and asset.leisaac is not None:
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
