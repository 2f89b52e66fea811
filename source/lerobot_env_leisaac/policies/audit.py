"""Does a checkpoint fit an environment? Asked before it acts: LeRobot itself drops what does not, without a word."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from huggingface_hub.constants import CONFIG_NAME, SAFETENSORS_SINGLE_FILE
from lerobot.configs import FeatureType
from lerobot.utils.constants import ACTION, OBS_STATE

from lerobot_env_leisaac import units as unit_conventions
from lerobot_env_leisaac.keywords import OVERRULABLE
from lerobot_env_leisaac.robots.spec import RobotSpec
from lerobot_env_leisaac.units import UnitConvention

from .build import find_misfit
from .camera_audit import CameraRow, audit_cameras, audit_images, match_cameras
from .cameras import policy_cameras
from .checkpoint import Checkpoint
from .environment_facts import EnvironmentFacts
from .features import joint_mismatches
from .finding import Finding
from .joint_statistics import JointStatistics, audit_spreads, read_joint_statistics, require_possible_images
from .planning import chunk_size, n_action_steps
from .renames import RenameMap, Renames
from .task_audit import TASK, audit_task, instruction_source
from .training_data import (
    Declaration,
    TrainingData,
    declared_units,
    look_for_training_data,
    noted_instruction,
    noted_task,
)
from .unit_audit import audit_units
from .weights import find_damage


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
class Audit:
    """How a checkpoint fits an environment.

    Attributes:
        checkpoint: Directory or Hub id.
        policy_type: LeRobot's name of the policy's type, such as ``smolvla``.
        units: Name of the unit convention that the joints are shown in: the declared one, else the environment's.
        declared_by: What declares the units of the training data; None where nothing does.
        instruction: What the policy is told to do.
        instruction_from: Where that comes from.
        cameras: A row for each camera of the policy that it is to be given.
        empty_cameras: Those that it declares, had no data of in training, and is not given.
        joints: A row for each joint of state and action with statistics.
        findings: What does not fit: another task first, then errors, then warnings.
    """

    checkpoint: str
    policy_type: str
    units: str
    declared_by: str | None
    instruction: str
    instruction_from: str
    cameras: list[CameraRow]
    empty_cameras: tuple[str, ...]
    joints: list[JointRow]
    findings: list[Finding]

    @property
    def errors(self) -> list[Finding]:
        """The findings for which the policy cannot act here."""
        return [finding for finding in self.findings if finding.level == "error"]

    def refuse_errors(self) -> None:
        """Raise where the policy cannot act in the environment.

        Raises:
            ValueError: There are errors; the message has all of them, and whether the task is another, in one line.
        """
        if self.errors:
            verdicts = "; ".join(f.verdict for f in self.findings if f.level == "error" or f.check == TASK)
            raise ValueError(f"checkpoint {self.checkpoint!r} does not fit the environment: {verdicts}")

    def as_dict(self) -> dict[str, Any]:
        """Return the audit as plain data."""
        return {**asdict(self), "fits": not self.errors}


def audit(
    checkpoint: Checkpoint,
    environment: EnvironmentFacts,
    *,
    units: str | Path | UnitConvention | None = None,
    rename_map: RenameMap | None = None,
    overrule: Collection[str] = (),
) -> Audit:
    """Compare a checkpoint with an environment.

    Args:
        checkpoint: The checkpoint; its weights are read once, where they are here.
        environment: What it is to fit.
        units: Unit convention that it was trained in: a name of ``config/units`` or a path to a YAML file. Without it
            what its dataset declares, or a ``leisaac.json`` beside its ``config.json``.
        rename_map: From the environment's names of observations to the policy's, in place of the saved map; a name of
            the policy's to None for a camera that training had no data of.
        overrule: Checks among `OVERRULABLE` whose errors become warnings.

    Raises:
        ValueError: Statistics or declarations are damaged, `units` is no convention, or a check cannot be overruled.
    """
    if isinstance(overrule, str) or any(name not in OVERRULABLE for name in overrule):
        raise ValueError(f"overrule is {overrule!r}, expected some of {', '.join(OVERRULABLE)}")
    if checkpoint.refused:  # nothing else of it is believed, or opened
        return Audit(
            checkpoint=checkpoint.name,
            policy_type=checkpoint.config.type,
            units=environment.units.name,
            declared_by=None,
            instruction=environment.instruction,
            instruction_from=instruction_source(None, environment),
            cameras=[],
            empty_cameras=(),
            joints=[],
            findings=list(_audit_code(checkpoint)),
        )
    data, doubt = look_for_training_data(checkpoint.folder)
    declarations = [
        *([Declaration(unit_conventions.load(units), "the argument")] if units is not None else []),
        *([recorded] if (recorded := declared_units(checkpoint.folder, data)) else []),
    ]
    convention = declarations[-1].convention.of(environment.robot) if declarations else environment.units
    instruction = noted_instruction(checkpoint.folder, data)
    require_possible_images(checkpoint)
    statistics = read_joint_statistics(checkpoint, environment.robot)
    renames = Renames.of(checkpoint, rename_map)
    cameras = policy_cameras(checkpoint, data, renames)
    rows = match_cameras(cameras, environment, renames)
    findings = [
        *_audit_code(checkpoint),
        *_audit_weights(checkpoint),
        *_audit_chunk(checkpoint),
        *_audit_shapes(checkpoint, environment.robot),
        *audit_spreads(statistics),
        *_audit_inputs(checkpoint),
        *audit_cameras(checkpoint, cameras, rows, environment, renames),
        *audit_images(checkpoint, rows),
        *(Finding(found.level, "units", found.verdict) for found in audit_units(environment, declarations, statistics)),
        *audit_task(noted_task(checkpoint.folder, data), instruction, environment),
        *([Finding("warning", "data", doubt)] if doubt else []),
        *_audit_training_data(data, environment),
    ]
    findings = [_overruled(finding) if finding.check in overrule else finding for finding in findings]
    return Audit(
        checkpoint=checkpoint.name,
        policy_type=checkpoint.config.type,
        units=convention.name,
        declared_by=declarations[-1].source if declarations else None,
        instruction=environment.instruction,
        instruction_from=instruction_source(instruction, environment),
        cameras=rows,
        empty_cameras=cameras.empty,
        joints=_joint_rows(statistics, convention, environment),
        findings=sorted(findings, key=lambda finding: (finding.check != TASK, finding.level)),
    )


def _overruled(finding: Finding) -> Finding:
    if finding.level != "error":
        return finding
    return replace(finding, level="warning", verdict=f"overruled: {finding.verdict}")


def _audit_weights(checkpoint: Checkpoint) -> Iterator[Finding]:
    path = checkpoint.folder / SAFETENSORS_SINGLE_FILE
    if path.is_file():
        if wrong := find_damage(path) or find_misfit(checkpoint):
            yield Finding("error", "weights", wrong)
    elif not checkpoint.is_snapshot:  # of a policy on the Hub an audit fetches none
        yield Finding(
            "error", "weights", f"{path} is missing: copy the whole directory that lerobot-train wrote once more"
        )


def _audit_chunk(checkpoint: Checkpoint) -> Iterator[Finding]:
    size, steps = chunk_size(checkpoint.config), n_action_steps(checkpoint.config)
    if not (type(size) is int and size >= 1 and type(steps) is int and 1 <= steps <= size):
        yield Finding(
            "error",
            "chunk",
            f"it predicts {size} actions and plays {steps} of them, expected 1 or more and no more than predicted: "
            "correct chunk_size and n_action_steps in its config.json",
        )


def _audit_code(checkpoint: Checkpoint) -> Iterator[Finding]:
    for demand in checkpoint.demands:
        if checkpoint.trusted:
            yield Finding("warning", "code", f"it may run code on this machine: {demand}")
        else:
            yield Finding(
                "error",
                "code",
                f"it asks to run code on this machine, and is loaded only with --trust-checkpoint: {demand}",
            )


def _audit_shapes(checkpoint: Checkpoint, robot: RobotSpec) -> Iterator[Finding]:
    for mismatch in joint_mismatches(checkpoint, robot):
        yield Finding("error", "joints", f"the policy declares {mismatch}")


def _audit_inputs(checkpoint: Checkpoint) -> Iterator[Finding]:
    if not checkpoint.config.input_features:
        yield Finding(
            "error",
            "inputs",
            f"its {CONFIG_NAME} declares no input_features, so that it would be shown nothing: copy that file from "
            "where lerobot-train wrote it",
        )
    for name, feature in (checkpoint.config.input_features or {}).items():
        if feature.type is not FeatureType.VISUAL and name != OBS_STATE:
            yield Finding(
                "error",
                "inputs",
                f"the policy looks at {name}, the environment gives {OBS_STATE} and images: pass a policy that was "
                "trained on those",
            )


def _audit_training_data(data: TrainingData | None, environment: EnvironmentFacts) -> Iterator[Finding]:
    if data is None:
        return
    expected = environment.robot.channel_names
    for feature in (OBS_STATE, ACTION):
        names = data.names(feature)
        joints = None if names is None else tuple(name.removesuffix(".pos") for name in names)
        if joints is None or joints == expected:
            continue
        if sorted(joints) == sorted(expected):
            yield Finding(
                "error",
                "joints",
                f"{feature} of the dataset {data.root} has the joints in the order {', '.join(joints)}, the "
                f"environment in the order {', '.join(expected)}: put the dataset in that order and train again",
            )
        else:
            yield Finding(
                "warning",
                "joints",
                f"{feature} of the dataset {data.root} has joints named {', '.join(joints)}, expected "
                f"{', '.join(expected)}: make sure that they mean the same, and have the same zeros",
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
        if not known.relative
        for index, joint in enumerate(known.robot.channel_names)
    ]
