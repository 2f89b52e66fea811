"""Options on LeRobot's command lines."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from draccus.utils import DecodingError

from lerobot_env_leisaac import tasks

_ID = ("LeIsaac-SO101-", "-SmolVLA-v0")


@contextlib.contextmanager
def one_line(option: str) -> Iterator[None]:
    """Turn what is wrong with an option's values into the one line that LeRobot's commands print for it.

    They print a ``DecodingError`` so; of a ``ValueError`` from a configuration they say no more than that the class
    cannot be instantiated.

    Args:
        option: First part of the option's name, such as ``env``.

    Raises:
        DecodingError: The body raised a ValueError or OSError.
    """
    try:
        yield
    except (ValueError, OSError) as error:
        raise DecodingError((option,), " ".join(str(error).split())) from error


def env_id(task: str | None) -> str:
    """Return the id of a task's environment in LeRobot units.

    Raises:
        ValueError: There is no such task.
    """
    prefix, suffix = _ID
    if (found := f"{prefix}{task}{suffix}") in tasks.ids():
        return found
    known = [name.removeprefix(prefix).removesuffix(suffix) for name in tasks.ids() if name.endswith(suffix)]
    raise ValueError(f"task is {task!r}, expected one of {', '.join(known)}")
