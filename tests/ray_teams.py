"""Commands that play in two processes of Ray, as their tests start them."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Team:
    """A command that plays.

    Attributes:
        process: Its own process.
        children: All that it has started.
        players: The two of them that play.
    """

    process: subprocess.Popen
    children: list[psutil.Process]
    players: list[psutil.Process]

    def kill_the_busier(self) -> None:
        """Kill the player that has done more."""
        max(self.players, key=lambda player: player.cpu_times().user).kill()


def start_team(arguments: list, said: Path, *, begins: str, player: str, after_s: float) -> Team:
    """Start a command of two processes, and return when it plays.

    Args:
        arguments: What follows `leisaac`.
        said: File for its stderr.
        begins: What it says there when the first player is ready, and begins.
        player: Class of what plays.
        after_s: How long it has played then [s].
    """
    with open(said, "w") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "lerobot_env_leisaac.cli", *arguments],
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            stdout=subprocess.DEVNULL,
            stderr=err,
        )
    while begins not in said.read_text():
        assert process.poll() is None, said.read_text()
        time.sleep(0.05)
    time.sleep(after_s)
    children = psutil.Process(process.pid).children(recursive=True)
    players = [child for child in children if child.name().startswith(f"ray::{player}")]
    assert len(players) == 2
    return Team(process, children, players)
