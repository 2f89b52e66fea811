"""Draw the learning curves of what `isaaclab train` (RSL-RL) printed.

isaaclab train --task LeIsaac-SO101-LiftCube-v0 --num_envs 4096 --viz none | tee train.log
python scripts/plot_training.py --logs train.log --out curve.png
"""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib
import tyro

matplotlib.use("Agg")
from matplotlib import pyplot as plt

_ITERATION = re.compile(r"Learning iteration \d+/")
_STEPS = re.compile(r"Total steps: (\d+)")
_SUCCESS = re.compile(r"Episode_Termination/success: ([\d.]+)")


def main(logs: tuple[Path, ...], out: Path, names: tuple[str, ...] = ()) -> None:
    """Draw, for each log, the share of episodes that ended in success over the steps of training.

    Args:
        logs: What training printed, a file a run.
        out: The picture.
        names: What the legend says, a name a file; the files' by default.
    """
    figure, axes = plt.subplots(figsize=(7.0, 3.6), layout="constrained")
    for log, name in zip(logs, names or [log.stem for log in logs], strict=True):
        points = [
            (int(steps[1]) / 1e6, 100 * float(success[1]))
            for block in _ITERATION.split(log.read_text())[1:]
            if (steps := _STEPS.search(block)) and (success := _SUCCESS.search(block))
        ]
        axes.plot(*zip(*points, strict=True), label=name, linewidth=1.5)
    axes.set(xlabel="steps of all environments [million]", ylabel="episodes that succeed [%]", ylim=(0, 100))
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper left")
    figure.savefig(out, dpi=120)


if __name__ == "__main__":
    tyro.cli(main)
