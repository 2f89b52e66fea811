"""Whether a checkpoint fits an environment that nobody has built: told from the task's facts, without Isaac Lab."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lerobot_env_leisaac import units as unit_conventions
from lerobot_env_leisaac.options import FitOptions
from lerobot_env_leisaac.tasks.spec import TaskSpec

from .audit import Audit, audit
from .checkpoint import Checkpoint, open_checkpoint
from .environment_facts import EnvironmentFacts
from .features import PolicyFeatures, features_of, require_joints
from .load import set_n_action_steps
from .vlm import find_vlm


def audit_for(task: TaskSpec, options: FitOptions, *, only_audit: bool = False) -> Audit:
    """Compare a checkpoint with the environment that ``gym.make`` would make for it.

    Args:
        task: The task.
        options: Checked options, ``checkpoint`` among them.
        only_audit: That it asks to run code is a finding; an error is raised otherwise.

    Raises:
        FileNotFoundError: The checkpoint, or one of its files but for the weights, cannot be found.
        ValueError: Statistics or declarations are damaged, or it asks to run code.
    """
    opened = open_checkpoint(str(options.checkpoint), trust=bool(options.trust_checkpoint), only_audit=only_audit)
    return _audit(opened, task, options)


def _audit(opened: Checkpoint, task: TaskSpec, options: FitOptions) -> Audit:
    renames: Mapping[str, Any] | None = options.rename_map
    features = None
    if not opened.refused:
        opened.require_files(weights=False)
        features = features_of(opened, renames)
    facts = facts_for(task, options, features)
    return audit(opened, facts, units=options.units, rename_map=renames, overrule=options.overrule or ())


def facts_for(task: TaskSpec, options: FitOptions, features: PolicyFeatures | None) -> EnvironmentFacts:
    """Return the facts of the environment that ``gym.make`` would make for a policy.

    Args:
        task: The task.
        options: Checked options.
        features: What the policy expects; None where that is not known.
    """
    sizes = {} if features is None else features.image_sizes
    asked = {*task.cameras, *sizes} if options.cameras is None else options.cameras
    return EnvironmentFacts.of_task(
        task,
        unit_conventions.load(options.units or (features and features.units) or task.units),
        image_sizes={
            camera: options.image_size or sizes.get(camera) or size
            for camera, size in task.cameras_asked_for(asked).items()
        },
        instruction=options.instruction or (features and features.instruction) or task.instruction,
    )


def require_playable(
    task: TaskSpec, options: FitOptions, vlm_path: str | Path | None = None, n_action_steps: int | None = None
) -> None:
    """Refuse a checkpoint that does not fit, or lacks what it acts with; for arguments and errors see `load`.

    Args:
        task: The task.
        options: Checked options, ``checkpoint`` among them.
        vlm_path: Directory of the policy's VLM.
        n_action_steps: How many actions of a chunk to play.
    """
    opened = open_checkpoint(str(options.checkpoint), weights=True, trust=bool(options.trust_checkpoint))
    opened.require_files()
    _require_fit(opened, task, options)
    if n_action_steps is not None:
        set_n_action_steps(opened, n_action_steps)
    find_vlm(opened, vlm_path)


def require_fit(task: TaskSpec, options: FitOptions) -> None:
    """Refuse a checkpoint that does not fit; arguments and errors as of :func:`audit_for`.

    Raises:
        ValueError: It is for another robot, or the audit has errors; the message has all of them.
    """
    opened = open_checkpoint(options.checkpoint or "", trust=bool(options.trust_checkpoint))
    _require_fit(opened, task, options)


def _require_fit(opened: Checkpoint, task: TaskSpec, options: FitOptions) -> None:
    require_joints(opened, task.robot)
    _audit(opened, task, options).refuse_errors()
