"""Processes that share out numbered episodes, with something light in the place of a simulator."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from checkpoints import make_act

from lerobot_env_leisaac.evaluation import configuration, ray_team
from lerobot_env_leisaac.evaluation.options import EvaluationOptions
from lerobot_env_leisaac.evaluation.policy_source import policy_source
from lerobot_env_leisaac.evaluation.ray_cluster import connected
from lerobot_env_leisaac.evaluation.ray_players import _Player
from lerobot_env_leisaac.evaluation.team import Team
from lerobot_env_leisaac.quiet import quiet

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
    assert "note: a process has died, another takes its place" in capfd.readouterr().err


def test_no_process_imports_from_the_folder_that_a_command_was_started_in(tmp_path):
    (tmp_path / "foreign.py").write_text("raise SystemExit('it was run')\n")
    code = (
        "from lerobot_env_leisaac.evaluation.ray_cluster import connected\n"
        "from lerobot_env_leisaac.evaluation.team import Team\n"
        "with connected(Team('cpu', 1)):\n"
        "    import ray, os\n"
        "    @ray.remote\n"
        "    def found():\n"
        "        import importlib.util, os\n"
        "        return importlib.util.find_spec('foreign') is not None, os.getcwd()\n"
        "    print(*ray.get(found.remote()))\n"
    )
    script = tmp_path / "elsewhere" / "script.py"
    script.parent.mkdir()
    script.write_text(code)
    environment = os.environ | {"RAY_ADDRESS": "127.0.0.1:9"}  # and joins no cluster that it was not told of
    process = subprocess.run(
        [sys.executable, "-P", script], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert process.stdout.split() == ["False", str(tmp_path)], process.stderr


def test_paths_mean_what_they_mean_here_wherever_a_process_started(tmp_path, monkeypatch):
    """The processes of a cluster start where it was started, and may find another policy under the same name."""
    here, there = tmp_path / "here", tmp_path / "there"
    make_act(here / "act")
    make_act(there / "act", dim_feedforward=24)
    options = EvaluationOptions(checkpoint="act/pretrained_model", time_limit=1, device="cpu")
    monkeypatch.chdir(here)
    with quiet(), contextlib.closing(policy_source(options)) as source:
        config = configuration.describe(options, source.resolve_cfg(), source.identity())
    monkeypatch.chdir(there)
    _Player(options, config, 1, False, str(here))
    assert Path.cwd() == here
    elsewhere = _Player(options, config, 1, False, str(there))
    with pytest.raises(ValueError, match=r"would play another evaluation \(checkpoint_hash was \w+, is \w+\)"):
        elsewhere.about()
    monkeypatch.chdir(here)
    _Player(options, config, 1, False, str(tmp_path / "on another machine"))
    assert Path.cwd() == here


def test_a_team_whose_ray_has_ended_does_not_wait_for_it(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import os, signal, subprocess, time\n"
        "from lerobot_env_leisaac.evaluation import ray_team\n"
        "from lerobot_env_leisaac.evaluation.ray_cluster import connected\n"
        "from lerobot_env_leisaac.evaluation.team import Team\n"
        "class Slow:\n"
        "    def about(self):\n"
        "        return 0\n"
        "    def play(self, numbers, player):\n"
        "        for number in ray_team.given(numbers, player, 1):\n"
        "            time.sleep(600)\n"
        "            yield number\n"
        "    def leave(self):\n"
        "        return 0\n"
        "one = Team('cpu', 1)\n"
        "with connected(one), ray_team.RayTeam(one, Slow, lambda processes: (), 2) as team:\n"
        "    subprocess.run(['pkill', '-KILL', '-x', '-P', str(os.getpid()), 'raylet'], check=True)\n"
        "    list(team.play(range(2)))\n"
    )
    process = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=240)
    assert process.returncode == 1
    assert process.stderr.splitlines()[-1].endswith("ProcessesDied: Ray itself has ended")


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
