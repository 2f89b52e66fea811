"""YAML files of `config`, and those of the user's own in their place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from .resources import config_dir


def names(folder: str) -> tuple[str, ...]:
    """Return the names of the files in a folder of `config`, sorted."""
    return tuple(sorted(path.stem for path in (config_dir() / folder).glob("*.yaml")))


def read(folder: str, name_or_path: str | Path, what: str) -> tuple[Path, Any]:
    """Read a file.

    Args:
        folder: Folder of `config`.
        name_or_path: Name of a file in it, or path of another YAML file.
        what: What such a file describes, for the message of an error.

    Returns:
        Path and content.

    Raises:
        ValueError: There is no such file, or it is no YAML; the message names file, line and reason.
    """
    known = names(folder)
    path = config_dir() / folder / f"{name_or_path}.yaml" if str(name_or_path) in known else Path(name_or_path)
    if not path.is_file():
        raise ValueError(f"unknown {what} '{name_or_path}': use one of {', '.join(known)}, or the path of a YAML file")
    try:
        return path, OmegaConf.to_container(OmegaConf.load(path), resolve=True)
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ValueError(f"{path}: {line}{error.problem}") from error
    except (yaml.YAMLError, OmegaConfBaseException, OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: {' '.join(str(error).split())}") from error
