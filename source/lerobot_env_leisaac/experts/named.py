"""Which demonstrator a word or a path means. Light: neither torch nor the simulator is imported."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lerobot_env_leisaac.tasks.spec import TaskSpec

SCRIPTED, PRETRAINED = "scripted", "pretrained"
"""The task's script, and the actor that reinforcement learning made and that ships with the task."""

_SUFFIXES = (".pt", ".safetensors")


def actor_file(task: TaskSpec, expert: str) -> Path | None:
    """Return the file of the actor that demonstrates a task; None where its script does.

    Args:
        task: The task.
        expert: ``scripted``, ``pretrained``, or the path of a checkpoint of RSL-RL.

    Raises:
        ValueError: The task has no script or ships no actor, or the path is of another kind of file.
        FileNotFoundError: There is no such file.
    """
    if expert == SCRIPTED:
        if task.expert is None:
            raise ValueError(f"the task {task.name} has no scripted demonstrator")
        return None
    if expert == PRETRAINED:
        if task.pretrained is None:
            raise ValueError(f"no trained actor ships for the task {task.name}")
        return task.pretrained
    file = Path(expert).expanduser()
    if file.suffix not in _SUFFIXES or not file.is_file():
        raise FileNotFoundError(
            f"expert {expert!r:.200} is no file of RSL-RL: expected {SCRIPTED}, {PRETRAINED}, or the path of a"
            " model_N.pt of isaaclab train or of a .safetensors file"
        )
    return file


def sha256(task: TaskSpec, expert: str) -> str | None:
    """Return the digest of the actor's file, hexadecimal; None for a script. Arguments as of :func:`actor_file`."""
    file = actor_file(task, expert)
    if file is None:
        return None
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
