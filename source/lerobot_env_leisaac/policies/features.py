"""What a LeRobot checkpoint expects of an environment, read from its configuration files, not its weights."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lerobot.configs import PolicyFeature
from lerobot.configs.train import TRAIN_CONFIG_NAME
from lerobot.datasets.io_utils import load_tasks
from lerobot.datasets.utils import DEFAULT_TASKS_PATH
from lerobot.utils.constants import ACTION, HF_LEROBOT_HOME, OBS_IMAGES, OBS_STATE

from lerobot_env_leisaac.units import JOINT_NAMES

from .checkpoint import PREPROCESSOR_NAME, Checkpoint, open_checkpoint, read_json


@dataclass(frozen=True)
class PolicyFeatures:
    """What a checkpoint for the SO-101 expects of an environment.

    Attributes:
        checkpoint: Directory or Hub id it was read from, for messages.
        image_sizes: Height and width [px] by camera, under the names that an environment gives its cameras. They are
            what the checkpoint declares: a policy that was fine-tuned from another declares that one's.
        instruction: The one task of the dataset that it was trained on; None where the dataset is not on this machine
            or has several.
    """

    checkpoint: str
    image_sizes: Mapping[str, tuple[int, int]]
    instruction: str | None

    def cameras_among(self, available: Sequence[str]) -> tuple[str, ...]:
        """Return the names of the cameras that the policy looks through.

        Args:
            available: Names of the environment's cameras.

        Raises:
            ValueError: The policy looks through a camera that is not among them.
        """
        for camera in self.image_sizes:
            if camera not in available:
                raise ValueError(
                    f"checkpoint {self.checkpoint!r} looks through camera {camera!r}, the environment has "
                    f"{list(available)}: rename cameras with LeRobot's --rename_map, or choose some with cameras="
                )
        return tuple(self.image_sizes)


def read_features(checkpoint: str | Path) -> PolicyFeatures:
    """Read what a checkpoint expects of an environment.

    Args:
        checkpoint: Directory that `lerobot-train` wrote (`pretrained_model`, or the one that holds it, such as
            `checkpoints/last`), or the id of a policy on the Hugging Face Hub.

    Raises:
        FileNotFoundError: There is no such directory or Hub repository, or no configuration in it.
        ValueError: It is no LeRobot policy, or one for another robot.
    """
    opened = open_checkpoint(checkpoint)
    _require_joints(opened.name, ACTION, opened.config.action_feature)
    if opened.config.robot_state_feature is not None:  # a policy may see images alone
        _require_joints(opened.name, OBS_STATE, opened.config.robot_state_feature)
    return PolicyFeatures(opened.name, _image_sizes(opened), _instruction(opened.folder))


def _require_joints(name: str, key: str, feature: PolicyFeature | None) -> None:
    found = None if feature is None else tuple(feature.shape)
    if found != (len(JOINT_NAMES),):
        raise ValueError(
            f"checkpoint {name!r} declares {key} of shape {found}, expected ({len(JOINT_NAMES)},) for the SO-101's "
            f"{', '.join(JOINT_NAMES)}: pass a policy that was trained on this robot"
        )


def _image_sizes(checkpoint: Checkpoint) -> dict[str, tuple[int, int]]:
    """Return height and width by camera, under the names that cameras have before the checkpoint renames them."""
    config = checkpoint.config
    configs = [step.get("config", {}) for step in checkpoint.steps(PREPROCESSOR_NAME)]
    renames = [step["rename_map"] for step in configs if "rename_map" in step]
    original = {new: old for rename in renames for old, new in rename.items()}
    # cameras that SmolVLA and others fill in themselves
    filled_in = {f"{OBS_IMAGES}.empty_camera_{index}" for index in range(getattr(config, "empty_cameras", 0))}
    sizes = {}
    for key, feature in config.image_features.items():
        if key in filled_in:
            continue
        if len(feature.shape) != 3 or feature.shape[0] != 3:
            raise ValueError(
                f"checkpoint {checkpoint.name!r} declares {key} of shape {tuple(feature.shape)}, expected "
                "(3, height, width): pass a policy that was trained on colour images"
            )
        _, height, width = feature.shape
        sizes[original.get(key, key).removeprefix(f"{OBS_IMAGES}.")] = (height, width)
    return sizes


def _instruction(folder: Path) -> str | None:
    """Return the only task of the dataset that the policy was trained on, if that dataset is here."""
    dataset = read_json(folder / TRAIN_CONFIG_NAME).get("dataset")
    if dataset is None:
        return None
    root = Path(dataset["root"] or HF_LEROBOT_HOME / dataset["repo_id"])
    if not os.path.isfile(root / DEFAULT_TASKS_PATH):  # Path.is_file raises where another user's folder may not be read
        return None
    tasks = load_tasks(root).index
    return str(tasks[0]) if len(tasks) == 1 else None
