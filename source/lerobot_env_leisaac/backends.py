"""The backends of physics and rendering: what each needs, and how it is installed."""

from __future__ import annotations

import ctypes
import importlib.util
from dataclasses import dataclass

REINSTALL = "install lerobot_env_leisaac again: it brings this along"
ISAACSIM = "only for Isaac Sim: in a clone, uv sync --inexact --extra isaacsim"
_OVPHYSX = "only for PhysX without Isaac Sim: in a clone, uv sync --inexact --extra ovphysx"
_NEWTON = "1.6.1"
_OVRTX = "only for RTX without Isaac Sim: uv pip install 'isaaclab[ovrtx]==3.0.0'"


@dataclass(frozen=True)
class Backend:
    """A backend.

    Attributes:
        kind: ``physics`` or ``renderer``.
        preset: Isaac Lab's name of it.
        module: Module that it needs.
        needs_gpu: Whether it runs on a GPU alone.
        remedy: What to do where the module is not installed.
        tested: Version of its distribution, which is called as the module, that was run with the tasks; none was if it
            is empty.
    """

    kind: str
    preset: str
    module: str
    needs_gpu: bool
    remedy: str
    tested: str = ""


BACKENDS = (
    Backend("physics", "newton_mjwarp", "newton", False, REINSTALL, _NEWTON),
    Backend("physics", "isaacsim_physx", "isaacsim", True, ISAACSIM),
    Backend("physics", "ovphysx", "ovphysx", True, _OVPHYSX, "0.6.4"),
    Backend("renderer", "newton_renderer", "newton", False, REINSTALL, _NEWTON),
    Backend("renderer", "isaacsim_rtx", "isaacsim", True, ISAACSIM),
    Backend("renderer", "ovrtx", "ovrtx", True, _OVRTX),
)

_STANDS_FOR = {
    "newton_mjwarp_deterministic": ("newton_mjwarp",),
    "physx": ("isaacsim_physx", "ovphysx"),  # whichever of them is there
}
"""Presets that are no backends of their own, by what they select."""

PHYSX = ("isaacsim_physx", "ovphysx", "physx")
RTX = ("isaacsim_rtx", "ovrtx", "rtx")
"""The presets that select PhysX, and RTX."""


def is_installed(module: str) -> bool:
    """Return whether a module can be found; it is not imported."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # its parent package is not there
        return False


def has_gpu() -> bool:
    """Return whether there is a CUDA device, as NVIDIA's driver says: torch takes seconds to be asked."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    count = ctypes.c_int()
    return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0


def require_usable(kind: str, preset: str) -> None:
    """Refuse a preset whose backend is not installed, or does not run on this machine.

    Raises:
        ValueError: It cannot be used; the message says what to do.
    """
    names = _STANDS_FOR.get(preset, (preset,))
    candidates = [backend for backend in BACKENDS if backend.kind == kind and backend.preset in names]
    installed = [backend for backend in candidates if is_installed(backend.module)]
    if not installed:
        remedies = "; or ".join(backend.remedy for backend in candidates)
        raise ValueError(f"{kind}={preset} is not installed ({remedies})")
    if all(backend.needs_gpu for backend in installed) and not has_gpu():
        raise ValueError(f"{kind}={preset} runs on an NVIDIA GPU alone, and there is none here")
