"""YAML files of `config`, and those of the user's own in their place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .resources import config_dir

_LARGEST, _DEEPEST = 100_000, 20
"""Bytes of a file, and levels in it; the packaged ones have 2,000 and 4."""


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
        ValueError: There is no such file, it is no YAML, or it has anchors, which can stand for gigabytes; the message
            names file, line and reason.
    """
    import yaml  # these two take a third of a second to import, and most commands read no file
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    known = names(folder)
    path = config_dir() / folder / f"{name_or_path}.yaml" if str(name_or_path) in known else Path(name_or_path)
    if not path.is_file():
        raise ValueError(f"unknown {what} '{name_or_path}': use one of {', '.join(known)}, or the path of a YAML file")
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError(f"{path}: has {path.stat().st_size:,} bytes, expected {_LARGEST:,} at most")
        text = path.read_text()
        _refuse_other_shapes(text, path)
        # interpolations such as ${oc.env:HOME} stay the text that they are
        try:
            return path, OmegaConf.to_container(OmegaConf.create(text), resolve=False)
        except ValueError as error:  # such as a number of more digits than Python reads
            raise ValueError(f"{path}: {' '.join(str(error).split())}") from error
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ValueError(f"{path}: {line}{error.problem}") from error
    except (yaml.YAMLError, OmegaConfBaseException, OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: {' '.join(str(error).split())}") from error


def _refuse_other_shapes(text: str, path: Path) -> None:
    """Raise ValueError for what is not one mapping or list, would become large, or is too deep to be read."""
    import yaml

    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        documents += isinstance(event, yaml.DocumentStartEvent)
        if documents > 1:
            raise ValueError(f"{path}: line {line}: a second document begins (---), expected one")
        # a lone word is left to the reader, who knows which names there are
        if isinstance(event, yaml.ScalarEvent) and not depth and not isinstance(yaml.safe_load(event.value), str):
            raise ValueError(f"{path}: line {line}: expected names with values, such as friction: 1.5")
        if isinstance(event, yaml.AliasEvent):
            raise ValueError(f"{path}: line {line}: *{event.anchor} refers to an anchor: write out what it stands for")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise ValueError(f"{path}: line {line}: nested more than {_DEEPEST} levels deep")
