"""The ``leisaac`` command; each of its commands has a module here."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any

import tyro

from .assets import assets
from .audit import audit
from .check import check
from .doctor import doctor
from .eval import eval_
from .list import list_
from .play import play
from .record import record
from .replay import replay

_COMMANDS: dict[str, Any] = {
    "play": play,
    "eval": eval_,
    "record": record,
    "audit": audit,
    "check": check,
    "replay": replay,
    "list": list_,
    "assets": assets,
    "doctor": doctor,
}


def main(argv: list[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: Arguments; those of the process by default.

    Returns:
        Exit status: 0 on success, 1 on failure.

    Raises:
        SystemExit: Help was asked for (status 0), or the command line is wrong (status 2).
    """
    # threads that spin while they wait make a small policy many times slower where other processes want the cores; read
    # when torch is loaded, which no command has done yet
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    argv = sys.argv[1:] if argv is None else argv
    arguments = [argument for argument in argv if argument != "--debug"]
    try:
        return tyro.extras.subcommand_cli_from_dict(
            _COMMANDS,
            prog="leisaac",
            description="LeIsaac SO-101 tasks in LeRobot units. Add --debug to any command for a traceback.",
            args=arguments or ["--help"],
            config=(tyro.conf.FlagCreatePairsOff,),
        )
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if "--debug" in argv:
            traceback.print_exc()
        else:
            print(f"leisaac: error: {' '.join(str(error).split()) or repr(error)}", file=sys.stderr)
        return 1
