"""Many processes that play one evaluation, each with an environment of its own: how many, and where. Light."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lerobot_env_leisaac.arguments import whole_number
from lerobot_env_leisaac.backends import has_gpu, is_installed

from .options import EpisodeOptions

ALL, AUTO = "all", "auto"

_REACHED_WITHIN_S = 10.0

_MOST = 10_000
"""More processes than any cluster has."""

_ADDRESS = re.compile(r"auto|[\w.-]+:\d{1,5}|\[[\da-fA-F:]+\]:\d{1,5}")


@dataclass(frozen=True)
class Team:
    """Processes that Ray starts.

    Attributes:
        device: What each of them plays on: a GPU of its own, or a processor.
        count: How many they are; None for one on each GPU that there is.
        address: Where the cluster is, ``HOST:PORT``, or ``auto`` for the one that this machine is part of; None where
            this machine is to be all of it.
    """

    device: Literal["cuda:0", "cpu"]
    count: int | None = None
    address: str | None = None

    @property
    def resource(self) -> Literal["GPU", "CPU"]:
        """What Ray calls the device."""
        return "CPU" if self.device == "cpu" else "GPU"


class ProcessesDied(RuntimeError):
    """One process of a team after another died."""


def require_playable_by(team: Team, options: EpisodeOptions, replay: Path | None) -> None:
    """Refuse what many processes cannot do, and a cluster that is not there.

    Raises:
        ValueError: It is asked for.
        ConnectionError: Nothing listens at the cluster's address.
    """
    if replay is not None:
        raise ValueError("--replay is of one process: leave out --gpus, --cpus and --ray")
    if options.policy_server is not None:
        raise ValueError("a policy server is asked by one process: leave out --gpus, --cpus and --ray")
    require_cluster(team)


def require_cluster(team: Team) -> None:
    """Refuse a cluster that is not there.

    Raises:
        ConnectionError: Nothing listens at its address.
    """
    if team.address not in (None, AUTO):
        host, _, port = team.address.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=_REACHED_WITHIN_S).close()
        except (OSError, OverflowError, UnicodeError) as error:
            raise ConnectionError(f"there is no Ray cluster at {team.address}: {error}") from error


def team_of(gpus: str | int | None, cpus: int | None, ray: str | None, device: str | None) -> Team | None:
    """Return the processes that options ask for; None where this one is to play alone.

    Args:
        gpus: On how many GPUs, or ``all``.
        cpus: How many processes are to play on processors.
        ray: Address of a cluster.
        device: What ``--device`` says.

    Raises:
        ValueError: One of them is not legal, or they do not go together.
        ModuleNotFoundError: Ray is not installed.
    """
    if gpus is None and cpus is None and ray is None:
        return None
    if not is_installed("ray"):
        raise ModuleNotFoundError(
            "--gpus, --cpus and --ray need Ray, which is not installed: pip install 'lerobot_env_leisaac[ray]', "
            "or in a clone uv sync --inexact --extra ray"
        )
    if gpus is not None and cpus is not None:
        raise ValueError("--gpus and --cpus are two ways to say it: pass one of them")
    if ray is not None and not _ADDRESS.fullmatch(ray):
        raise ValueError(f"ray is {ray!r}, expected HOST:PORT of a cluster, or auto")
    if cpus is not None:
        if device not in (None, "cpu"):
            raise ValueError(f"--cpus does not go with --device {device}: leave one of them out")
        return Team("cpu", whole_number("cpus", cpus, 1, _MOST), ray)
    if device not in (None, "cuda"):
        raise ValueError(f"each process has a GPU of its own, which --device {device} contradicts: leave it out")
    if ray is None and not has_gpu():
        raise ValueError("this machine has no NVIDIA GPU that works: pass --cpus N, or --ray with a cluster's address")
    if gpus in (None, ALL):
        return Team("cuda:0", None, ray)
    number = int(gpus) if isinstance(gpus, str) and gpus.isascii() and gpus.isdigit() else gpus
    if isinstance(number, str):
        raise ValueError(f"gpus is {gpus!r}, expected {ALL} or how many")
    return Team("cuda:0", whole_number("gpus", number, 1, _MOST), ray)
