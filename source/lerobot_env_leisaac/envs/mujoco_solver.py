"""Where MuJoCo Warp is in a running simulation: it is Newton's solver, or that of the arms beside a cloth's."""

from __future__ import annotations

from isaaclab_newton.physics import NewtonManager
from newton.solvers import SolverMuJoCo
from newton.solvers.experimental.coupled import SolverCoupled


def mujoco_solver() -> SolverMuJoCo:
    """Return the solver that MuJoCo Warp's data is in."""
    solver = NewtonManager._solver
    if isinstance(solver, SolverCoupled):
        parts = map(solver.solver, solver.entry_names())
        return next(part for part in parts if isinstance(part, SolverMuJoCo))
    return solver
