"""What is known of a policy server before LeRobot is imported: address, format, and whether it is there. Light."""

from __future__ import annotations

import socket
from typing import Any

from lerobot_env_leisaac import config_files
from lerobot_env_leisaac.tasks.spec import TaskSpec

from .protocol import LEROBOT, SCHEMES, SELF_DESCRIBING, Address
from .request_format import RequestFormat

_REACHED_WITHIN_S = 10.0


def require_askable(task: TaskSpec, options: Any) -> RequestFormat | None:
    """Refuse a server that cannot be asked, and return what it is to be asked with where the options say it.

    Args:
        task: The task.
        options: Options, ``policy_server`` among them.

    Raises:
        ConnectionError: Nothing listens there.
        ValueError: The format is none, does not fit, or is missing; or the protocol is one for this machine alone.
    """
    address, given = Address.of(options.policy_server), None
    if address.scheme == LEROBOT:
        if not (address.is_loopback or options.allow_pickle):
            raise ValueError(
                f"policy server {address} is on another machine, and LeRobot's protocol runs what it receives: reach "
                "it through a tunnel to 127.0.0.1 (ssh -L), or pass --allow-pickle"
            )
    elif options.policy_format is not None:
        given = RequestFormat.load(options.policy_format)
        if given.protocol not in SCHEMES[address.scheme]:
            raise ValueError(
                f"policy format {given.name} is of the protocol {given.protocol}, and {address} is one of "
                f"{' or '.join(SCHEMES[address.scheme])}: give an address or a format of the other's"
            )
        if mistakes := given.mistakes(task.robot, task.cameras):
            raise ValueError(f"policy format {given.name} does not fit the environment: {'; '.join(mistakes)}")
    elif address.scheme not in SELF_DESCRIBING:
        raise ValueError(without_format(address))
    try:
        socket.create_connection((address.host, address.port), timeout=_REACHED_WITHIN_S).close()
    except (OSError, UnicodeError) as error:
        raise ConnectionError(f"no policy server at {address} ({error}): start it, or give its address") from error
    return given


def without_format(address: Address) -> str:
    """Return what is said of a server for which a format is missing."""
    return (
        f"policy server {address} does not say what its policy is asked with: give --policy-format, one of "
        f"{', '.join(config_files.names('policies'))}, or the path of a YAML file"
    )
