"""The demonstrator of each task."""

from .lift_cube import LiftCubeExpert

EXPERTS = {"LiftCube": LiftCubeExpert}
