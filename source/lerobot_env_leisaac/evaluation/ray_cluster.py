"""Ray, connected to: this machine alone for as long as it is needed, or a cluster that is there.

Ray reads some of its settings when it is imported, so that happens in here, and nowhere before.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import sys
from collections.abc import Iterator

from lerobot_env_leisaac.quiet import is_verbose, without_stderr

from .team import Team

SMALL_STORE = 100 * 2**20
"""Memory for what processes tell each other [B] where an episode is a few hundred bytes."""

_SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is sent to anybody
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # processes have this interpreter, however it was started
    "RAY_worker_niceness": "0",  # as one process has it, not behind whatever else runs
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # a process without a GPU sees none; without this, Ray warns of it
}

_SETTINGS_OF_A_CLUSTER = {"RAY_NUM_REDIS_GET_RETRIES": "1"}
"""Ray tries for three quarters of a minute each time, where something listens that is no cluster."""

_SETTINGS_OF_THIS_MACHINE = {
    "RAY_AUTH_MODE": "token",  # whoever reaches a Ray runs code there: this one obeys who knows the word
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # the one way to have it listen on loopback alone, on Linux, too
}


@contextlib.contextmanager
def connected(team: Team, store: int = SMALL_STORE) -> Iterator[None]:
    """Connect to the cluster of a team, or make one of this machine; what the caller has connected to is taken.

    Args:
        team: The team.
        store: Memory of this machine's for what processes tell each other [B].

    Raises:
        ConnectionError: There is no cluster at the address.
        ValueError: It has not so many GPUs or processors.
    """
    _set_up(team)
    import ray

    if ray.is_initialized():
        _require_enough(team)
        yield
        return
    signals = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        _connect(team, store)
        for number, handler in signals.items():  # Ray's would end this process at once
            signal.signal(number, handler)
        _require_enough(team)
        yield
    finally:
        ray.shutdown()


def available(team: Team) -> int:
    """Return how many processes of a team there is room for."""
    import ray

    return int(ray.cluster_resources().get(team.resource, 0))


def _set_up(team: Team) -> None:
    if "ray" in sys.modules:
        return
    if team.address is None:
        os.environ |= _SETTINGS_OF_THIS_MACHINE | {"RAY_AUTH_TOKEN": secrets.token_hex(32)}
    for name, value in (_SETTINGS | ({} if team.address is None else _SETTINGS_OF_A_CLUSTER)).items():
        os.environ.setdefault(name, value)


def _connect(team: Team, store: int) -> None:
    import ray
    from ray.job_config import JobConfig

    class OwnCode(JobConfig):
        """Lets no process import from the folder that the command was started in, which may be anybody's."""

        def _runtime_env_has_working_dir(self) -> bool:
            return True  # where there is one, Ray adds neither that folder nor the script's

    common = {
        "log_to_driver": is_verbose(),
        "logging_level": "INFO" if is_verbose() else "CRITICAL",
        "job_config": OwnCode(),
    }
    if team.address is None:
        cpus = team.count if team.resource == "CPU" else None
        # not one that the environment or a file names
        ray.init("local", num_cpus=cpus, include_dashboard=False, object_store_memory=store, **common)
        return
    try:
        with without_stderr():
            ray.init(team.address, **common)
    except (OSError, RuntimeError, ValueError) as error:
        if "AuthenticationError" in str(error.__cause__):  # which Ray says nothing of by itself
            raise ConnectionError(
                f"the Ray cluster at {team.address} asks for its token: set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN"
            ) from error
        raise ConnectionError(f"there is no Ray cluster at {team.address}: {error}") from error


def _require_enough(team: Team) -> None:
    found = available(team)
    if found < (team.count or 1):
        where = "this machine" if team.address is None else f"the cluster at {team.address}"
        what = f"{where} has {found} {team.resource}s, {team.count or 'one or more'} are asked for"
        raise ValueError(what + (": --cpus N plays on its processors" if team.resource == "GPU" else ""))
