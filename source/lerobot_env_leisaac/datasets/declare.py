"""Note which units a checkpoint or a dataset speaks, where every command looks for it."""

from __future__ import annotations

from pathlib import Path

from lerobot_env_leisaac.declaration import OF_CHECKPOINT, OF_DATASET
from lerobot_env_leisaac.folders import require_own_files
from lerobot_env_leisaac.json_files import read_json, write_json
from lerobot_env_leisaac.units import UnitConvention


def declare(folder: Path, convention: UnitConvention, *, replace: bool = False) -> Path:
    """Write the unit convention of a checkpoint or a dataset beside it, the whole table.

    Args:
        folder: Directory of a checkpoint (with ``config.json``, or ``pretrained_model`` in it), or of a dataset (with
            ``meta/info.json``).
        convention: The convention.
        replace: Declare it also where another one is declared.

    Returns:
        The file that was written.

    Raises:
        FileNotFoundError: It is neither.
        FileExistsError: Another convention is declared already.
        ValueError: A file is damaged, or leads out of the folder.
    """
    path = _place(folder)
    content = read_json(path)
    declared = content.get("units")
    if declared is not None and declared not in (convention.table, convention.name) and not replace:
        name = (
            declared if isinstance(declared, str) else declared.get("name") if isinstance(declared, dict) else declared
        )
        raise FileExistsError(f"{path} declares {name} already: add --replace if that is wrong")
    write_json({**content, "units": convention.table}, path, indent=2)
    return path


def _place(folder: Path) -> Path:
    """Return the file that declares the units of a checkpoint or a dataset, which is sound itself."""
    for inner in (folder, folder / "pretrained_model"):
        if (inner / "config.json").is_file():
            require_own_files(inner)
            read_json(inner / "config.json")
            return inner / OF_CHECKPOINT
    if (folder / "meta" / "info.json").is_file():
        require_own_files(folder)
        read_json(folder / "meta" / "info.json")
        return folder / OF_DATASET
    raise FileNotFoundError(
        f"{folder} is neither a checkpoint (no config.json, no pretrained_model) nor a dataset (no meta/info.json)"
    )
