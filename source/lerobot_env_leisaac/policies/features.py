"""What a LeRobot checkpoint expects of an environment, read from its configuration files, not its weights."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from lerobot.utils.constants import ACTION, OBS_IMAGES, OBS_STATE

from lerobot_env_leisaac.units import JOINT_NAMES

from .checkpoint import PREPROCESSOR_NAME, Checkpoint, open_checkpoint
from .processors import RENAME_STEP
from .training_data import TrainingData, find_training_data


@dataclass(frozen=True)
class PolicyFeatures:
    """What a checkpoint for the SO-101 expects of an environment.

    Attributes:
        checkpoint: Directory or Hub id it was read from, for messages.
        image_sizes: Height and width [px] by camera, under the names that an environment gives its cameras.
        instruction: The one task of the dataset that it was trained on; None where the dataset is not on this machine
            or has several.
        renames: From an environment's names of observations to the policy's.
    """

    checkpoint: str
    image_sizes: Mapping[str, tuple[int, int]]
    instruction: str | None
    renames: Mapping[str, str]

    def cameras_among(self, available: Sequence[str]) -> tuple[str, ...]:
        """Return the names of the cameras that the policy looks through.

        Args:
            available: Names of the environment's cameras.

        Raises:
            ValueError: The policy looks through a camera that is not among them.
        """
        missing = [_renamed(camera, self.renames) for camera in self.image_sizes if camera not in available]
        if missing:
            mismatch = camera_mismatch(missing, available, set(self.image_sizes) & set(available), self.renames)
            raise ValueError(f"checkpoint {self.checkpoint!r}: {mismatch}; or choose others with cameras=")
        return tuple(self.image_sizes)


def read_features(checkpoint: str | Path, rename_map: Mapping[str, str] | None = None) -> PolicyFeatures:
    """Read what a checkpoint expects of an environment.

    Args:
        checkpoint: Directory that `lerobot-train` wrote (`pretrained_model`, or the one that holds it, such as
            `checkpoints/last`), or the id of a policy on the Hugging Face Hub.
        rename_map: From the environment's names of observations to the policy's, in place of the saved map.

    Raises:
        FileNotFoundError: There is no such directory or Hub repository, or no configuration in it.
        ValueError: It is no LeRobot policy, or one for another robot.
    """
    opened = open_checkpoint(checkpoint)
    for mismatch in joint_mismatches(opened):
        raise ValueError(f"checkpoint {opened.name!r} declares {mismatch}")
    return features_of(opened, rename_map)


def features_of(checkpoint: Checkpoint, rename_map: Mapping[str, str] | None = None) -> PolicyFeatures:
    """Return what an opened checkpoint expects; see :func:`read_features`. Its joints are not looked at."""
    data = find_training_data(checkpoint.folder)
    renames = saved_rename_map(checkpoint) if rename_map is None else rename_map
    original = {new.removeprefix(f"{OBS_IMAGES}."): old.removeprefix(f"{OBS_IMAGES}.") for old, new in renames.items()}
    sizes = {original.get(camera, camera): size for camera, size in image_sizes(checkpoint, data).items()}
    return PolicyFeatures(checkpoint.name, sizes, None if data is None else data.instruction, renames)


def joint_mismatches(checkpoint: Checkpoint) -> Iterator[str]:
    """Yield what is wrong with the shapes of state and action, for the SO-101."""
    features = {ACTION: checkpoint.config.action_feature, OBS_STATE: checkpoint.config.robot_state_feature}
    if features[OBS_STATE] is None:
        del features[OBS_STATE]  # a policy may see images alone
    for name, feature in features.items():
        found = None if feature is None else tuple(feature.shape)
        if found != (len(JOINT_NAMES),):
            yield (
                f"{name} of shape {found}, expected ({len(JOINT_NAMES)},) for the SO-101's {', '.join(JOINT_NAMES)}: "
                "pass a policy that was trained on this robot"
            )


def camera_mismatch(
    missing: Sequence[str], available: Sequence[str], taken: Collection[str], renames: Mapping[str, str]
) -> str:
    """Return what to do about cameras that the policy looks through and the environment does not have.

    Args:
        missing: The policy's names of the cameras that it would not be given.
        available: The environment's cameras.
        taken: Those of them that the policy is given.
        renames: From the environment's names of observations to the policy's, as they are now.
    """
    verdict = (
        f"the policy looks through {', '.join(missing)}, the environment's "
        f"{'camera is' if len(available) == 1 else 'cameras are'} {', '.join(available) or 'none'} and LeRobot would "
        "leave the missing out: "
    )
    free = [camera for camera in available if camera not in taken]
    if len(free) < len(missing):
        return verdict + "make the environment with more cameras, or train on fewer"
    kept = {f"{OBS_IMAGES}.{camera}" for camera in taken}
    proposal = {old: new for old, new in renames.items() if old in kept}
    for name in missing:
        camera = (get_close_matches(name, free, n=1) or free)[0]
        free.remove(camera)
        proposal[f"{OBS_IMAGES}.{camera}"] = f"{OBS_IMAGES}.{name}"
    return verdict + f"say which is which, such as --rename-map '{json.dumps(proposal)}'"


def _renamed(camera: str, renames: Mapping[str, str]) -> str:
    name = f"{OBS_IMAGES}.{camera}"
    return renames.get(name, name).removeprefix(f"{OBS_IMAGES}.")


def image_sizes(checkpoint: Checkpoint, data: TrainingData | None) -> dict[str, tuple[int, int]]:
    """Return height and width [px] of the images that a policy was trained on, by the policy's names of cameras.

    Args:
        checkpoint: The checkpoint. It declares sizes, but one that was fine-tuned from another declares that one's.
        data: The dataset that it was trained on, if it is here: it knows.

    Raises:
        ValueError: The policy looks at images that are not in colour.
    """
    config = checkpoint.config
    recorded = {} if data is None else data.image_sizes
    renamed = {saved_rename_map(checkpoint).get(key, key): size for key, size in recorded.items()}
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
        sizes[key.removeprefix(f"{OBS_IMAGES}.")] = renamed.get(key, (height, width))
    return sizes


def saved_rename_map(checkpoint: Checkpoint) -> dict[str, str]:
    """Return the map that the checkpoint's preprocessor renames observations by."""
    return (checkpoint.step_config(PREPROCESSOR_NAME, RENAME_STEP) or {}).get("rename_map", {})
