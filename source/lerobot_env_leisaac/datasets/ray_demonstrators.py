"""Demonstrators in many processes, see :mod:`~lerobot_env_leisaac.evaluation.ray_team`."""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Self

from lerobot_env_leisaac.envs.episodic_env import IDLE
from lerobot_env_leisaac.evaluation.ray_team import RayTeam, given, work_in
from lerobot_env_leisaac.evaluation.team import Team

from .demonstrators import Demonstrators, Wanted
from .manifest import Manifest
from .options import RecordOptions
from .preflight import planned
from .shards import Demonstration


class _Recorder:
    """Plays demonstrations in a process of its own."""

    def __init__(self, options: RecordOptions, manifest: Manifest, num_envs: int, folder: str):
        work_in(folder)
        self._arguments = options, manifest, num_envs
        self._demonstrators: Demonstrators | None = None

    def about(self) -> str:
        """Return the device of its environments."""
        return self._ready().device

    def play(self, numbers: Any, player: int) -> Iterator[Demonstration]:
        """Play as long as there are numbers, and yield each as it ends; one that failed without its images."""
        *_, num_envs = self._arguments
        shares = itertools.chain(given(numbers, player, max(1, num_envs // 4)), itertools.repeat(IDLE))
        for demonstration in self._ready().play(shares):
            yield demonstration if demonstration.success else replace(demonstration, images={})

    def leave(self) -> None:
        """Return nothing: nothing else is to be known."""

    def _ready(self) -> Demonstrators:
        if self._demonstrators is None:
            options, manifest, _ = self._arguments
            if planned(options) != manifest:
                raise ValueError(
                    f"a process on {socket.gethostname()} would record something else: have the same files in the same "
                    "places there"
                )
            self._demonstrators = Demonstrators(*self._arguments)
        return self._demonstrators


class RayDemonstrators(RayTeam[Demonstration]):
    """The demonstrators of a team, as those of one process, while Ray is connected; a context manager.

    Attributes:
        device: Where their environments are.
    """

    device: str

    def __init__(
        self, team: Team, options: RecordOptions, manifest: Manifest, num_envs: Callable[[int], int], missing: int
    ):
        """Prepare them.

        Args:
            team: How many processes, and where.
            options: What is demonstrated.
            manifest: What is recorded.
            num_envs: How many environments each process has, by the number of processes.
            missing: How many demonstrations are missing.
        """
        options = replace(options, device=team.device)

        def arguments(processes: int) -> tuple[RecordOptions, Manifest, int, str]:
            return options, manifest, num_envs(processes), os.getcwd()

        super().__init__(team, _Recorder, arguments, missing)

    def __enter__(self) -> Self:
        """Start the processes; see :meth:`.RayTeam.__enter__`."""
        super().__enter__()
        self.device = self.about
        return self

    def play_wanted(self, wanted: Wanted) -> Iterator[Demonstration]:
        """Play as long as demonstrations are wanted, and yield each as it ends."""
        for demonstration in self.play(wanted.take()):
            yield demonstration
            if more := wanted.take():
                self.add(more)
