"""A step of Newton on a CPU as one recorded graph, as Isaac Lab has it on a GPU.

A step launches hundreds of kernels, which for a few environments takes Python several times as long as the kernels do.
Warp also records on a CPU and repeats from C++ what it recorded: the same kernels in the same order, and so the same
numbers to the last bit. Isaac Lab records on GPUs alone.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import warp as wp
from isaaclab.physics import PhysicsManager
from isaaclab_newton.physics import NewtonManager

_READY = object()
"""Stands in the graph's place once a step was simulated, which allocates what a recording needs."""


def record_steps(device: str) -> None:
    """Let steps of environments that are built from now on be recorded if they run on a CPU.

    ``sim.physics.use_cuda_graph``, whose name says less than it does, turns that off as it does on a GPU.
    """
    for name, simulate in _steps().items():
        setattr(NewtonManager, name, classmethod(_recorded(simulate) if device == "cpu" else simulate))


@functools.cache  # before they are replaced for the first time
def _steps() -> dict[str, Callable[[Any], None]]:
    """Return Isaac Lab's functions that simulate a step, kernel by kernel, by their names."""
    return {name: NewtonManager.__dict__[name].__func__ for name in ("_simulate_full", "_simulate_physics_only")}


def _recorded(simulate: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return what simulates a step kernel by kernel once, then records one, and from then on repeats it.

    The graph is where Isaac Lab keeps a GPU's, so that it drops the one when it would drop the other.
    """

    @functools.wraps(simulate)
    def step(manager: Any) -> None:
        if NewtonManager._graph is None:
            simulate(manager)
            if PhysicsManager._cfg.use_cuda_graph:
                NewtonManager._graph = _READY
            return
        if NewtonManager._graph is _READY:
            try:
                with wp.ScopedCapture(device="cpu") as capture:
                    simulate(manager)
            except Exception as error:
                why = " ".join(str(error).split())
                raise RuntimeError(
                    f"a step cannot be recorded ({why}): set sim.physics.use_cuda_graph=false"
                ) from error
            NewtonManager._graph = capture.graph
        wp.capture_launch(NewtonManager._graph)

    return step
