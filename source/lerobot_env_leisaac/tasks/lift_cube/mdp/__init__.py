"""Terms of the lift-cube task; Isaac Lab's own come from :mod:`isaaclab.envs.mdp`."""

from .observations import cube_grasped, cube_pose_in_base, grasp_point_to_cube
from .terminations import cube_lifted

__all__ = [
    "cube_grasped",
    "cube_lifted",
    "cube_pose_in_base",
    "grasp_point_to_cube",
]
