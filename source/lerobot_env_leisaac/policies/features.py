"""What a LeRobot checkpoint expects of an environment, read from its configuration files, not its weights."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lerobot.configs import PreTrainedConfig
from lerobot.utils.constants import ACTION, OBS_IMAGES, OBS_STATE

from lerobot_env_leisaac import robots
from lerobot_env_leisaac.robots.spec import RobotSpec
from lerobot_env_leisaac.units import UnitConvention

from .cameras import ImageSize, camera_question, policy_cameras
from .checkpoint import Checkpoint, open_checkpoint
from .renames import RenameMap, Renames
from .training_data import declared_units, find_training_data, noted_instruction


@dataclass(frozen=True)
class PolicyFeatures:
    """What a checkpoint expects of an environment.

    Attributes:
        checkpoint: Directory or Hub id it was read from, for messages.
        image_sizes: Height and width [px] by camera, under the names that an environment gives its cameras; None where
            nothing tells the size that it was trained at, and it resizes by itself.
        units: The unit convention that it, or its dataset, declares; None where neither does.
        instruction: What it was trained with, as its ``leisaac.json`` says, or the one task of its dataset; None where
            neither does.
        renames: From an environment's names of observations to the policy's.
        config: Its configuration.
    """

    checkpoint: str
    image_sizes: Mapping[str, ImageSize | None]
    units: UnitConvention | None
    instruction: str | None
    renames: Renames
    config: PreTrainedConfig

    def cameras_among(self, available: Sequence[str], optional: Collection[str] = ()) -> tuple[str, ...]:
        """Return the names of the cameras that the policy looks through.

        Args:
            available: Names of the environment's cameras.
            optional: Names of those that it has where they are asked for.

        Raises:
            ValueError: The policy looks through a camera that is not among them.
        """
        legal = {*available, *optional}
        missing = [self.renames.of_camera(camera) for camera in self.image_sizes if camera not in legal]
        if missing:
            question = camera_question(missing, available, set(self.image_sizes) & set(available), self.config)
            raise ValueError(f"checkpoint {self.checkpoint!r}: {question}; or choose others with cameras=")
        return tuple(self.image_sizes)


def read_features(
    checkpoint: str | Path,
    rename_map: RenameMap | None = None,
    *,
    trust_checkpoint: bool = False,
    robot: RobotSpec = robots.DEFAULT,
) -> PolicyFeatures:
    """Read what a checkpoint expects of an environment.

    Args:
        checkpoint: Directory that `lerobot-train` wrote (`pretrained_model`, or the one that holds it, such as
            `checkpoints/last`), or the id of a policy on the Hugging Face Hub.
        rename_map: From the environment's names of observations to the policy's, in place of the saved map.
        trust_checkpoint: Do not refuse it where it asks to run code.
        robot: The robot that it is to move.

    Raises:
        FileNotFoundError: There is no such directory or Hub repository, or no configuration in it.
        ValueError: It is no LeRobot policy, one for another robot, or asks to run code.
    """
    opened = open_checkpoint(checkpoint, trust=trust_checkpoint)
    require_joints(opened, robot)
    return features_of(opened, rename_map)


def require_joints(checkpoint: Checkpoint, robot: RobotSpec) -> None:
    """Refuse a checkpoint that is for another robot.

    Raises:
        ValueError: It declares other joints.
    """
    for mismatch in joint_mismatches(checkpoint, robot):
        raise ValueError(f"checkpoint {checkpoint.name!r} declares {mismatch}")


def features_of(checkpoint: Checkpoint, rename_map: RenameMap | None = None) -> PolicyFeatures:
    """Return what an opened checkpoint expects; see :func:`read_features`. Its joints are not looked at."""
    data = find_training_data(checkpoint.folder)
    renames = Renames.of(checkpoint, rename_map)
    original = {new: old for old, new in renames.names.items()}
    sizes = {}
    for name, camera in policy_cameras(checkpoint, data, renames).fed.items():
        key = f"{OBS_IMAGES}.{name}"
        sizes[original.get(key, key).removeprefix(f"{OBS_IMAGES}.")] = camera.trained
    declared, instruction = declared_units(checkpoint.folder, data), noted_instruction(checkpoint.folder, data)
    return PolicyFeatures(
        checkpoint=checkpoint.name,
        image_sizes=sizes,
        units=None if declared is None else declared.convention,
        instruction=None if instruction is None else instruction.text,
        renames=renames,
        config=checkpoint.config,
    )


def joint_mismatches(checkpoint: Checkpoint, robot: RobotSpec) -> Iterator[str]:
    """Yield what is wrong with the shapes of state and action, for a robot."""
    channels = robot.channel_names
    features = {ACTION: checkpoint.config.action_feature, OBS_STATE: checkpoint.config.robot_state_feature}
    if features[OBS_STATE] is None:
        del features[OBS_STATE]  # a policy may see images alone
    for name, feature in features.items():
        found = None if feature is None else tuple(feature.shape)
        if found != (len(channels),):
            yield (
                f"{name} of shape {found}, expected ({len(channels)},) for the {robot.title}'s {', '.join(channels)}: "
                "pass a policy that was trained on this robot"
            )
