"""Processes that share out numbered episodes, with something light in the place of a simulator."""

import contextlib
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass

import pytest

from lerobot_env_leisaac.evaluation import ray_team
from lerobot_env_leisaac.evaluation.ray_cluster import connected
from lerobot_env_leisaac.evaluation.team import Team

TWO = Team("cpu", 2)


@dataclass
class Went:
    episode: int
    process: int


class Light:
    """Plays each episode in a moment, but for one at which it kills its process, the first time."""

    def __init__(self, mark: str | None = None):
        self._mark = mark

    def about(self):
        return os.getpid()

    def play(self, numbers, player):
        for number in ray_team.given(numbers, player, 2):
            if self._mark is not None and number == 5:
                with contextlib.suppress(FileExistsError):
                    os.close(os.open(self._mark, os.O_CREAT | os.O_EXCL))
                    os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(0.02)
            yield Went(number, os.getpid())

    def leave(self):
        return os.getpid()


@pytest.fixture(scope="module", autouse=True)
def _connected():
    with connected(TWO):
        import ray  # not before: it reads its settings as it is imported

        ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # no process could import it
        yield


def test_numbers_that_are_added_meanwhile_are_played_too():
    with ray_team.RayTeam(TWO, Light, lambda processes: (), 8) as team:
        played = []
        for went in team.play(range(8)):
            played.append(went.episode)
            if went.episode < 4:
                team.add([100 + went.episode])
    assert sorted(played) == [*range(8), 100, 101, 102, 103]


def test_what_a_process_had_that_died_is_played_by_others_once(tmp_path, capfd):
    with ray_team.RayTeam(TWO, Light, lambda processes: (str(tmp_path / "died"),), 20) as team:
        played = [went.episode for went in team.play(range(20))]
    assert sorted(played) == list(range(20)) and (tmp_path / "died").exists()
    assert "note: a process has died, others play what it had" in capfd.readouterr().err


def test_who_waits_for_processors_that_others_have_is_told_so(monkeypatch, capfd):
    monkeypatch.setattr(ray_team, "SLOW_START_S", 1.0)
    import ray

    others = [ray.remote(num_cpus=1)(Light).remote() for _ in range(2)]
    assert len(ray.get([other.about.remote() for other in others])) == 2

    def leave() -> None:
        time.sleep(3.0)
        for other in others:
            ray.kill(other)

    threading.Thread(target=leave).start()
    with ray_team.RayTeam(TWO, Light, lambda processes: (), 2) as team:
        assert sorted(went.episode for went in team.play(range(2))) == [0, 1]
    said = capfd.readouterr().err
    assert said.count("note: no process is ready after 1 s: others may have every CPU of this machine") == 1
