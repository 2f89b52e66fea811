"""How jaws hold a cloth: what lies between them when they close follows the fixed jaw until they open.

Friction does not do it: in Newton's coupling of jaws and cloth a flat corner slips out of every grip that was tried.
The rule is the same for whoever moves the arm. Its weight, some grams, is not felt by the arm.
"""

from __future__ import annotations

import math
from dataclasses import MISSING

import torch
from isaaclab.assets import Articulation, DeformableObject
from isaaclab.envs import ManagerBasedEnv
from isaaclab.managers import ActionTerm, ActionTermCfg
from isaaclab.utils import configclass
from isaaclab.utils.math import quat_apply, quat_apply_inverse

from lerobot_env_leisaac.robots.so101.jaws import FIXED_FACE_X, TIP_Z

from .constants import constant

GRIPS_BELOW = math.radians(-3.0)
"""Gripper angle below which closing jaws hold what lies between them [rad]: some 8 mm are between them."""

RELEASES_ABOVE = math.radians(2.0)
"""Gripper angle above which opening jaws let go [rad]: some 15 mm."""

RULE = {
    "name": "what is between closed jaws follows them",
    "figures": {"grips_below_deg": math.degrees(GRIPS_BELOW), "releases_above_deg": math.degrees(RELEASES_ABOVE)},
}
"""How results name it."""

_LOWEST = (FIXED_FACE_X - 0.003, -0.010, TIP_Z - 0.005)
_HIGHEST = (FIXED_FACE_X + 0.012, 0.010, TIP_Z + 0.025)
"""What is between closed jaws, in the frame of the gripper body [m]: their width, and up to 25 mm above the tips."""


class Pinch(ActionTerm):
    """Lets the vertices of a cloth that jaws hold follow them, in every physics step; an action has no part in it.

    It needs to be among the actions, whose terms alone are asked in every physics step.
    """

    cfg: PinchCfg

    def __init__(self, cfg: PinchCfg, env: ManagerBasedEnv):
        super().__init__(cfg, env)
        self._cloth: DeformableObject = env.scene[cfg.asset_name]
        robot = env.cfg.spec().robot
        arms: list[Articulation] = [env.scene[name] for name in robot.entities]
        self._hands = [(arm, arm.find_bodies(robot.tool_body)[0][0], arm.find_joints("gripper")[0][0]) for arm in arms]
        count = self._cloth.max_sim_vertices_per_body
        self._held = torch.zeros(len(arms), env.num_envs, count, dtype=torch.bool, device=env.device)
        self._places = torch.zeros(len(arms), env.num_envs, count, 3, device=env.device)
        self._nothing = torch.zeros(env.num_envs, 0, device=env.device)

    @property
    def action_dim(self) -> int:
        """None of an action's numbers."""
        return 0

    @property
    def raw_actions(self) -> torch.Tensor:
        """Shape is (N, 0)."""
        return self._nothing

    @property
    def processed_actions(self) -> torch.Tensor:
        """Shape is (N, 0)."""
        return self._nothing

    @property
    def held(self) -> torch.Tensor:
        """Which vertices each of the robot's arms holds. Shape is (arms, N, V), bool."""
        return self._held

    def reset(self, env_ids: torch.Tensor | slice | None = None) -> None:
        """Let go, in environments that start an episode."""
        self._held[:, slice(None) if env_ids is None else env_ids] = False
        self._write(self._cloth.data.nodal_pos_w.torch)

    def process_actions(self, actions: torch.Tensor) -> None:
        """Take no numbers."""

    def apply_actions(self) -> None:
        """Grip, let go, and move what is held."""
        vertices = self._cloth.data.nodal_pos_w.torch
        targets = vertices
        lowest, highest = constant((_LOWEST, _HIGHEST), self.device)
        free = ~self._held.any(dim=0)
        for hand, (arm, gripper, jaw) in enumerate(self._hands):
            pose, angle = arm.data.body_pose_w.torch[:, gripper], arm.data.joint_pos.torch[:, jaw, None]
            position, turn = pose[:, None, :3], pose[:, None, 3:].expand(-1, vertices.shape[1], -1)
            places = quat_apply_inverse(turn, vertices - position)
            between = ((places > lowest) & (places < highest)).all(dim=-1)
            was_empty = ~self._held[hand].any(dim=1, keepdim=True)
            taken = between & free & was_empty & (angle < GRIPS_BELOW)
            self._places[hand] = torch.where(taken[..., None], places, self._places[hand])
            self._held[hand] = (self._held[hand] | taken) & (angle < RELEASES_ABOVE)
            free = free & ~taken
            moved = position + quat_apply(turn, self._places[hand])
            targets = torch.where(self._held[hand][..., None], moved, targets)
        self._write(targets)

    def _write(self, targets: torch.Tensor) -> None:
        """Say where each vertex that is held shall be, and that the others move freely."""
        is_free = (~self._held.any(dim=0)).to(targets.dtype)
        self._cloth.write_nodal_kinematic_target_to_sim_index(torch.cat([targets, is_free[..., None]], dim=-1))


@configclass
class PinchCfg(ActionTermCfg):
    """A cloth that jaws can hold, by its name in the scene."""

    class_type: type = Pinch
    asset_name: str = MISSING  # type: ignore[assignment] # Isaac Lab's way to ask for it
