"""What a LeRobot checkpoint expects of an environment, read from its configuration files, not its weights."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import Any

# Importing the package registers all of LeRobot's policy types. It loads torch (an environment has done so already)
# but no model: to import one type alone, `lerobot.policies.act.configuration_act`, runs the same package anyway.
import lerobot.policies  # noqa: F401
from huggingface_hub import snapshot_download
from huggingface_hub.constants import CONFIG_NAME
from huggingface_hub.errors import HFValidationError
from lerobot.configs import PolicyFeature, PreTrainedConfig
from lerobot.configs.train import TRAIN_CONFIG_NAME
from lerobot.datasets.io_utils import load_tasks
from lerobot.datasets.utils import DEFAULT_TASKS_PATH
from lerobot.utils.constants import (
    ACTION,
    HF_LEROBOT_HOME,
    OBS_IMAGES,
    OBS_STATE,
    POLICY_PREPROCESSOR_DEFAULT_NAME,
    PRETRAINED_MODEL_DIR,
)
from lerobot.utils.import_utils import register_third_party_plugins

from lerobot_env_leisaac.units import JOINT_NAMES

_PREPROCESSOR_NAME = f"{POLICY_PREPROCESSOR_DEFAULT_NAME}.json"


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
    name, folder = str(checkpoint), _folder(checkpoint)
    config = _policy_config(name, folder)
    _require_joints(name, ACTION, config.action_feature)
    if config.robot_state_feature is not None:  # a policy may see images alone
        _require_joints(name, OBS_STATE, config.robot_state_feature)
    return PolicyFeatures(name, _image_sizes(name, folder, config), _instruction(folder))


def _folder(checkpoint: str | Path) -> Path:
    """Return the directory with the checkpoint's configuration files."""
    folder = Path(checkpoint).expanduser()
    if not folder.is_dir():
        files = [CONFIG_NAME, _PREPROCESSOR_NAME, TRAIN_CONFIG_NAME]
        try:
            folder = Path(snapshot_download(str(checkpoint), allow_patterns=files))
        except (OSError, HFValidationError) as error:
            raise FileNotFoundError(
                f"checkpoint {str(checkpoint)!r} is no directory here and not to be had from the Hub "
                f"({type(error).__name__}), expected a directory that lerobot-train wrote, or a Hub id such as "
                "user/policy: correct the path or id, or the network connection"
            ) from error
    inner = folder / PRETRAINED_MODEL_DIR
    folder = inner if inner.is_dir() else folder
    if not (folder / CONFIG_NAME).is_file():
        raise FileNotFoundError(
            f"checkpoint {str(checkpoint)!r} has no {CONFIG_NAME} in {folder}, expected the {PRETRAINED_MODEL_DIR} "
            "directory that lerobot-train writes, such as outputs/train/RUN/checkpoints/last/pretrained_model"
        )
    return folder


def _policy_config(name: str, folder: Path) -> PreTrainedConfig:
    register_third_party_plugins()  # policy types that other installed packages bring
    try:
        return PreTrainedConfig.from_pretrained(folder)
    except Exception as error:  # LeRobot lets through whatever json, draccus and the policy's own checks raise
        raise ValueError(
            f"checkpoint {name!r} has a {CONFIG_NAME} that is not one of a LeRobot policy "
            f"({shorten(str(error), 160)}), expected the one that lerobot-train wrote: pass that directory, or install "
            "the package that brings its policy type"
        ) from error


def _require_joints(name: str, key: str, feature: PolicyFeature | None) -> None:
    found = None if feature is None else tuple(feature.shape)
    if found != (len(JOINT_NAMES),):
        raise ValueError(
            f"checkpoint {name!r} declares {key} of shape {found}, expected ({len(JOINT_NAMES)},) for the SO-101's "
            f"{', '.join(JOINT_NAMES)}: pass a policy that was trained on this robot"
        )


def _image_sizes(name: str, folder: Path, config: PreTrainedConfig) -> dict[str, tuple[int, int]]:
    """Return height and width by camera, under the names that cameras have before the checkpoint renames them."""
    steps = _read_json(folder / _PREPROCESSOR_NAME).get("steps", [])
    renames = [step["config"]["rename_map"] for step in steps if "rename_map" in step.get("config", {})]
    original = {new: old for rename in renames for old, new in rename.items()}
    # cameras that SmolVLA and others fill in themselves
    filled_in = {f"{OBS_IMAGES}.empty_camera_{index}" for index in range(getattr(config, "empty_cameras", 0))}
    sizes = {}
    for key, feature in config.image_features.items():
        if key in filled_in:
            continue
        if len(feature.shape) != 3 or feature.shape[0] != 3:
            raise ValueError(
                f"checkpoint {name!r} declares {key} of shape {tuple(feature.shape)}, expected (3, height, width): "
                "pass a policy that was trained on colour images"
            )
        _, height, width = feature.shape
        sizes[original.get(key, key).removeprefix(f"{OBS_IMAGES}.")] = (height, width)
    return sizes


def _instruction(folder: Path) -> str | None:
    """Return the only task of the dataset that the policy was trained on, if that dataset is here."""
    dataset = _read_json(folder / TRAIN_CONFIG_NAME).get("dataset")
    if dataset is None:
        return None
    root = Path(dataset["root"] or HF_LEROBOT_HOME / dataset["repo_id"])
    if not os.path.isfile(root / DEFAULT_TASKS_PATH):  # Path.is_file raises where another user's folder may not be read
        return None
    tasks = load_tasks(root).index
    return str(tasks[0]) if len(tasks) == 1 else None


def _read_json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.is_file() else {}
