"""Measure what more GPUs, or more processors, give: the same evaluation by one process and by several.

    python scripts/benchmark_processes.py --gpus 1 2 --episodes 4000 --num-envs 256
    python scripts/benchmark_processes.py --cpus 1 2 --episodes 40 --num-envs 4 --time-limit 4

Each row is a `leisaac eval` of its own, with Ray also for one process. *Same* are episodes that go as they do in the
first row: all of them on processors, and on GPUs those whose sums came in an order that did not matter.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import tyro

from lerobot_env_leisaac.evaluation.episode_log import read_episodes


def main(
    gpus: tuple[int, ...] = (),
    cpus: tuple[int, ...] = (),
    checkpoint: str = "packaged",
    episodes: int = 2000,
    num_envs: int = 256,
    time_limit: float | None = None,
    seed: int = 11,
) -> None:
    """Measure.

    Args:
        gpus: Numbers of GPUs.
        cpus: Numbers of processes on processors.
        checkpoint: Policy.
        episodes: How many episodes.
        num_envs: Environments of each process.
        time_limit: Longest episode [s].
        seed: Seed.
    """
    print(
        "| processes | successes | wall time | env-steps/s | times the first | start-up | same |\n" + "|---" * 7 + "|"
    )
    first: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for option, counts in (("--gpus", gpus), ("--cpus", cpus)):
            for count in counts:
                out = Path(folder, f"{option}{count}")
                command = [
                    "leisaac",
                    "eval",
                    "--checkpoint",
                    checkpoint,
                    "--out",
                    str(out),
                    "--no-report",
                    option,
                    str(count),
                ]
                command += ["--episodes", str(episodes), "--num-envs", str(num_envs), "--seed", str(seed)]
                command += [] if time_limit is None else ["--time-limit", str(time_limit)]
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                summary = json.loads((out / "summary.json").read_text())
                played, timing = read_episodes(out / "episodes.jsonl"), summary["timing"]
                first = first or {"played": played, "speed": timing["env_steps_per_s"]}
                same = sum(first["played"][number] == episode for number, episode in played.items())
                print(
                    f"| {count} ({option[2:]}) | {summary['successes']} of {episodes} | {timing['wall_s']:.1f} s "
                    f"| {timing['env_steps_per_s']:,.0f} | {timing['env_steps_per_s'] / first['speed']:.2f} "
                    f"| {timing['startup_s']:.1f} s | {same} |",
                    flush=True,
                )


if __name__ == "__main__":
    tyro.cli(main)
