"""Is an environment's task the one that a checkpoint was trained to do?"""

from __future__ import annotations

from collections.abc import Iterator

from .environment_facts import EnvironmentFacts
from .finding import Finding
from .training_data import Note

TASK = "task"
"""The check whose finding explains others, such as cameras that are not there."""


def audit_task(task: Note | None, instruction: Note | None, environment: EnvironmentFacts) -> Iterator[Finding]:
    """Yield where a policy is asked for something else than it was shown: it acts, to no good.

    Args:
        task: Name of the task that it was trained to do; None where nothing says.
        instruction: What it was told in training; None where nothing says.
        environment: The environment.
    """
    spec = environment.task
    if task is not None and task.text != spec.name:
        yield Finding(
            "warning",
            TASK,
            f"it was trained to do {task.text} ({task.source} says so), the environment's task is {spec.name}",
        )
    if instruction is None:
        return
    trained = f"it was trained with the instruction {instruction.text!r} ({instruction.source} says so)"
    if instruction.text != environment.instruction:
        yield Finding("warning", "instruction", f"{trained}, and is told {environment.instruction!r}")
    elif task is None and instruction.text != spec.instruction:
        yield Finding(
            "warning", "instruction", f"{trained}, the task {spec.name} is {spec.instruction!r}: are they the same?"
        )


def instruction_source(instruction: Note | None, environment: EnvironmentFacts) -> str:
    """Return where the words that a policy is told come from."""
    if instruction is not None and instruction.text == environment.instruction:
        return instruction.source
    if environment.task.instruction == environment.instruction:
        return f"the task {environment.task.name}"
    return "the argument"
