"""Players in many processes, which Ray starts on the GPUs of this machine or of a cluster.

An episode is a function of its seed and number, so it does not matter who plays it. Each process asks for the next
numbers when an environment of its own is free, and tells of each episode as it ends. What a process had when it died is
given to others, and so is what one has that was not heard of for long; of an episode that two have played the first one
counts.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from lerobot_env_leisaac.quiet import quiet
from lerobot_env_leisaac.writable import replaced

from . import configuration
from .episode import Episode
from .options import EvaluationOptions
from .players import Players
from .policy_source import policy_source
from .ray_cluster import available
from .rollout import Timing
from .team import ProcessesDied, Team
from .world import World

PATIENCE_S = 60.0
"""How long a process may be silent before others that have nothing to do get its episodes; or four times as long as any
of them ever was, if that is longer."""

MOST_DEATHS = 3
"""So many processes that die are replaced; one more, and something is wrong with all of them."""

_POLL_S = 1.0
_LONGEST_REASON = 200
_GOODBYE_S = 10.0


class _Numbers:
    """Hands out the numbers of episodes, in a process of its own."""

    def __init__(self) -> None:
        self._left: list[int] = []
        self._taken: dict[int, list[int]] = {}

    def put(self, numbers: list[int]) -> None:
        """Add numbers, before those that are left."""
        self._left = numbers + self._left

    def take(self, player: int, most: int) -> list[int]:
        """Return the next numbers for a player; none where none are left."""
        taken, self._left = self._left[:most], self._left[most:]
        self._taken.setdefault(player, []).extend(taken)
        return taken

    def taken(self, player: int) -> list[int]:
        """Return all that a player was given."""
        return self._taken.get(player, [])

    def left(self) -> int:
        """Return how many numbers nobody was given."""
        return len(self._left)


class _Player:
    """Plays in a process of its own."""

    def __init__(self, options: EvaluationOptions, episodes: int, examples: bool):
        self._options, self._episodes = options, episodes
        self._examples = Path(tempfile.mkdtemp(prefix="leisaac_")) if examples else None
        self._players: Players | None = None

    def about(self) -> tuple[dict[str, Any], float]:
        """Return what a run notes of it, and the time of a control step [s]."""
        players = self._ready()
        return players.run, players.step_dt

    def play(self, numbers: Any, player: int) -> Iterator[Episode]:
        """Play as long as there are numbers, and yield each episode as it ends."""
        players = self._ready()
        yield from players.play(_given(numbers, player, max(1, players.run["num_envs"] // 4)))

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
            self._players = Players(options, source, cfg, config, World(), self._episodes, self._examples)
        return self._players


def _given(numbers: Any, player: int, most: int) -> Iterator[int]:
    """Yield numbers as long as there are any, asked for in small shares so that all end at about the same time."""
    import ray

    while share := ray.get(numbers.take.remote(player, most)):
        yield from share


@dataclass
class _Process:
    """A process as it is seen from here.

    Attributes:
        actor: Ray's handle of it.
        episodes: What it plays; None while it has nothing to do.
        heard: When it was heard of last.
        given_up: Others have got what it has.
    """

    actor: Any
    episodes: Any = None
    heard: float = field(default_factory=time.monotonic)
    given_up: bool = False


class RayPlayers:
    """The players of a team, as those of one process, while Ray is connected; a context manager.

    Attributes:
        run: What a run of the evaluation notes of them: device, environments of each process, versions, processes.
        step_dt: Time of a control step [s].
        timing: Where the time of all processes together went; complete when all have been played.
    """

    run: dict[str, Any]
    step_dt: float

    def __init__(self, team: Team, options: EvaluationOptions, episodes: int, examples: Path | None):
        """Prepare them.

        Args:
            team: How many processes, and where.
            options: What is evaluated, on `num_envs` environments in each process.
            episodes: How many episodes are to be played.
            examples: Folder for what the first success and the first failure looked like, which a report shows.
        """
        import ray  # an extra, and not before it is connected: it reads settings as it is imported

        self._ray = ray
        self._team, self._options, self._count = team, replace(options, device=team.device), episodes
        self._examples = examples
        self._processes: dict[int, _Process] = {}
        self._started = self._deaths = 0
        self._longest_silence = 0.0
        self.timing = Timing()

    def __enter__(self) -> Self:
        """Start the processes, and wait until the first one is ready.

        Raises:
            ProcessesDied: One process after another died.
        """
        with contextlib.ExitStack() as cleanup:
            # Ray says on stdout, in a paragraph, that a process has died
            cleanup.enter_context(quiet())
            self._numbers = self._ray.remote(num_cpus=0)(_Numbers).remote()
            self._wanted = min(self._team.count or available(self._team), self._count)
            for _ in range(self._wanted):
                self._start()
            self.run, self.step_dt = self._first_ready()
            self.run["processes"] = self._wanted
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes."""
        self._cleanup.close()

    def statistics(self) -> dict[str, Any]:
        """Return what is known of the policy's server: there is none."""
        return {}

    def play(self, numbers: Iterable[int], on_step: Callable[[], None] = lambda: None) -> Iterator[Episode]:
        """Play episodes, and yield each as soon as it is known to have ended.

        Args:
            numbers: Their numbers.
            on_step: Is called now and then.

        Raises:
            ProcessesDied: One process after another died.
        """
        missing = dict.fromkeys(numbers)  # in order
        self._ray.get(self._numbers.put.remote(list(missing)))
        for player in self._processes:
            self._begin(player)
        while missing:
            playing = {process.episodes: player for player, process in self._processes.items() if process.episodes}
            ready, _ = self._ray.wait(list(playing), timeout=_POLL_S)
            for player in [playing[each] for each in ready]:
                episode = self._next(player, missing)
                if episode is not None and episode.episode in missing:
                    del missing[episode.episode]
                    self.timing.env_steps += episode.length
                    yield episode
            on_step()
            self._share_out(missing)
        self._say_goodbye()

    def _start(self) -> int:
        """Start one more process, and return its number."""
        gpus = {"num_gpus": 1, "num_cpus": 0} if self._team.resource == "GPU" else {"num_gpus": 0, "num_cpus": 1}
        actor = self._ray.remote(**gpus, scheduling_strategy="SPREAD")(_Player)
        each = -(-self._count // self._wanted)
        player, self._started = self._started, self._started + 1
        self._processes[player] = _Process(actor.remote(self._options, each, self._examples is not None))
        return player

    def _first_ready(self) -> tuple[dict[str, Any], float]:
        about = {process.actor.about.remote(): player for player, process in self._processes.items()}
        while True:
            (ready,), _ = self._ray.wait(list(about))
            try:
                return self._ray.get(ready)
            except self._ray.exceptions.RayTaskError as error:
                raise (error.cause or error) from None  # there is none that could not be sent here
            except self._ray.exceptions.RayActorError as error:
                self._bury(about.pop(ready), error)
                player = self._start()
                about[self._processes[player].actor.about.remote()] = player

    def _begin(self, player: int) -> None:
        process = self._processes[player]
        process.episodes = process.actor.play.remote(self._numbers, player)
        process.heard = time.monotonic()

    def _next(self, player: int, missing: Iterable[int]) -> Episode | None:
        """Return the next episode of a process; None where it has ended, or died, for which another takes its place."""
        process, now = self._processes[player], time.monotonic()
        try:
            episode: Episode = self._ray.get(next(process.episodes))
        except StopIteration:
            process.episodes = None
            return None
        except self._ray.exceptions.RayTaskError as error:
            raise (error.cause or error) from None  # there is none that could not be sent here
        except self._ray.exceptions.RayActorError as error:
            self._bury(player, error)
            self._give_again(player, missing)
            self._begin(self._start())
            return None
        self._longest_silence = max(self._longest_silence, now - process.heard)
        process.heard, process.given_up = now, False
        return episode

    def _bury(self, player: int, error: Exception) -> None:
        """Forget a process that has died.

        Raises:
            ProcessesDied: It is one too many.
        """
        del self._processes[player]
        self._deaths += 1
        print("note: a process has died, others play what it had", file=sys.stderr)
        if self._deaths > MOST_DEATHS:
            last = str(error).strip().splitlines()[-1]  # an exception; or a paragraph, of a process that was killed
            why = last if len(last) < _LONGEST_REASON else "perhaps for want of memory: use fewer environments"
            raise ProcessesDied(f"{self._deaths} processes died, {why}")

    def _give_again(self, player: int, missing: Iterable[int]) -> None:
        """Let others play what a process was given and has not played."""
        taken = set(self._ray.get(self._numbers.taken.remote(player)))
        self._ray.get(self._numbers.put.remote([number for number in missing if number in taken]))

    def _share_out(self, missing: Iterable[int]) -> None:
        """Let those that have nothing to do play what others had and gave up, or seem never to end."""
        idle = [player for player, process in self._processes.items() if process.episodes is None]
        if not idle:
            return
        patience = max(PATIENCE_S, 4 * self._longest_silence)
        for player, process in self._processes.items():
            if process.episodes and not process.given_up and time.monotonic() - process.heard > patience:
                process.given_up = True
                self._give_again(player, missing)
        if self._ray.get(self._numbers.left.remote()):
            for player in idle:
                self._begin(player)

    def _say_goodbye(self) -> None:
        """Collect what processes know besides; one that does not answer is left alone."""
        leaving = [process.actor.leave.remote() for process in self._processes.values() if not process.given_up]
        left, _ = self._ray.wait(leaving, num_returns=len(leaving), timeout=_GOODBYE_S)
        for each in left:
            with contextlib.suppress(self._ray.exceptions.RayActorError):
                timing, examples = self._ray.get(each)
                self.timing.policy_s += timing.policy_s
                self.timing.simulation_s += timing.simulation_s
                for name, content in examples.items():
                    if self._examples is not None and not (self._examples / name).exists():
                        self._examples.mkdir(exist_ok=True)
                        with replaced(self._examples / name) as file:
                            file.write_bytes(content)
