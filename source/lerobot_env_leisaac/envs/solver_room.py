"""Whether Newton's solver had room for all contacts: it drops those beyond, and things sink into each other."""

from __future__ import annotations

import math
import warnings
from typing import Any

import torch
import warp as wp
from isaaclab_newton.physics import NewtonCfg, NewtonManager

from .mujoco_solver import mujoco_solver

_ROWS, _ITERATIONS = 1 << 0, 1 << 9
"""MuJoCo Warp's overflow flags, which stay set: no room for all rows of constraints, too few iterations."""


class SolverRoom:
    """Watches contacts, rows of constraints and iterations of a run, and warns once if they were too many.

    The solver itself prints a line at each step, to the process's stdout, and goes on.
    """

    def __init__(self, physics: Any, num_envs: int):
        """Begin to watch.

        Args:
            physics: The environment's physics, which need not be Newton's.
            num_envs: Number of environments.
        """
        self._num_envs = num_envs
        self._is_watching = isinstance(physics, NewtonCfg)
        if not self._is_watching:
            return
        solver = mujoco_solver()
        self._room = solver.mjw_data
        found = self._room.nacon if solver._use_mujoco_contacts else NewtonManager.get_contacts().rigid_contact_count
        self._contacts = wp.to_torch(found)
        self._flags = wp.to_torch(self._room.overflow)
        self._most = torch.zeros_like(self._contacts)

    def note(self) -> None:
        """Keep the number of contacts of the last step if it is the highest; the host does not wait for it."""
        if self._is_watching:
            torch.maximum(self._most, self._contacts, out=self._most)

    def warn(self) -> None:
        """Warn, the first time that there is reason to, with the number to raise; the host waits for the device."""
        if not self._is_watching:
            return
        flags = (self._flags[:, None] & self._flags.new_tensor([_ROWS, _ITERATIONS])).amax(dim=0)
        contacts, rows, iterations = torch.cat([self._most, flags]).tolist()
        reasons = []
        if contacts > self._room.naconmax:
            reasons.append(
                f"{math.ceil(contacts / self._num_envs)} contacts an environment where it has room for"
                f" {self._room.naconmax // self._num_envs} (max_contacts of the task, or"
                " sim.physics.solver_cfg.nconmax)"
            )
        if rows:
            reasons.append(
                f"more than the {self._room.njmax} rows of constraints it has room for (max_constraints of the task, or"
                " sim.physics.solver_cfg.njmax)"
            )
        if iterations:
            reasons.append("more iterations than it may take (sim.physics.solver_cfg.iterations)")
        if reasons:
            self._is_watching = False
            warnings.warn(
                f"the physics is not to be trusted, the solver needs {', and '.join(reasons)}: raise it", stacklevel=2
            )
