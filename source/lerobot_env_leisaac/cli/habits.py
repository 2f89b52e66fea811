"""Options of LeRobot's and Isaac Lab's commands that people try here, and what does the same here."""

from __future__ import annotations

from collections.abc import Sequence

_SAME = {
    "--policy.path": "use --checkpoint DIR",
    "--policy.pretrained_path": "use --checkpoint DIR",
    "--policy.device": "use --device cpu or cuda:<index>",
    "--policy.n_action_steps": "use --n-action-steps INT",
    "--env.type": "leave it out: every environment here is LeIsaac's",
    "--env.task": "use --task NAME",
    "--env.units": "use --units NAME",
    "--env.cameras": "use --cameras NAME NAME",
    "--env.image_size": "use --image-size HEIGHT WIDTH",
    "--env.instruction": "use --instruction TEXT",
    "--env.episode_length": "use --time-limit SECONDS",
    "--env.variation": "use --variation NAME",
    "--env.device": "use --device cpu or cuda:<index>",
    "--eval.n_episodes": "use --episodes INT",
    "--eval.batch_size": "use --num-envs INT",
    "--output_dir": "use --out DIR",
    "--dataset.repo_id": "use --out DIR; check and replay take the dataset's folder or id without an option",
    "--dataset.root": "use --out DIR; check and replay take the dataset's folder or id without an option",
    "--dataset.num_episodes": "use --episodes INT",
    "--dataset.rgb_encoder.vcodec": "use --vcodec av1 or h264",
    "--dataset.single_task": "use --task NAME",
    "--headless": "leave it out: no window opens without --viz",
    "--enable_cameras": "leave it out: cameras are on where they are needed",
    "--livestream": "use --viz viser, a page for a browser",
    "--max_iterations": "use isaaclab train, which trains by reinforcement learning",
}
_FAMILIES = ("--policy.", "--env.", "--eval.", "--dataset.", "--robot.", "--teleop.")
"""What the names of LeRobot's options begin with."""


def answer(argv: Sequence[str]) -> str | None:
    """Return what to write instead of the first option that belongs to another program; None where there is none."""
    for argument in argv:
        name = argument.partition("=")[0]
        known = name.replace("-", "_").replace("__", "--", 1)
        if known in _SAME:
            return f"{name} is no option here: {_SAME[known]}"
        if name.startswith(_FAMILIES):
            return f"{name} is an option of LeRobot's commands alone: see --help for those of leisaac"
    return None
