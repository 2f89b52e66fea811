"""The order in which MuJoCo Warp sums: on a CPU one that other environments do not change.

With a sparse Jacobian the solver shares the constraints of an environment out among groups of threads, the fewer the
more environments there are, and each group adds its own to the Hessian. Among another number of environments the same
numbers are added in another order, last bits differ, and a grasp goes another way. On a CPU, where threads run one
after another, one group is as fast and adds in one order.
"""

from __future__ import annotations

import mujoco_warp._src.solver as solver

_shared_out = solver._jtdaj_groups_per_world


def order_sums(device: str) -> None:
    """Let the solver of environments that are built from now on sum in an order of their own on a CPU."""
    solver._jtdaj_groups_per_world = _one_group if device == "cpu" else _shared_out


def _one_group(num_envs: int, max_constraints: int) -> int:
    return 1
