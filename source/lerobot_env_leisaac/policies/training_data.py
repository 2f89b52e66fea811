"""What the dataset that a checkpoint was trained on says of itself, where it is on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import Any

import torch
from lerobot.configs.train import TRAIN_CONFIG_NAME
from lerobot.utils.constants import ACTION, HF_LEROBOT_HOME, OBS_STATE

from lerobot_env_leisaac import declaration, units
from lerobot_env_leisaac.folders import require_own_files
from lerobot_env_leisaac.json_files import read_json
from lerobot_env_leisaac.units import UnitConvention

from .files import POSTPROCESSOR_NAME
from .statistics import UNNORMALIZER_STEP, read_statistics

INFO_PATH, STATS_PATH, TASKS_PATH = "meta/info.json", "meta/stats.json", "meta/tasks.parquet"
"""Files of a dataset, as LeRobot names them in a module that loads all that reads and writes datasets."""


@dataclass(frozen=True)
class Declaration:
    """A unit convention, and who says that it is the one."""

    convention: UnitConvention
    source: str


@dataclass(frozen=True)
class Note:
    """A text that a checkpoint or its dataset holds, and where."""

    text: str
    source: str


@dataclass(frozen=True)
class TrainingData:
    """A dataset on this machine.

    Attributes:
        root: Its directory.
        info: Content of its ``meta/info.json``.
    """

    root: Path
    info: dict[str, Any]

    @property
    def instruction(self) -> str | None:
        """Its task; None where it has several."""
        if not os.path.isfile(self.root / TASKS_PATH):
            return None
        from lerobot.datasets.io_utils import load_tasks  # half a second, for those who have the dataset

        tasks = load_tasks(self.root).index
        return str(tasks[0]) if len(tasks) == 1 else None

    @property
    def image_sizes(self) -> dict[str, tuple[int, int]]:
        """Height and width [px] by image feature, such as ``observation.images.front``."""
        sizes = {}
        for key, feature in self.info.get("features", {}).items():
            if feature.get("dtype") in ("image", "video"):
                shape = dict(zip(feature.get("names") or (), feature["shape"], strict=False))
                if {"height", "width"} <= shape.keys():
                    sizes[key] = (shape["height"], shape["width"])
        return sizes

    def names(self, feature: str) -> list[str] | None:
        """Return the names of the joints in a state or action vector; None where it has none."""
        names = self.info.get("features", {}).get(feature, {}).get("names")
        if isinstance(names, dict):  # datasets of LeRobot before 0.2: {"motors": [...]}
            names = next(iter(names.values()), None)
        return names


def find_training_data(folder: Path) -> TrainingData | None:
    """Return the dataset that a checkpoint was trained on; None where it is not here, or another is in its place."""
    return look_for_training_data(folder)[0]


def look_for_training_data(folder: Path) -> tuple[TrainingData | None, str | None]:
    """Look for the dataset that ``train_config.json`` names, at its root or where LeRobot keeps datasets.

    A root that is relative was so to the folder that training ran in, which nobody noted: above the checkpoint and in
    the current folder is looked, and believed only what has the statistics that the checkpoint normalises with.

    Args:
        folder: Directory of the checkpoint.

    Returns:
        The dataset, None where there is no such file or no such dataset here; and a line on one that was found in its
        place and is not believed.
    """
    dataset = read_json(folder / TRAIN_CONFIG_NAME).get("dataset")
    if not isinstance(dataset, dict):
        return None, None
    named = dataset.get("root")
    root = Path(str(named or HF_LEROBOT_HOME / str(dataset.get("repo_id"))))
    if root.is_absolute():
        info = read_json(root / INFO_PATH)
        return (_data(root, info) if info else None), None
    doubt = None
    for place in (*folder.resolve().parents, Path.cwd()):
        if info := read_json(place / root / INFO_PATH):
            data = _data(place / root, info)
            if _has_the_statistics(folder, data):
                return data, None
            doubt = (
                f"{TRAIN_CONFIG_NAME} names the dataset {root}, and {data.root} has other statistics than those that "
                "the checkpoint normalises with: it is not taken for the one that it was trained on"
            )
    return None, doubt


def _data(root: Path, info: dict[str, Any]) -> TrainingData:
    """Return a dataset; one that came with a checkpoint may lead out of its folder as well, and is refused then."""
    require_own_files(root)
    features = info.get("features", {})
    if not isinstance(features, dict) or not all(
        isinstance(feature, dict) and isinstance(feature.get("shape"), list) for feature in features.values()
    ):
        raise ValueError(f"{root / INFO_PATH} describes no dataset: features is {str(features)[:40]}")
    return TrainingData(root, info)


def _has_the_statistics(folder: Path, data: TrainingData) -> bool:
    """Return whether a dataset has the mean and deviation that a checkpoint normalises states and actions with."""
    try:
        trained = {
            OBS_STATE: read_statistics(folder).get(OBS_STATE, {}),
            ACTION: read_statistics(folder, POSTPROCESSOR_NAME, UNNORMALIZER_STEP).get(ACTION, {}),
        }
    except (FileNotFoundError, ValueError):
        return False
    here = read_json(data.root / STATS_PATH)
    compared = 0
    for feature, known in trained.items():
        for name in known.keys() & {"mean", "std"}:
            try:
                values = torch.tensor(here[feature][name], dtype=torch.float64)
            except (KeyError, TypeError, ValueError):
                return False
            if values.shape != known[name].shape or not torch.allclose(values, known[name].double(), 1e-3, 1e-4):
                return False
            compared += 1
    return compared > 0


def declared_units(folder: Path, data: TrainingData | None) -> Declaration | None:
    """Return the unit convention that a checkpoint or its dataset declares.

    Args:
        folder: Directory of the checkpoint.
        data: Its dataset, if it is here.

    Raises:
        ValueError: A declaration is not valid.
    """
    for path in _manifests(folder, data):
        table = read_json(path).get("units")
        if isinstance(table, str):  # a name, and never a path: the file may come from anywhere
            if table not in units.names():
                raise ValueError(
                    f"{path}: units: {shorten(repr(table), 60)} is none of {', '.join(units.names())}: name one of "
                    "these, or hold the whole table"
                )
            return Declaration(units.load(table), str(path))
        if table is not None:
            if not isinstance(table, dict):
                raise ValueError(f"{path}: units: found {shorten(repr(table), 60)}, expected a name or a table")
            return Declaration(units.from_table(table, f"{path}: units"), str(path))
    return None


def noted_task(folder: Path, data: TrainingData | None) -> Note | None:
    """Return the name of the task that a checkpoint was trained to do; arguments and errors as `declared_units`."""
    return _noted("task", folder, data)


def noted_instruction(folder: Path, data: TrainingData | None) -> Note | None:
    """Return the instruction that a checkpoint was trained with; arguments and errors as `declared_units`.

    Returns:
        That of its manifest, else the one task of its dataset; None where it has several.
    """
    if (noted := _noted("instruction", folder, None)) is not None:
        return noted
    instruction = None if data is None else data.instruction
    return None if data is None or instruction is None else Note(instruction, f"the dataset {data.root}")


def _noted(key: str, folder: Path, data: TrainingData | None) -> Note | None:
    for path in _manifests(folder, data):
        text = read_json(path).get(key)
        if text is None:
            continue
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"{path}: {key}: found {shorten(repr(text), 60)}, expected a text")
        return Note(text, str(path))
    return None


def _manifests(folder: Path, data: TrainingData | None) -> list[Path]:
    """Return the files that may say what a checkpoint was trained on, its own first."""
    return [folder / declaration.OF_CHECKPOINT, *([data.root / declaration.OF_DATASET] if data else [])]
