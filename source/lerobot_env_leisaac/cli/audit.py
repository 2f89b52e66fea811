"""``leisaac audit``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import tyro

from lerobot_env_leisaac import catalog, stages
from lerobot_env_leisaac.keywords import checked
from lerobot_env_leisaac.options import (
    Cameras,
    Checkpoint,
    FitOptions,
    TaskOptions,
    words,
)
from lerobot_env_leisaac.printable import printable

from .options import Json, print_json, reading_checkpoint

if TYPE_CHECKING:
    from rich.text import Text

    from lerobot_env_leisaac.policies.audit import Audit

_STYLES = {"error": "bold red", "warning": "yellow"}


@dataclass(kw_only=True)
class AuditOptions(FitOptions, TaskOptions):
    """What is to fit what."""

    checkpoint: Annotated[Checkpoint, tyro.conf.Positional] = field()
    cameras: Annotated[Cameras, words("all of the task")] = None


def audit(
    as_json: Json = False, *, options: Annotated[AuditOptions, tyro.conf.arg(name="environment and policy")]
) -> int:
    """Tell whether a LeRobot policy fits an environment, before it moves an arm. Exit status 1 if it does not.

    Looks at cameras, image sizes, joints and units, and shows the statistics of the training data beside the joint
    limits, and reads the weights once, where they are here: damaged ones are found. Builds no environment.
    """
    spec = catalog.lerobot_task(options.task)
    options = checked(options, spec.every_camera)
    with reading_checkpoint():
        from lerobot_env_leisaac.policies.fit import audit_for

    result = audit_for(spec, options, only_audit=True)
    stages.end()
    if as_json:
        print_json(result.as_dict())
    else:
        _show(result)
    return int(bool(result.errors))


def _show(result: Audit) -> None:
    from rich.console import Console  # not for the help, nor for JSON
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    declared = f"declared by {result.declared_by}" if result.declared_by else "the environment's, declared by nothing"
    console.print(_text(f"{result.checkpoint}: {result.policy_type}, units {result.units} ({declared})"))
    console.print(_text(f"instruction {result.instruction!r} (from {result.instruction_from})"))
    if result.cameras:
        cameras = Table(
            "policy's camera",
            "environment's camera",
            "policy's size",
            "environment's size",
            "size from",
            box=None,
            pad_edge=False,
        )
        for row in result.cameras:
            cameras.add_row(
                _text(row.policy),
                _text(row.environment or "-"),
                _size(row.policy_size),
                _size(row.environment_size),
                _text(row.size_from),
            )
        console.print("", cameras)
    if result.empty_cameras:
        names = ", ".join(result.empty_cameras)
        console.print("", _text(f"{names}: declared, without data in training, and left empty here too"))
    for feature in dict.fromkeys(joint.feature for joint in result.joints):
        joints = Table(printable(feature), "unit", box=None, pad_edge=False)
        for name in ("mean", "std", "low", "high", "limits", "used"):
            joints.add_column(name, justify="right")
        for joint in result.joints:
            if joint.feature == feature:
                joints.add_row(
                    _text(joint.joint),
                    _text(joint.unit),
                    *(f"{value:.2f}" for value in (joint.mean, joint.std, joint.low, joint.high)),
                    f"{joint.limit_low:.2f} .. {joint.limit_high:.2f}",
                    f"{(joint.high - joint.low) / (joint.limit_high - joint.limit_low):.0%}",
                )
        console.print("", joints)
    console.print()
    for finding in result.findings:
        console.print(Text.assemble((f"{finding.level:<8}", _STYLES[finding.level]), printable(finding.verdict)))
    verdict = ("does not fit", "bold red") if result.errors else ("fits", "bold green")
    console.print(Text.assemble(("The checkpoint ", ""), verdict, (" the environment.", "")))


def _text(content: str) -> Text:
    from rich.text import Text

    return Text(printable(content))


def _size(size: tuple[int, int] | None) -> str:
    return "-" if size is None else f"{size[0]}x{size[1]}"
