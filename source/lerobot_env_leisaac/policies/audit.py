"""Does a checkpoint fit an environment? Asked before it acts: LeRobot itself drops what does not, without a word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from lerobot.configs import FeatureType
from lerobot.utils.constants import ACTION, OBS_IMAGES, OBS_STATE

from lerobot_env_leisaac import units as unit_conventions
from lerobot_env_leisaac.units import JOINT_NAMES, UnitConvention

from .checkpoint import Checkpoint
from .environment_facts import EnvironmentFacts, ImageSize
from .features import camera_mismatch, image_sizes, joint_mismatches, saved_rename_map
from .joint_statistics import JointStatistics, read_joint_statistics
from .training_data import Declaration, TrainingData, declared_units, find_training_data
from .unit_audit import audit_units

_RESIZING = ("resize_imgs_with_padding", "resize_shape", "image_resize_shape", "image_resolution")
"""Settings by which LeRobot's policies resize images to what they were trained on."""


@dataclass(frozen=True)
class Finding:
    """Something that does not fit, or may not.

    Attributes:
        level: ``error``: the policy cannot act here; ``warning``: it can, and may be the worse for it.
        check: What was looked at: ``units``, ``cameras``, ``images``, ``joints``, ``inputs`` or ``rate``.
        verdict: What was found, what was expected, and what to do, in one line.
    """

    level: Literal["error", "warning"]
    check: str
    verdict: str


@dataclass(frozen=True)
class JointRow:
    """A joint's statistics beside its limits, in `Audit.units`."""

    feature: str
    joint: str
    unit: str
    mean: float
    std: float
    low: float
    high: float
    limit_low: float
    limit_high: float


@dataclass(frozen=True)
class CameraRow:
    """A camera that the policy looks through, what the environment gives it, and sizes (height, width) [px]."""

    policy: str
    environment: str | None
    policy_size: ImageSize
    environment_size: ImageSize | None


@dataclass(frozen=True)
class Audit:
    """How a checkpoint fits an environment.

    Attributes:
        checkpoint: Directory or Hub id.
        policy_type: LeRobot's name of the policy's type, such as ``smolvla``.
        units: Name of the unit convention that the joints are shown in: the declared one, else the environment's.
        declared_by: What declares the units of the training data; None where nothing does.
        cameras: A row for each camera of the policy.
        joints: A row for each joint of state and action with statistics.
        findings: What does not fit, errors first.
    """

    checkpoint: str
    policy_type: str
    units: str
    declared_by: str | None
    cameras: list[CameraRow]
    joints: list[JointRow]
    findings: list[Finding]

    @property
    def errors(self) -> list[Finding]:
        """The findings for which the policy cannot act here."""
        return [finding for finding in self.findings if finding.level == "error"]

    def refuse_errors(self) -> None:
        """Raise where the policy cannot act in the environment.

        Raises:
            ValueError: There are errors; the message has all of them, in one line.
        """
        if self.errors:
            verdicts = "; ".join(finding.verdict for finding in self.errors)
            raise ValueError(f"checkpoint {self.checkpoint!r} does not fit the environment: {verdicts}")

    def as_dict(self) -> dict[str, Any]:
        """Return the audit as plain data."""
        return {**asdict(self), "fits": not self.errors}


def audit(
    checkpoint: Checkpoint,
    environment: EnvironmentFacts,
    *,
    units: str | Path | None = None,
    rename_map: dict[str, str] | None = None,
) -> Audit:
    """Compare a checkpoint with an environment.

    Args:
        checkpoint: The checkpoint; its weights are not read.
        environment: What it is to fit.
        units: Unit convention that it was trained in: a name of ``config/units`` or a path to a YAML file. Without it
            what its dataset declares, or a ``leisaac.json`` beside its ``config.json``.
        rename_map: From the environment's names of observations to the policy's, in place of the saved map.

    Raises:
        ValueError: Statistics or declarations are damaged, or `units` is no convention.
    """
    data = find_training_data(checkpoint.folder)
    declarations = [
        *([Declaration(unit_conventions.load(units), "the argument")] if units is not None else []),
        *([recorded] if (recorded := declared_units(checkpoint.folder, data)) else []),
    ]
    convention = declarations[-1].convention if declarations else environment.units
    statistics = read_joint_statistics(checkpoint)
    renames = saved_rename_map(checkpoint) if rename_map is None else rename_map
    cameras = _match_cameras(image_sizes(checkpoint, data), environment, renames)
    findings = [
        *(Finding("error", "joints", f"the policy declares {mismatch}") for mismatch in joint_mismatches(checkpoint)),
        *_audit_inputs(checkpoint),
        *_audit_cameras(cameras, environment, renames),
        *_audit_images(checkpoint, cameras),
        *(Finding(found.level, "units", found.verdict) for found in audit_units(environment, declarations, statistics)),
        *_audit_training_data(data, environment),
    ]
    return Audit(
        checkpoint=checkpoint.name,
        policy_type=checkpoint.config.type,
        units=convention.name,
        declared_by=declarations[-1].source if declarations else None,
        cameras=cameras,
        joints=_joint_rows(statistics, convention, environment),
        findings=sorted(findings, key=lambda finding: finding.level),  # "error" comes before "warning"
    )


def _audit_inputs(checkpoint: Checkpoint) -> Iterator[Finding]:
    for name, feature in (checkpoint.config.input_features or {}).items():
        if feature.type is not FeatureType.VISUAL and name != OBS_STATE:
            yield Finding(
                "error",
                "inputs",
                f"the policy looks at {name}, the environment gives {OBS_STATE} and images: pass a policy that was "
                "trained on those",
            )


def _match_cameras(
    policy_sizes: Mapping[str, ImageSize], environment: EnvironmentFacts, renames: Mapping[str, str]
) -> list[CameraRow]:
    names = {camera: f"{OBS_IMAGES}.{camera}" for camera in environment.image_sizes}
    given = {renames.get(name, name).removeprefix(f"{OBS_IMAGES}."): camera for camera, name in names.items()}
    rows = []
    for name, size in policy_sizes.items():
        camera = given.get(name)
        rows.append(CameraRow(name, camera, size, None if camera is None else environment.image_sizes[camera]))
    return rows


def _audit_cameras(
    cameras: list[CameraRow], environment: EnvironmentFacts, renames: Mapping[str, str]
) -> Iterator[Finding]:
    missing = [row.policy for row in cameras if row.environment is None]
    if missing:
        taken = {row.environment for row in cameras if row.environment is not None}
        yield Finding("error", "cameras", camera_mismatch(missing, list(environment.image_sizes), taken, renames))


def _audit_images(checkpoint: Checkpoint, cameras: list[CameraRow]) -> Iterator[Finding]:
    resizes = any(getattr(checkpoint.config, name, None) is not None for name in _RESIZING)
    for row in cameras:
        if row.environment_size is None or row.environment_size == row.policy_size:
            continue
        (height, width), (env_height, env_width) = row.policy_size, row.environment_size
        sizes = f"camera {row.environment} is {env_height}x{env_width}, the policy's {row.policy} {height}x{width}"
        advice = f"make the environment with image_size=({height}, {width}) (--image-size {height} {width})"
        if not resizes:
            yield Finding("error", "images", f"{sizes}, and {checkpoint.config.type} does not resize: {advice}")
        elif abs(env_height * width / (env_width * height) - 1) > 0.01:
            yield Finding(
                "warning",
                "images",
                f"{sizes}, so that it is padded otherwise: {advice}, unless the policy was fine-tuned from one that "
                "declared that size",
            )


def _audit_training_data(data: TrainingData | None, environment: EnvironmentFacts) -> Iterator[Finding]:
    if data is None:
        return
    for feature in (OBS_STATE, ACTION):
        names = data.names(feature)
        joints = None if names is None else tuple(name.removesuffix(".pos") for name in names)
        if joints is None or joints == JOINT_NAMES:
            continue
        if sorted(joints) == sorted(JOINT_NAMES):
            yield Finding(
                "error",
                "joints",
                f"{feature} of the dataset {data.root} has the joints in the order {', '.join(joints)}, the "
                f"environment in the order {', '.join(JOINT_NAMES)}: put the dataset in that order and train again",
            )
        else:
            yield Finding(
                "warning",
                "joints",
                f"{feature} of the dataset {data.root} has joints named {', '.join(joints)}, expected "
                f"{', '.join(JOINT_NAMES)}: make sure that they mean the same, and have the same zeros",
            )
    fps = data.info.get("fps")
    if fps is not None and abs(fps - environment.fps) > 0.01:
        yield Finding(
            "warning",
            "rate",
            f"the dataset {data.root} has {fps} frames a second, the environment takes {environment.fps:g} actions a "
            f"second: the policy will move {environment.fps / fps:.2g} times as fast as it was shown",
        )


def _joint_rows(
    statistics: dict[str, JointStatistics], convention: UnitConvention, environment: EnvironmentFacts
) -> list[JointRow]:
    limits = convention.limits_from_radians(environment.joint_limits)
    return [
        JointRow(
            feature,
            joint,
            convention.units[index],
            *(values[index].item() for values in (known.mean, known.std, known.low, known.high)),
            *limits[index].tolist(),
        )
        for feature, known in statistics.items()
        for index, joint in enumerate(JOINT_NAMES)
    ]
