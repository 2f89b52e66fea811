"""Where MuJoCo Warp is in a running simulation: it is Newton's solver, or that of the arms beside a cloth's."""

from __future__ import annotations

from typing import Any

from isaaclab_newton.physics import NewtonManager
from newton.solvers.experimental.coupled import SolverCoupled

from lerobot_env_leisaac.tasks.common.cloth import RIGID


def mujoco_solver() -> Any:
    """Return the solver that MuJoCo Warp's data is in."""
    solver = NewtonManager._solver
    return solver.solver(RIGID) if isinstance(solver, SolverCoupled) else solver
