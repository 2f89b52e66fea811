"""When an episode cannot go on."""

from __future__ import annotations

import torch
from isaaclab.assets import Articulation
from isaaclab.envs import ManagerBasedRLEnv
from isaaclab.managers import SceneEntityCfg


def diverged(env: ManagerBasedRLEnv, robot_cfg: SceneEntityCfg, object_cfgs: list[SceneEntityCfg]) -> torch.Tensor:
    """Return whether the physics of an environment broke down: a position that is no number. Shape is (N,), bool."""
    robot: Articulation = env.scene[robot_cfg.name]
    total = robot.data.joint_pos.torch.sum(dim=-1)
    for object_cfg in object_cfgs:
        total = total + env.scene[object_cfg.name].data.root_pose_w.torch.sum(dim=-1)
    return ~torch.isfinite(total)
