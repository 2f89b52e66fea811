"""The evaluations of a sweep: every combination of the values that are given. Light."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .options import SWEPT, EvaluationOptions, SweepOptions

_IN_EVERY_RUN = ("checkpoints", "last", "pretrained_model")
"""Folders of every run of lerobot-train, which tell nothing apart."""


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
    runs = []
    for combination in itertools.product(*several.values()):
        chosen = dict(zip(several, combination, strict=True))
        words = {name: labels[name][value] for name, value in chosen.items()}
        runs.append(Run("-".join(words.values()), words, replace(options.base(), **single | chosen)))
    return runs


def _labels(values: Sequence[Any]) -> list[str]:
    """Return a short name of each value, fit for a folder: of paths what tells them apart."""
    parts = [[part for part in Path(str(value)).parts if part not in _IN_EVERY_RUN] or ["here"] for value in values]
    alike = itertools.takewhile(lambda names: len(set(names)) == 1, zip(*map(reversed, parts), strict=False))
    same = len(list(alike))
    labels = [Path((each[: len(each) - same] or each)[-1]) for each in parts]
    names = [label.stem if label.suffix in (".yaml", ".yml") else label.name or "root" for label in labels]
    return names if len(set(names)) == len(names) else [f"{name}_{i}" for i, name in enumerate(names, start=1)]
