"""Terms of the pick-orange task; Isaac Lab's own come from :mod:`isaaclab.envs.mdp`."""

from .rewards import grasp_point_near_next_object, objects_on_plate

__all__ = ["grasp_point_near_next_object", "objects_on_plate"]
