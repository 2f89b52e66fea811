"""What ``isaaclab play`` does for RSL-RL: Isaac Lab's own backend, with the checkpoints that ship with our tasks."""

from isaaclab_rl.entrypoints.backends import play_rsl_rl

from .isaaclab_rsl_rl import with_pretrained


def run(argv: list[str]) -> None:
    """Play a checkpoint of RSL-RL; Isaac Lab calls this with the command line of ``isaaclab play``."""
    play_rsl_rl.run(with_pretrained(argv))
