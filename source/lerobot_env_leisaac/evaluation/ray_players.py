"""Players of an evaluation in many processes, see :mod:`.ray_team`."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from lerobot_env_leisaac.quiet import quiet
from lerobot_env_leisaac.writable import replaced

from . import configuration
from .episode import Episode
from .options import EvaluationOptions
from .players import Players
from .policy_source import policy_source
from .ray_team import RayTeam, given, work_in
from .rollout import Timing
from .team import Team
from .world import World


class _Player:
    """Plays in a process of its own."""

    def __init__(self, options: EvaluationOptions, config: dict[str, Any], episodes: int, examples: bool, folder: str):
        work_in(folder)
        self._options, self._config, self._episodes = options, config, episodes
        self._examples = Path(tempfile.mkdtemp(prefix="leisaac_")) if examples else None
        self._players: Players | None = None

    def about(self) -> tuple[dict[str, Any], float]:
        """Return what a run notes of it, and the time of a control step [s]."""
        players = self._ready()
        return players.run, players.step_dt

    def play(self, numbers: Any, player: int) -> Iterator[Episode]:
        """Play as long as there are numbers, and yield each episode as it ends."""
        players = self._ready()
        yield from players.play(given(numbers, player, max(1, players.run["num_envs"] // 4)))

    def leave(self) -> tuple[Timing, dict[str, bytes]]:
        """Return where the time went, and the examples that were recorded, by the names of their files."""
        examples = {}
        if self._examples is not None:
            examples = {path.name: path.read_bytes() for path in self._examples.iterdir()}
            shutil.rmtree(self._examples)
        return self._ready().timing, examples

    def _ready(self) -> Players:
        if self._players is None:
            options = self._options
            with quiet():
                source = policy_source(options)
                cfg = source.resolve_cfg()
                config = configuration.describe(options, cfg, source.identity())
            if text := configuration.difference(self._config, config):
                raise ValueError(
                    f"a process on {socket.gethostname()} would play another evaluation ({text}): have the same files "
                    "in the same places there"
                )
            self._players = Players(options, source, cfg, config, World(), self._episodes, self._examples)
        return self._players


class RayPlayers(RayTeam[Episode]):
    """The players of a team, as those of one process, while Ray is connected; a context manager.

    Attributes:
        run: What a run of the evaluation notes of them: device, environments of each process, versions, processes.
        step_dt: Time of a control step [s].
        timing: Where the time of all processes together went; complete when all have been played.
    """

    run: dict[str, Any]
    step_dt: float

    def __init__(
        self,
        team: Team,
        options: EvaluationOptions,
        config: Mapping[str, Any],
        episodes: int,
        examples: Path | None,
    ):
        """Prepare them.

        Args:
            team: How many processes, and where.
            options: What is evaluated, on `num_envs` environments in each process.
            config: The same as it is described here, which each process must find, too.
            episodes: How many episodes are to be played.
            examples: Folder for what the first success and the first failure looked like, which a report shows.
        """
        options = replace(options, device=team.device)

        def arguments(processes: int) -> tuple[EvaluationOptions, dict[str, Any], int, bool, str]:
            return options, dict(config), -(-episodes // processes), examples is not None, os.getcwd()

        super().__init__(team, _Player, arguments, episodes)
        self._examples = examples
        self.timing = Timing()

    def __enter__(self) -> Self:
        """Start the processes; see :meth:`.RayTeam.__enter__`."""
        super().__enter__()
        self.run, self.step_dt = self.about
        self.run["processes"] = self.processes
        return self

    def statistics(self) -> dict[str, Any]:
        """Return what is known of the policy's server: there is none."""
        return {}

    def play(self, numbers: Iterable[int], on_step: Callable[[], None] = lambda: None) -> Iterator[Episode]:
        """Play episodes, and yield each as soon as it is known to have ended; see :meth:`.RayTeam.play`."""
        for episode in super().play(numbers, on_step):
            self.timing.env_steps += episode.length
            yield episode

    def left(self, answer: tuple[Timing, dict[str, bytes]]) -> None:
        """Take where a process's time went, and its examples where there are none yet."""
        timing, examples = answer
        self.timing.policy_s += timing.policy_s
        self.timing.simulation_s += timing.simulation_s
        for name, content in examples.items():
            if self._examples is not None and not (self._examples / name).exists():
                self._examples.mkdir(exist_ok=True)
                with replaced(self._examples / name) as file:
                    file.write_bytes(content)
