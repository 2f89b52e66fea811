"""An environment in which neither success nor time ends an episode: somebody else says when it is over."""

from __future__ import annotations

import torch
from isaaclab.managers import TerminationTermCfg

from .episodic_env import EpisodicEnv


def end_neither_on_success_nor_in_time(env: EpisodicEnv) -> TerminationTermCfg:
    """Keep success and the time limit from ending episodes; what diverges still ends. Returns the success term."""
    terminations = env.termination_manager
    success: TerminationTermCfg = terminations.get_term_cfg("success")
    for name, time_out in (("success", False), ("time_out", True)):
        terminations.set_term_cfg(name, TerminationTermCfg(func=_never, time_out=time_out))
    return success


def _never(env: EpisodicEnv) -> torch.Tensor:
    return torch.zeros(env.num_envs, dtype=torch.bool, device=env.device)
