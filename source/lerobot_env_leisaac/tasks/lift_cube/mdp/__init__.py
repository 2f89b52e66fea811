"""Terms of the lift-cube task; Isaac Lab's own come from :mod:`isaaclab.envs.mdp`."""

from .observations import cube_pose_in_base, grasp_point_to_cube
from .rewards import cube_grasped, cube_height_progress, cube_near_grasp_point, joint_vel_l2
from .terminations import cube_lifted

__all__ = [
    "cube_grasped",
    "cube_height_progress",
    "cube_lifted",
    "cube_near_grasp_point",
    "cube_pose_in_base",
    "grasp_point_to_cube",
    "joint_vel_l2",
]
