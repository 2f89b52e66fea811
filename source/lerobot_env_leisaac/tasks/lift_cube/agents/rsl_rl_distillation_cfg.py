"""Distillation of the actor that knows the cube's pose into one that sees by the wrist camera alone, with RSL-RL."""

from dataclasses import field

import torch
from isaaclab.utils import configclass
from isaaclab_rl.rsl_rl import (
    RslRlCNNModelCfg,
    RslRlDistillationAlgorithmCfg,
    RslRlDistillationRunnerCfg,
)

from .rsl_rl_ppo_cfg import LiftCubePPORunnerCfg


@configclass
class LiftCubeDistillationRunnerCfg(RslRlDistillationRunnerCfg):
    """The student acts, and learns what the teacher would have done; what it observes comes with ``presets=wrist``."""

    # Isaac Lab's default is a GPU, and RSL-RL fails where there is none
    device: str = field(default_factory=lambda: "cuda:0" if torch.cuda.is_available() else "cpu")
    num_steps_per_env = 24
    max_iterations = 1500
    save_interval = 100
    experiment_name = "leisaac_lift_cube_wrist"
    obs_groups = {"student": ["proprioception", "wrist"], "teacher": ["policy"]}  # noqa: RUF012 - Isaac Lab copies it
    student = RslRlCNNModelCfg(
        hidden_dims=[256, 128],
        activation="elu",
        obs_normalization=True,
        distribution_cfg=RslRlCNNModelCfg.GaussianDistributionCfg(init_std=0.05, std_type="log"),
        cnn_cfg=RslRlCNNModelCfg.CNNCfg(
            output_channels=[32, 64, 64], kernel_size=[5, 3, 3], stride=[2, 2, 2], activation="elu"
        ),
    )
    teacher = LiftCubePPORunnerCfg().actor
    algorithm = RslRlDistillationAlgorithmCfg(
        num_learning_epochs=2, learning_rate=5.0e-4, gradient_length=4, max_grad_norm=1.0, loss_type="huber"
    )
