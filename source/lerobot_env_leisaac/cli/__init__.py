"""The ``leisaac`` command; each of its commands has a module here."""

from __future__ import annotations

import atexit
import builtins
import dataclasses
import functools
import importlib
import importlib.metadata
import inspect
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, NoReturn, get_type_hints

import tyro
from tyro._errors import ParseErrorEvent, on_parse_error

from lerobot_env_leisaac import garbage, installed, stages
from lerobot_env_leisaac.deferred import defer
from lerobot_env_leisaac.interrupts import exit_status
from lerobot_env_leisaac.printable import printable
from lerobot_env_leisaac.quiet import VERBOSE
from lerobot_env_leisaac.versions import own_version

from . import habits, usage_errors

_Debug = Annotated[bool, tyro.conf.arg(help="Show the traceback of an error.", help_behavior_hint="")]
_Verbose = Annotated[bool, tyro.conf.arg(help="Show what the simulator and LeRobot say, too.", help_behavior_hint="")]


class _Commands(Mapping[str, Callable[..., int]]):
    """The commands by name, in the order of the help: functions of this package's modules of the same names.

    A module is imported when its command is asked for, so that no command waits for what another one needs.
    """

    _NAMES = (
        "play",
        "eval",
        "serve",
        "record",
        "audit",
        "check",
        "replay",
        "convert",
        "units",
        "declare",
        "list",
        "assets",
        "doctor",
    )

    def __getitem__(self, name: str) -> Callable[..., int]:
        if name not in self._NAMES:
            raise KeyError(name)
        function = f"{name}_" if hasattr(builtins, name) else name
        return getattr(importlib.import_module(f".{name}", __package__), function)

    def __iter__(self) -> Iterator[str]:
        return iter(self._NAMES)

    def __len__(self) -> int:
        return len(self._NAMES)


_COMMANDS: Mapping[str, Callable[..., int]] = _Commands()


def script() -> None:
    """Run a command as a process of its own, and leave with its exit status.

    The simulator's libraries take seconds to take themselves down, when all files are closed already: once Python's own
    exit handlers have run, the process ends without them.
    """
    status: int | str | None = 1
    garbage.spare_imports()
    importlib.metadata.packages_distributions = installed.packages_distributions
    # the one policy that is asked for, and none of Isaac Lab's hundred tasks
    defer(r"lerobot\.policies\.\w+|isaaclab_tasks")

    def leave() -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status if isinstance(status, int) else 0 if status is None else 1)

    atexit.register(leave)  # handlers run in reverse order: those of what the command imports come first
    try:
        status = main()
    except SystemExit as exit_:
        status = exit_.code
    sys.exit(status)


def main(argv: list[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: Arguments; those of the process by default.

    Returns:
        Exit status: 0 on success, 1 on failure, 130 after Ctrl-C, 143 after SIGTERM.

    Raises:
        SystemExit: Help was asked for (status 0), or the command line is wrong (status 2).
    """
    # threads that spin while they wait make a small policy many times slower where other processes want the cores; read
    # when torch is loaded, which no command has done yet
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    argv = sys.argv[1:] if argv is None else argv
    if argv == ["--version"]:
        print(f"leisaac {own_version()}")
        return 0
    if (advice := habits.answer(argv)) is not None:
        _refuse(advice)
    talk = _Talk()
    asked = argv[:1] if argv and argv[0] in _COMMANDS else _COMMANDS  # all of them for the help, and for a typo
    commands = {name: talk.choosable_in(_COMMANDS[name]) for name in asked}

    def refuse(event: ParseErrorEvent) -> None:
        names = {name: _argument_names(command) for name, command in commands.items()}
        if (line := usage_errors.one_line(event, argv, names)) is not None:
            _refuse(line)

    try:
        with stages.shown(), on_parse_error(refuse):
            return tyro.extras.subcommand_cli_from_dict(
                commands,
                prog="leisaac",
                description="LeIsaac SO-101 tasks in LeRobot units. Any command takes --debug and --verbose.",
                args=argv or ["--help"],
                config=(tyro.conf.FlagCreatePairsOff, tyro.conf.OmitArgPrefixes),
            )
    except KeyboardInterrupt as interrupt:
        if str(interrupt):
            print(printable(f"leisaac: {interrupt}"), file=sys.stderr)
        return exit_status(interrupt)
    except Exception as error:
        if talk.debug:
            print(printable(traceback.format_exc()), end="", file=sys.stderr)
        else:
            print(printable(f"leisaac: error: {' '.join(str(error).split()) or repr(error)}"), file=sys.stderr)
        return 1


def _refuse(line: str) -> NoReturn:
    """End with what is wrong with the command line."""
    print(printable(f"leisaac: error: {line}"), file=sys.stderr)
    raise SystemExit(2)


def _argument_names(command: Callable[..., int]) -> list[str]:
    """Return the names of a command's arguments as they are written: ``--seed``, ``dataset``."""
    names = []
    for name, kind, default in arguments(command):
        settings = getattr(kind, "__metadata__", ())
        own = next((setting.name for setting in settings if getattr(setting, "name", None)), name)
        positional, on_by_default = tyro.conf.Positional in settings, default is True
        names.append(f"{'' if positional else '--'}{'no-' if on_by_default else ''}{own.replace('_', '-')}")
    return names


def arguments(command: Callable[..., int]) -> Iterator[tuple[str, Any, Any]]:
    """Yield name, annotated type and default of each of a command's arguments, those of its dataclass among them."""
    hints = get_type_hints(command, include_extras=True)
    for parameter in inspect.signature(command).parameters.values():
        hint = hints[parameter.name]
        group = getattr(hint, "__origin__", hint)
        if dataclasses.is_dataclass(group):
            of_group = get_type_hints(group, include_extras=True)
            yield from ((field.name, of_group[field.name], field.default) for field in dataclasses.fields(group))
        else:
            yield parameter.name, hint, parameter.default


class _Talk:
    """What is shown besides a command's own output: the switches ``--debug`` and ``--verbose``, which every one has.

    Attributes:
        debug: Errors have a traceback.
    """

    debug = False

    def choosable_in(self, command: Callable[..., int]) -> Callable[..., int]:
        """Return a command that has the switches too, among its own options."""

        @functools.wraps(command)
        def run(*args: Any, debug: bool = False, verbose: bool = False, **kwargs: Any) -> int:
            self.debug = debug
            if verbose:
                os.environ[VERBOSE] = "1"
            return command(*args, **kwargs)

        # what tyro reads, and would read of `command` itself if that could be found
        own = {"debug": _Debug, "verbose": _Verbose}
        hints = get_type_hints(command, include_extras=True) | own
        parameters = [p.replace(annotation=hints[p.name]) for p in inspect.signature(command).parameters.values()]
        parameters += [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=kind)
            for name, kind in own.items()
        ]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = hints
        del run.__wrapped__
        return run
