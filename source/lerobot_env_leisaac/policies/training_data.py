"""What the dataset that a checkpoint was trained on says of itself, where it is on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lerobot.configs.train import TRAIN_CONFIG_NAME
from lerobot.datasets.io_utils import load_tasks
from lerobot.datasets.utils import DEFAULT_TASKS_PATH, INFO_PATH
from lerobot.utils.constants import HF_LEROBOT_HOME

from lerobot_env_leisaac import units
from lerobot_env_leisaac.units import UnitConvention

from .checkpoint import read_json

MANIFEST_PATH = Path("meta") / "leisaac.json"
"""Where `leisaac record` notes the unit convention of a dataset."""

CHECKPOINT_MANIFEST_NAME = "leisaac.json"
"""A file of a checkpoint that names its unit convention, under ``units``, for when its dataset is not at hand."""


@dataclass(frozen=True)
class Declaration:
    """A unit convention, and who says that it is the one."""

    convention: UnitConvention
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
        if not os.path.isfile(self.root / DEFAULT_TASKS_PATH):
            return None
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
    """Return the dataset that ``train_config.json`` names, from its root or from where LeRobot keeps datasets.

    Args:
        folder: Directory of the checkpoint.

    Returns:
        The dataset; None where there is no such file or no such dataset here.
    """
    dataset = read_json(folder / TRAIN_CONFIG_NAME).get("dataset")
    if not isinstance(dataset, dict):
        return None
    root = Path(dataset.get("root") or HF_LEROBOT_HOME / str(dataset.get("repo_id")))
    info = read_json(root / INFO_PATH)
    return TrainingData(root, info) if info else None


def declared_units(folder: Path, data: TrainingData | None) -> Declaration | None:
    """Return the unit convention that a checkpoint or its dataset declares.

    Args:
        folder: Directory of the checkpoint.
        data: Its dataset, if it is here.

    Raises:
        ValueError: A declaration is not valid.
    """
    places = [folder / CHECKPOINT_MANIFEST_NAME, *([data.root / MANIFEST_PATH] if data else [])]
    for path in places:
        table = read_json(path).get("units")
        if table is not None:
            return Declaration(units.from_table(table, f"{path}: units"), str(path))
    return None
