"""Processes that Ray starts on the GPUs of this machine or of a cluster, and that share out numbered episodes.

An episode is a function of its seed and number, so it does not matter who plays it. Each process asks for the next
numbers when an environment of its own is free, and tells of each episode as it ends. What a process had when it died is
given to others, and so is what one has that was not heard of for long; of an episode that two have played the first one
counts.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from lerobot_env_leisaac.quiet import quiet

from .ray_cluster import available
from .team import ProcessesDied, Team

PATIENCE_S = 60.0
"""How long a process may be silent before others that have nothing to do get its episodes; or four times as long as any
of them ever was, if that is longer."""

MOST_DEATHS = 3
"""So many processes that die are replaced; one more, and something is wrong with all of them."""

SLOW_START_S = 180.0
"""How long a first process may take before a line says so; kernels are compiled for two minutes and a half."""

_AHEAD = 4
"""Episodes that a process may have ready before they are taken; then it waits."""

_POLL_S = 1.0
_LOOK_S = 5.0
"""How often it is looked whether a machine of Ray is left, while nothing is heard."""

_RAY_ENDED = "Ray itself has ended"
_LONGEST_REASON = 200
_GOODBYE_S = 10.0


class Played(Protocol):
    """How an episode went, whatever else is known of it."""

    @property
    def episode(self) -> int:
        """Its number."""


class Worker(Protocol):
    """What plays in each process."""

    def about(self) -> Any:
        """Return what is to be known of it before it plays; it is ready then."""

    def play(self, numbers: Any, player: int) -> Iterator[Played]:
        """Play as long as there are numbers, see :func:`given`, and yield each episode as it ends."""

    def leave(self) -> Any:
        """Return what is to be known when all has been played."""


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


def given(numbers: Any, player: int, most: int) -> Iterator[int]:
    """Yield numbers as long as there are any, asked for in small shares so that all end at about the same time."""
    import ray

    while share := ray.get(numbers.take.remote(player, most)):
        yield from share


def work_in(folder: str) -> None:
    """Let paths mean what they mean where the command was started, where this machine has that folder, too."""
    with contextlib.suppress(OSError):
        os.chdir(folder)


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


class RayTeam[Item: Played]:
    """The processes of a team while Ray is connected; a context manager.

    Attributes:
        about: What the first one that was ready says of itself.
        processes: How many they are.
    """

    about: Any
    processes: int

    def __init__(self, team: Team, worker: Callable[..., Worker], arguments: Callable[[int], tuple], episodes: int):
        """Prepare them.

        Args:
            team: How many processes, and where.
            worker: Class of what plays in each.
            arguments: What it is made with, by the number of processes.
            episodes: How many episodes are to be played.
        """
        import ray  # an extra, and not before it is connected: it reads settings as it is imported

        self._ray = ray
        self._team, self._worker, self._arguments, self._count = team, worker, arguments, episodes
        self._processes: dict[int, _Process] = {}
        self._missing: dict[int, None] = {}  # in order
        self._started = self._deaths = 0
        self._longest_silence = self._looked = 0.0

    def __enter__(self) -> Self:
        """Start the processes, and wait until the first one is ready.

        Raises:
            ProcessesDied: One process after another died.
        """
        with contextlib.ExitStack() as cleanup:
            # Ray says on stdout, in a paragraph, that a process has died
            cleanup.enter_context(quiet())
            self._numbers = self._ray.remote(num_cpus=0, scheduling_strategy=self._here())(_Numbers).remote()
            self.processes = min(self._team.count or available(self._team), self._count)
            self._made_with = self._arguments(self.processes)
            for _ in range(self.processes):
                self._start()
            self.about = self._first_ready()
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes."""
        self._cleanup.close()

    def play(self, numbers: Iterable[int], on_step: Callable[[], None] = lambda: None) -> Iterator[Item]:
        """Play episodes, and yield each as soon as it is known to have ended.

        Args:
            numbers: Their numbers; :meth:`add` may add others meanwhile.
            on_step: Is called now and then.

        Raises:
            ProcessesDied: One process after another died.
        """
        self.add(numbers)
        for player in self._processes:
            self._begin(player)
        while self._missing:
            playing = {process.episodes: player for player, process in self._processes.items() if process.episodes}
            ready, _ = self._ray.wait(list(playing), timeout=_POLL_S)
            for player in [playing[each] for each in ready]:
                item = self._next(player)
                if item is not None and item.episode in self._missing:
                    del self._missing[item.episode]
                    yield item
            on_step()
            if not ready:
                self._require_ray()
            self._share_out()
        self._say_goodbye()

    def add(self, numbers: Iterable[int]) -> None:
        """Add numbers of episodes to those that are to be played."""
        added = dict.fromkeys(numbers)
        self._missing |= added
        self._ask(self._numbers.put.remote(list(added)))

    def left(self, answer: Any) -> None:
        """Take what a process says when all has been played."""

    def _here(self) -> Any:
        """Return Ray's word for this machine: what hands out the numbers ends with it, and with no other."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        return NodeAffinitySchedulingStrategy(self._ray.get_runtime_context().get_node_id(), soft=False)

    def _start(self) -> int:
        """Start one more process, and return its number."""
        gpus = {"num_gpus": 1, "num_cpus": 0} if self._team.resource == "GPU" else {"num_gpus": 0, "num_cpus": 1}
        actor = self._ray.remote(**gpus, scheduling_strategy="SPREAD")(self._worker)
        player, self._started = self._started, self._started + 1
        self._processes[player] = _Process(actor.remote(*self._made_with))
        return player

    def _first_ready(self) -> Any:
        about = {process.actor.about.remote(): player for player, process in self._processes.items()}
        started, told = time.monotonic(), False
        while True:
            found, _ = self._ray.wait(list(about), timeout=min(_LOOK_S, SLOW_START_S))
            if not found:
                self._require_ray()
                if not told and time.monotonic() - started > SLOW_START_S:
                    # Ray itself says nothing where others have all that there is
                    print(
                        f"note: no process is ready after {SLOW_START_S:g} s: others may have every"
                        f" {self._team.resource} of {self._team.address or 'this machine'}; still waiting, Ctrl-C ends"
                        " it",
                        file=sys.stderr,
                    )
                    told = True
                continue
            (ready,) = found
            try:
                return self._ray.get(ready)
            except self._ray.exceptions.RayTaskError as error:
                raise self._told(error) from None
            except self._ray.exceptions.RayActorError as error:
                self._bury(about.pop(ready), error)
                player = self._start()
                about[self._processes[player].actor.about.remote()] = player

    def _ask(self, answer: Any) -> Any:
        """Return what the process says that hands out the numbers, and that ends only with Ray itself."""
        try:
            return self._ray.get(answer)
        except self._ray.exceptions.RayActorError as error:
            raise ProcessesDied(_RAY_ENDED) from error

    def _told(self, error: Any) -> BaseException:
        """Return what a process told of itself before it ended."""
        cause = error.cause or error  # there is none that could not be sent here
        return ProcessesDied(_RAY_ENDED) if isinstance(cause, self._ray.exceptions.RayActorError) else cause

    def _require_ray(self) -> None:
        """Raise ProcessesDied where no machine of Ray is left: it would wait for one, whatever is asked of it."""
        if time.monotonic() - self._looked > _LOOK_S:
            self._looked = time.monotonic()
            if not any(node["Alive"] for node in self._ray.nodes()):
                raise ProcessesDied(_RAY_ENDED)

    def _begin(self, player: int) -> None:
        process = self._processes[player]
        streamed = process.actor.play.options(_generator_backpressure_num_objects=_AHEAD)
        process.episodes = streamed.remote(self._numbers, player)
        process.heard = time.monotonic()

    def _next(self, player: int) -> Item | None:
        """Return the next episode of a process; None where it has ended, or died, for which another takes its place."""
        process, now = self._processes[player], time.monotonic()
        try:
            item: Item = self._ray.get(next(process.episodes))
        except StopIteration:
            process.episodes = None
            return None
        except self._ray.exceptions.RayTaskError as error:
            raise self._told(error) from None
        except self._ray.exceptions.RayActorError as error:
            self._bury(player, error)
            self._give_again(player)
            self._begin(self._start())
            return None
        self._longest_silence = max(self._longest_silence, now - process.heard)
        process.heard, process.given_up = now, False
        return item

    def _bury(self, player: int, error: Exception) -> None:
        """Forget a process that has died.

        Raises:
            ProcessesDied: It is one too many.
        """
        del self._processes[player]
        self._deaths += 1
        print("note: a process has died, another takes its place", file=sys.stderr)
        if self._deaths > MOST_DEATHS:
            last = str(error).strip().splitlines()[-1]  # an exception; or a paragraph, of a process that was killed
            why = last if len(last) < _LONGEST_REASON else "perhaps for want of memory: use fewer environments"
            raise ProcessesDied(f"{self._deaths} processes died, {why}")

    def _give_again(self, player: int) -> None:
        """Let others play what a process was given and has not played."""
        taken = set(self._ask(self._numbers.taken.remote(player)))
        self._ask(self._numbers.put.remote([number for number in self._missing if number in taken]))

    def _share_out(self) -> None:
        """Let those that have nothing to do play what others had and gave up, or seem never to end."""
        idle = [player for player, process in self._processes.items() if process.episodes is None]
        if not idle:
            return
        patience = max(PATIENCE_S, 4 * self._longest_silence)
        for player, process in self._processes.items():
            if process.episodes and not process.given_up and time.monotonic() - process.heard > patience:
                process.given_up = True
                self._give_again(player)
        if self._ask(self._numbers.left.remote()):
            for player in idle:
                self._begin(player)

    def _say_goodbye(self) -> None:
        """Collect what processes know besides; one that does not answer is left alone."""
        leaving = [process.actor.leave.remote() for process in self._processes.values() if not process.given_up]
        answers, _ = self._ray.wait(leaving, num_returns=len(leaving), timeout=_GOODBYE_S)
        for each in answers:
            with contextlib.suppress(self._ray.exceptions.RayActorError):
                self.left(self._ray.get(each))
