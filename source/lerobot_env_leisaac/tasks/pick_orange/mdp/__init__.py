"""Terms of the pick-orange task; Isaac Lab's own come from :mod:`isaaclab.envs.mdp`."""

from .observations import grasp_point_in_base, position_in_base
from .rewards import grasp_point_near_next_object, objects_on_plate
from .terminations import diverged

__all__ = [
    "diverged",
    "grasp_point_in_base",
    "grasp_point_near_next_object",
    "objects_on_plate",
    "position_in_base",
]
