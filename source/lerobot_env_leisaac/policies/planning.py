"""How a policy plans: how many actions at once, from what noise, and with what memory."""

from __future__ import annotations

from lerobot.configs import PreTrainedConfig

_ALWAYS_LOCK_STEP = ("diffusion", "gaussian_actor", "lingbot_va", "multi_task_dit", "tdmpc", "vqbet")
"""Policy types of LeRobot 0.6.1 that may take one observation but plan only through their own memory of the batch."""

_FLOW_MATCHING = ("smolvla", "pi0", "pi05")
"""Policy types of LeRobot 0.6.1 that make a chunk from noise that can be given, (chunk_size, max_action_dim) a row."""


def chunk_size(config: PreTrainedConfig) -> int:
    """Return how many actions a policy can play from one prediction."""
    for name in ("chunk_size", "action_chunk_size"):
        if hasattr(config, name):
            return getattr(config, name)
    if hasattr(config, "horizon"):  # a plan that begins with the oldest observation
        return config.horizon - config.n_obs_steps + 1
    return getattr(config, "n_action_steps", 1)


def n_action_steps(config: PreTrainedConfig) -> int:
    """Return how many actions of a chunk are to be played before the next prediction."""
    return getattr(config, "n_action_steps", chunk_size(config))


def needs_lock_step(config: PreTrainedConfig) -> bool:
    """Return whether a policy keeps a memory of the whole batch."""
    ensembles = getattr(config, "temporal_ensemble_coeff", None) is not None
    return config.n_obs_steps > 1 or ensembles or config.type in _ALWAYS_LOCK_STEP


def noise_shape(config: PreTrainedConfig) -> tuple[int, ...] | None:
    """Return the shape of the noise that one environment's chunk is made from; None where none can be given."""
    if config.type in _FLOW_MATCHING:
        return config.chunk_size, config.max_action_dim
    return None
