"""The evaluations of a sweep: every combination of the values that are given. Light."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .folder import REPORT, SWEEP
from .options import SWEPT, EvaluationOptions, SweepOptions

_IN_EVERY_RUN = ("checkpoints", "last", "pretrained_model")
"""Folders of every run of lerobot-train, which tell nothing apart."""

_FILES = {SWEEP, REPORT}
"""What is beside the folders of a sweep."""


@dataclass(frozen=True)
class Run:
    """One evaluation of a sweep.

    Attributes:
        name: Name of its folder.
        values: What it has of each option that is swept, in words.
        options: What is evaluated.
    """

    name: str
    values: dict[str, str]
    options: EvaluationOptions


def runs_of(options: SweepOptions) -> list[Run]:
    """Return the evaluations of a sweep: every combination, those that share a world one after another.

    Raises:
        ValueError: A value is given twice, or an option has none.
    """
    if empty := [name for name in SWEPT if getattr(options, name) == ()]:
        raise ValueError(f"--{empty[0].replace('_', '-')} needs a value or more")
    several = {name: value for name in SWEPT if isinstance(value := getattr(options, name), tuple) and len(value) > 1}
    for name, values in several.items():
        if len(set(values)) < len(values):
            raise ValueError(f"--{name.replace('_', '-')} names one of {', '.join(map(str, values))} twice")
    single = {name: value[0] for name in SWEPT if isinstance(value := getattr(options, name), tuple) and value}
    labels = {name: dict(zip(values, _labels(values), strict=True)) for name, values in several.items()}
    combinations = [dict(zip(several, each, strict=True)) for each in itertools.product(*several.values())]
    words = [{name: labels[name][value] for name, value in chosen.items()} for chosen in combinations]
    names = _told_apart(["-".join(each.values()) for each in words])
    return [
        Run(name, of, replace(options.base(), **single | chosen))
        for name, of, chosen in zip(names, words, combinations, strict=True)
    ]


def _labels(values: Sequence[Any]) -> list[str]:
    """Return a short name of each value, fit for a folder: of paths what tells them apart."""
    paths = [path.resolve() if ".." in (path := Path(str(value))).parts else path for value in values]
    parts = [[part for part in path.parts if part not in _IN_EVERY_RUN] or ["here"] for path in paths]
    alike = itertools.takewhile(lambda names: len(set(names)) == 1, zip(*map(reversed, parts), strict=False))
    same = len(list(alike))
    labels = [Path((each[: len(each) - same] or each)[-1]) for each in parts]
    names = [label.stem if label.suffix in (".yaml", ".yml") else label.name or "root" for label in labels]
    return _told_apart([re.sub(r"[^\w .,+=@-]", "_", name) for name in names])


def _told_apart(names: list[str]) -> list[str]:
    """Return names of folders, numbered where two are alike or one is that of a file of the sweep."""
    good = len(set(names)) == len(names) and not _FILES & set(names)
    return names if good else [f"{name}_{i}" for i, name in enumerate(names, start=1)]
