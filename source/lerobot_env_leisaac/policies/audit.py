"""Does a checkpoint fit an environment? Asked before it acts: LeRobot itself drops what does not, without a word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from lerobot.configs import FeatureType
from lerobot.utils.constants import ACTION, OBS_IMAGES, OBS_STATE

from lerobot_env_leisaac import units as unit_conventions
from lerobot_env_leisaac.assets import paths
from lerobot_env_leisaac.assets.robots.joint_limits import LEISAAC_JOINT_LIMITS_DEG, URDF_JOINT_LIMITS_DEG
from lerobot_env_leisaac.units import JOINT_NAMES, UnitConvention

from .checkpoint import Checkpoint
from .features import camera_mismatch, image_sizes, joint_mismatches, saved_rename_map
from .joint_statistics import JointStatistics, read_joint_statistics
from .training_data import Declaration, TrainingData, declared_units, find_training_data
from .unit_evidence import Evidence, weigh

ImageSize = tuple[int, int]

_RESIZING = ("resize_imgs_with_padding", "resize_shape", "image_resize_shape", "image_resolution")
"""Settings by which LeRobot's policies resize images to what they were trained on."""


@dataclass(frozen=True)
class EnvironmentFacts:
    """What a policy is to fit.

    Attributes:
        units: Unit convention of states and actions.
        image_sizes: Height and width [px] by camera.
        joint_limits: Joint limits [rad]. Shape is (6, 2).
        fps: Control rate [Hz].
    """

    units: UnitConvention
    image_sizes: Mapping[str, ImageSize]
    joint_limits: torch.Tensor
    fps: float

    @classmethod
    def of(cls, cfg: Any) -> EnvironmentFacts:
        """Read the facts from an environment's configuration; no environment need be built.

        Raises:
            ValueError: It is not the configuration of an environment in LeRobot units.
        """
        if not hasattr(cfg, "units"):
            raise ValueError(
                f"{type(cfg).__name__} is no environment for LeRobot policies, which need LeRobot units and cameras: "
                "use an id that ends in -SmolVLA-v0"
            )
        sensors = {camera: getattr(cfg.scene, camera) for camera in cfg.cameras()}
        is_leisaac = paths.resolve(paths.ROBOT).source == "leisaac"
        limits = LEISAAC_JOINT_LIMITS_DEG if is_leisaac else URDF_JOINT_LIMITS_DEG
        return cls(
            units=unit_conventions.load(cfg.units),
            image_sizes={camera: (sensor.height, sensor.width) for camera, sensor in sensors.items()},
            joint_limits=torch.tensor([limits[joint] for joint in JOINT_NAMES], dtype=torch.float64).deg2rad(),
            fps=1 / (cfg.sim.dt * cfg.decimation),
        )

    def with_image_sizes(self, image_sizes: Mapping[str, ImageSize]) -> EnvironmentFacts:
        """Return the facts of an environment whose cameras have other sizes; cameras that it has not are left out."""
        known = {camera: size for camera, size in image_sizes.items() if camera in self.image_sizes}
        return replace(self, image_sizes={**self.image_sizes, **known})


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
        *_audit_units(environment, declarations, statistics),
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


def _audit_units(
    environment: EnvironmentFacts, declarations: list[Declaration], statistics: dict[str, JointStatistics]
) -> Iterator[Finding]:
    for declaration in declarations:
        difference = _difference(environment.units, declaration.convention, environment.joint_limits)
        if difference is not None:
            yield Finding(
                "error",
                "units",
                f"the training data are in {declaration.convention.name!r} ({declaration.source} says so), the "
                f"environment speaks {environment.units.name!r}, {difference}: {_advice(declaration)}",
            )
    convention = declarations[-1].convention if declarations else environment.units
    evidence = [item for known in statistics.values() for item in weigh(known, convention, environment.joint_limits)]
    for item in evidence:
        advice = f": {_advice_against(item, declarations)}" if item.level == "error" else ""
        yield Finding(item.level, "units", item.verdict + advice)
    if not declarations and all(item.level != "error" for item in evidence) and set(convention.units) != {"rad"}:
        reason = (
            "statistics tell radians, but not degrees from -100..100, within 10 % of each other on most joints"
            if statistics
            else "its processors keep no statistics to judge by"
        )
        yield Finding(
            "warning",
            "units",
            f"nothing declares the units of the training data, and {reason}; {convention.name!r} is taken on trust: "
            "declare them with units= (--units), or train on a dataset of leisaac record",
        )


def _difference(environment: UnitConvention, declared: UnitConvention, limits: torch.Tensor) -> str | None:
    """Return how two conventions differ, None where they are the same within 0.1 % of each joint's range."""
    in_environment, in_declared = environment.limits_from_radians(limits), declared.limits_from_radians(limits)
    span = in_environment.diff(dim=-1)
    off = ((in_environment - in_declared).abs() / span).amax(dim=-1) > 1e-3
    if not off.any():
        return None
    joints = ", ".join(joint for joint, is_off in zip(JOINT_NAMES, off, strict=True) if is_off)
    factor = (in_declared.diff(dim=-1) / span).squeeze(-1)[off].median().item()
    if abs(factor - 1) < 0.01:
        return f"which differ in their zero in {joints}"
    return f"a factor of about {max(factor, 1 / factor):.3g} in {joints}"


def _advice(declaration: Declaration) -> str:
    convention = declaration.convention
    if convention.name in unit_conventions.names() and unit_conventions.load(convention.name) == convention:
        return f"make the environment with units={convention.name!r} (--units {convention.name})"
    return (
        f"write the table that {declaration.source} holds to a YAML file and make the environment with units= its path"
    )


def _advice_against(evidence: Evidence, declarations: list[Declaration]) -> str:
    units = f"units={evidence.units!r} (--units {evidence.units})" if evidence.units else "their units= (--units)"
    if not declarations:
        return f"make the environment with {units}"
    said = " and ".join(declaration.source for declaration in declarations)
    return f"{said} cannot be right, correct it, and make the environment with {units}"


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
