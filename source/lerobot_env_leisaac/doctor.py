"""What this installation has, what it lacks, and what to do about it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .assets import paths

Status = Literal["ok", "absent", "problem"]

_PACKAGES = ("lerobot_env_leisaac", "isaaclab", "newton", "warp-lang", "lerobot", "torch", "gymnasium", "transformers")
_BACKENDS = (
    ("physics newton_mjwarp", "newton", None),
    ("physics ovphysx", "ovphysx", "uv sync --extra ovphysx"),
    ("physics isaacsim_physx", "isaacsim", "uv sync --extra isaacsim"),
    ("renderer newton_renderer", "newton", None),
    ("renderer ovrtx", "ovrtx", "pip install ovrtx from NVIDIA's package index"),
    ("renderer isaacsim_rtx", "isaacsim", "uv sync --extra isaacsim"),
)


@dataclass(frozen=True)
class Check:
    """One line of the report.

    Attributes:
        name: What was looked at.
        status: ``ok``, ``absent`` (optional and not there) or ``problem``.
        found: What was found.
        advice: What to do about it; empty when there is nothing to do.
    """

    name: str
    status: Status
    found: str
    advice: str = ""


def examine() -> Iterator[Check]:
    """Yield the checks one by one; none of them raises."""
    yield Check("python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    for name in _PACKAGES:
        yield _package(name)
    yield _gpu()
    for name, module, install in _BACKENDS:
        yield _backend(name, module, install)
    yield _kit()
    for name in paths.NAMES:
        yield _asset(name)
    yield _writable("write access here", Path.cwd())
    yield _writable("kernel cache", _kernel_cache())


def _package(name: str) -> Check:
    try:
        return Check(name, "ok", importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Check(name, "problem", "not installed", "uv sync, or pip install lerobot_env_leisaac again")


def _gpu() -> Check:
    import torch

    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
        return Check("gpu", "ok", ", ".join(names))
    advice = "everything runs on the CPU, slowly; for speed use a machine with an NVIDIA GPU and driver"
    return Check("gpu", "absent", "no CUDA device", advice)


def _backend(name: str, module: str, install: str | None) -> Check:
    if importlib.util.find_spec(module) is not None:
        return Check(name, "ok", "installed")
    if install is None:
        return Check(name, "problem", "not installed", "uv sync, or pip install lerobot_env_leisaac again")
    return Check(name, "absent", "not installed", f"only if you want it: {install}")


def _kit() -> Check:
    if not any(_has(module) for module in ("isaacsim", "omni.kit_app")):
        return Check("kit", "absent", "not installed", "only for Isaac Sim's extension manager: uv sync --extra isaacsim")
    if os.environ.get("OMNI_KIT_ACCEPT_EULA", "").lower() not in ("y", "yes", "1"):
        return Check("kit", "problem", "licence not accepted", "read NVIDIA's licence, then set OMNI_KIT_ACCEPT_EULA=YES")
    return Check("kit", "ok", "installed, licence accepted")


def _has(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # the parent package is not there
        return False


def _asset(name: str) -> Check:
    try:
        asset = paths.resolve(name)
    except FileNotFoundError as error:
        return Check(f"asset {name}", "problem", "missing", str(error))
    return Check(f"asset {name}", "ok", f"{asset.path} ({asset.source})")


def _kernel_cache() -> Path:
    return Path(os.environ.get("WARP_CACHE_PATH", "~/.cache/warp")).expanduser()


def _writable(name: str, folder: Path) -> Check:
    existing = next(place for place in (folder, *folder.parents) if place.is_dir())
    try:
        with tempfile.NamedTemporaryFile(dir=existing):
            return Check(name, "ok", str(folder))
    except OSError as error:
        return Check(name, "problem", f"{folder}: {error.strerror}", f"make {existing} writable, or work elsewhere")
