"""PPO on the state observations, with RSL-RL: what the agents of all tasks have in common."""

from dataclasses import field

import torch
from isaaclab.utils import configclass
from isaaclab_rl.rsl_rl import RslRlMLPModelCfg, RslRlOnPolicyRunnerCfg, RslRlPpoAlgorithmCfg

from .rsl_rl_step_model import StepModelCfg


@configclass
class PPORunnerCfg(RslRlOnPolicyRunnerCfg):
    """A small network, for a few thousand environments."""

    # Isaac Lab's default is a GPU, and RSL-RL fails where there is none
    device: str = field(default_factory=lambda: "cuda:0" if torch.cuda.is_available() else "cpu")
    num_steps_per_env = 24
    max_iterations = 1000
    save_interval = 50
    actor = StepModelCfg(
        hidden_dims=[256, 128, 64],
        activation="elu",
        obs_normalization=True,
        distribution_cfg=StepModelCfg.GaussianDistributionCfg(init_std=0.1, std_type="log"),
    )
    critic = RslRlMLPModelCfg(hidden_dims=[256, 128, 64], activation="elu", obs_normalization=True)
    algorithm = RslRlPpoAlgorithmCfg(
        value_loss_coef=1.0,
        # clipping by clip_param would let a value follow returns of 20 by 0.2 an iteration
        use_clipped_value_loss=False,
        clip_param=0.2,
        entropy_coef=0.002,
        num_learning_epochs=5,
        num_mini_batches=4,
        learning_rate=1.0e-3,
        schedule="adaptive",
        gamma=0.98,
        lam=0.95,
        desired_kl=0.02,
        max_grad_norm=1.0,
    )
