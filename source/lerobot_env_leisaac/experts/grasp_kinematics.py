"""Inverse kinematics of top-down grasps, for many environments at once."""

from __future__ import annotations

import newton
import newton.ik
import torch
import warp as wp
from isaaclab.assets import ArticulationCfg

from lerobot_env_leisaac.robots.spec import RobotSpec


class GraspKinematics:
    """Finds joint positions that bring the point between the jaws to a place, fingers down if they reach.

    It wraps Newton's batched Levenberg-Marquardt solver on the robot's own file, with the base held as the scene holds
    it, so that it follows whichever robot the scene uses. One that drives stands while it grasps.
    """

    def __init__(
        self,
        robot: RobotSpec,
        robot_cfg: ArticulationCfg,
        grasp_point: tuple[float, float, float],
        num_envs: int,
        device: str,
        orientation_weight: float,
    ):
        """Build the solver.

        Args:
            robot: The robot.
            robot_cfg: The scene's robot.
            grasp_point: Point between the jaws in the gripper body's frame [m].
            num_envs: How many grasps are solved together.
            device: Device of the tensors that go in and come out.
            orientation_weight: How much a radian of orientation error costs against a metre of position error.
        """
        builder = newton.ModelBuilder()
        builder.add_usd(robot_cfg.spawn.usd_path, floating=False)
        model = builder.finalize(device=device)
        self._reach_yaw = robot.model(robot_cfg).reach_yaw
        self._neutral = torch.tensor(robot.neutral, device=device)
        first_coordinate = model.joint_q_start.numpy()
        self._columns = [int(first_coordinate[_index(model.joint_label, name)]) for name in robot.joint_names]
        gripper = _index(model.body_label, robot.tool_body)
        self._positions = torch.zeros(num_envs, 3, device=device)
        self._rotations = torch.zeros(num_envs, 4, device=device)
        self._joint_pos = torch.zeros(num_envs, model.joint_coord_count, device=device)
        objectives = [
            newton.ik.IKObjectivePosition(
                gripper, wp.vec3(*grasp_point), wp.from_torch(self._positions, dtype=wp.vec3)
            ),
            newton.ik.IKObjectiveRotation(
                gripper,
                wp.quat(0.0, 0.0, 0.0, 1.0),
                wp.from_torch(self._rotations, dtype=wp.vec4),
                weight=orientation_weight,
            ),
            newton.ik.IKObjectiveJointLimit(model.joint_limit_lower, model.joint_limit_upper, weight=1.0),
        ]
        # kept, for the graph works in its memory
        arm = torch.zeros(model.joint_dof_count, dtype=torch.bool, device=device)
        arm[self._columns] = True  # a joint of these robots has one coordinate and one degree of freedom
        self._solver = newton.ik.IKSolver(
            model,
            num_envs,
            objectives,
            jacobian_mode=newton.ik.IKJacobianType.ANALYTIC,
            joint_dof_mask=wp.from_torch(arm, dtype=wp.bool),
        )
        joint_pos = wp.from_torch(self._joint_pos)
        # a search launches hundreds of kernels, each of which takes longer to launch than to run: played as one graph
        with wp.ScopedCapture(device) as capture:
            self._solver.reset()
            self._solver.step(joint_pos, joint_pos, iterations=40)
        self._search = capture.graph

    def neutral(self, direction: torch.Tensor) -> torch.Tensor:
        """Return where a search for a grasp in some direction had better begin [rad]: elbow up, fingers down.

        Args:
            direction: About the vertical, from the +X axis of the base frame [rad]. Shape is (N,).

        Returns:
            Joint positions. Shape is (N, J).
        """
        start = self._neutral.repeat(len(direction), 1)
        start[:, 0] = self._reach_yaw - direction  # the pan joint's axis points down
        return start

    def solve(self, positions: torch.Tensor, yaw: torch.Tensor, start: torch.Tensor) -> torch.Tensor:
        """Solve for the joint positions of a grasp.

        Args:
            positions: Where the point between the jaws shall be, base frame [m]. Shape is (N, 3).
            yaw: Direction in which the jaws open, about the vertical [rad]. Shape is (N,).
            start: Joint positions to begin the search with [rad]. Shape is (N, J).

        Returns:
            Joint positions [rad]. Shape is (N, J).
        """
        self._positions[:] = positions
        self._rotations.zero_()
        self._rotations[:, 2], self._rotations[:, 3] = torch.sin(yaw / 2), torch.cos(yaw / 2)
        self._joint_pos[:, self._columns] = start
        wp.capture_launch(self._search)
        return self._joint_pos[:, self._columns]


def _index(labels: list[str], name: str) -> int:
    """Return the index of the label whose last path element is ``name``."""
    return [label.rsplit("/", 1)[-1] for label in labels].index(name)
