"""What is wrong with a command line, in one line."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from tyro import _errors as errors  # experimental, as tyro says: its version is pinned

from lerobot_env_leisaac.arguments import short

if TYPE_CHECKING:
    from tyro._arguments import ArgumentDefinition

_IN_WORDS = {
    "INT": "a whole number",
    "FLOAT": "a number",
    "SECONDS": "a number of seconds",
    "HEIGHT WIDTH": "two whole numbers, HEIGHT WIDTH",
    "[K ...]": "whole numbers",
}
"""What the help's names of values stand for, where they do not say it themselves."""


def one_line(event: errors.ParseErrorEvent, argv: Sequence[str], commands: Mapping[str, Collection[str]]) -> str | None:
    """Say what is wrong with a command line, what is expected, and where to read on.

    Args:
        event: The mistake, as tyro reports it.
        argv: The command line.
        commands: The commands, and the names of each one's arguments: ``--seed`` of an option, ``dataset`` without one.

    Returns:
        One line; None for a kind of mistake that is not known here.
    """
    if argv[0] not in commands:
        return f"{_unknown_command(argv[0], commands)} (see leisaac --help)"
    known = commands[argv[0]]
    # an option that there is not comes first, since what is missing may stand behind it
    unknown = [word for word in argv if word.startswith("--") and _dashed(word) not in known]
    what = _unknown_option(unknown[0], known) if unknown else _mistake(event, argv)
    return None if what is None else f"{what} (see leisaac {argv[0]} --help)"


def _mistake(event: errors.ParseErrorEvent, argv: Sequence[str]) -> str | None:
    match event:
        case errors.UnrecognizedArgs():
            return f"{short(event.tokens[0])} is one argument too many"
        case errors.MissingArgs():
            missing = (argument.arg for argument in event.missing_arguments)
            return "; ".join(f"{_name(one)} is missing, expected {_expected(one)}" for one in missing)
        case errors.BadValue():
            what = "is missing" if event.argument.is_positional() else "has no value"
            return f"{_name(event.argument)} {what}, expected {_expected(event.argument)}"
        case errors.InvalidChoice():
            return f"{_name(event.argument)} is {short(event.value)}, expected {_expected(event.argument)}"
        case errors.InstantiationFailure(argument=argument) if argument is not None:
            return f"{_name(argument)} is {short(_given(argv, argument))}, expected {_expected(argument)}"
        case _:
            return None


def _unknown_command(name: str, commands: Collection[str]) -> str:
    alike = difflib.get_close_matches(name, commands, n=1)
    return f"there is no command {short(name)}, " + (
        f"did you mean {alike[0]}?" if alike else f"expected one of {', '.join(commands)}"
    )


def _unknown_option(word: str, known: Collection[str]) -> str:
    name = _dashed(word)
    if (bare := name.removeprefix("--")) in known:
        return f"there is no option {name}: write the {bare} without it"
    alike = difflib.get_close_matches(name, known, n=1)
    return f"there is no option {short(name)}" + (f", did you mean {alike[0]}?" if alike else "")


def _dashed(word: str) -> str:
    """Return the option's name in ``--num_envs=4`` as the help writes it."""
    return word.partition("=")[0].replace("_", "-")


def _name(argument: ArgumentDefinition) -> str:
    """Return an argument's name as the help writes it, not that of the parameter whose field it is."""
    return argument.display_name().rpartition(".")[2]


def _expected(argument: ArgumentDefinition) -> str:
    choices = sorted(set(argument.lowered.choices or ()) - {"None"})
    value = str(argument.lowered.metavar)
    return " or ".join(choices) or _IN_WORDS.get(value, value)


def _given(argv: Sequence[str], argument: ArgumentDefinition) -> str:
    """Return the values that a command line gives to an option, where it names it last."""
    given: list[str] = []
    inside = False
    for word in argv:
        if word.startswith("--"):
            _, equals, value = word.partition("=")
            inside = _dashed(word) in argument.lowered.name_or_flags
            given = given if not inside else [value] if equals else []
        elif inside:
            given.append(word)
    return " ".join(given)
