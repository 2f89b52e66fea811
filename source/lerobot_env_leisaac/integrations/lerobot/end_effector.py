"""From steps of the gripper in space, which LeRobot's gamepad and keyboard give, to joint positions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from isaaclab.utils.math import matrix_from_euler, quat_apply, subtract_frame_transforms

from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
from lerobot_env_leisaac.experts.grasp_kinematics import GraspKinematics

STEP = 0.005
"""How far a full step goes [m]: 0.15 m/s."""

_LEAD = 0.05
"""How far the goal is ahead of the gripper at most [m]: what cannot be reached is not asked for ever farther."""

_AXES = ("delta_x", "delta_y", "delta_z")
_GRIPPER_STEPS = 15
"""Steps from open to closed: half a second."""


class EndEffectorSteps:
    """Keeps the place where the point between the jaws shall be, fingers down, and moves it step by step."""

    def __init__(self, env: LeRobotEnv):
        """Build the solver for the first environment of ``env``."""
        self._env = env
        spec = env.robot
        self._robot = env.scene["robot"]
        self._bodies = [self._robot.find_bodies(name)[0][0] for name in (spec.base_body, spec.tool_body)]
        self._kinematics = GraspKinematics(
            spec, self._robot.cfg, spec.grasp_point, 1, env.device, orientation_weight=0.02
        )
        yaw = torch.tensor([spec.model(self._robot.cfg).reach_yaw], device=env.device)
        columns, _ = self._robot.find_joints(spec.joint_names, preserve_order=True)
        self._limits = self._robot.data.joint_pos_limits.torch[0, columns]
        self._to_base = matrix_from_euler(torch.nn.functional.pad(yaw, (2, 0)), "XYZ")
        self._arm, (self._gripper,) = spec.columns("arm"), spec.columns("gripper")
        self._point: torch.Tensor | None = None

    def begin(self) -> None:
        """Start from where the gripper is at the next step."""
        self._point = None

    def move(self, action: Mapping[str, Any], target: torch.Tensor) -> torch.Tensor:
        """Take a step.

        Args:
            action: ``delta_x`` along the arm's reach, ``delta_y`` to its left, ``delta_z`` up, each -1 to 1, and
                ``gripper``: 0 closes, 1 stays, 2 opens.
            target: Joint position targets so far [rad]. Shape is (C,).

        Returns:
            Joint position targets [rad], no farther away than the servos can follow. Shape is (C,).
        """
        step = torch.tensor([float(action.get(axis, 0)) for axis in _AXES], device=target.device).clamp(-1, 1)
        step = self._to_base @ step
        goal = target.clone()
        if step.any():
            now = self._now()
            ahead = (now if self._point is None else self._point) + STEP * step - now
            self._point = now + ahead * (_LEAD / ahead.norm()).clamp(max=1.0)
            direction = torch.atan2(self._point[1], self._point[0])[None]
            joints = self._kinematics.solve(self._point[None], direction, self._kinematics.neutral(direction))[0]
            farthest = self._env.robot.plan_speed * self._env.step_dt
            goal[self._arm] += (joints - target)[self._arm].clamp(-farthest, farthest)
        low, high = self._limits[self._gripper]
        gripper = float(action.get("gripper", 1))
        if 0 <= gripper <= 2:  # LeRobot 0.6.1's keyboard says -1 when the key that closes is released
            goal[self._gripper] += (gripper - 1) * (high - low) / _GRIPPER_STEPS
        return goal

    def _now(self) -> torch.Tensor:
        """Return where the point between the jaws is, base frame [m]. Shape is (3,)."""
        base, gripper = self._robot.data.body_pose_w.torch[0, self._bodies]
        position, orientation = subtract_frame_transforms(
            base[None, :3], base[None, 3:], gripper[None, :3], gripper[None, 3:]
        )
        return (position + quat_apply(orientation, torch.tensor([self._env.robot.grasp_point], device=base.device)))[0]
