"""What this installation has, what it lacks, and what to do about it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.assets.files import AssetFile, resolve
from lerobot_env_leisaac.backends import BACKENDS, ISAACSIM, REINSTALL, Backend, is_installed
from lerobot_env_leisaac.versions import own_version

Status = Literal["ok", "absent", "problem"]

_PACKAGES = ("isaaclab", "newton", "warp-lang", "lerobot", "torch", "gymnasium", "transformers")


_EXTRAS = {
    "ray": ("ray",),
    "server": ("msgpack", "websockets", "pyzmq"),
    "async": ("grpcio",),
    "train": ("accelerate",),
    "viewers": ("viser",),
}
"""What commands need beyond playing."""


@dataclass(frozen=True)
class Check:
    """One line of the report.

    Attributes:
        name: What was looked at.
        status: ``ok``; ``absent``, which is optional and cannot be used here; or ``problem``.
        found: What was found.
        advice: What to do about it; empty when there is nothing to do.
    """

    name: str
    status: Status
    found: str
    advice: str = ""


def examine() -> Iterator[Check]:
    """Yield the checks one by one. Isaac Lab is not imported, so this takes seconds, most of them torch's."""
    yield Check("python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield Check("lerobot_env_leisaac", "ok", own_version())
    for name in _PACKAGES:
        yield _package(name)
    yield _transformers()
    for extra, packages in _EXTRAS.items():
        yield _extra(extra, packages)
    gpu = _gpu()
    yield gpu
    for backend in BACKENDS:
        yield _backend(backend, gpu.status == "ok")
    yield _kit()
    for asset in catalog.assets():
        yield _asset(asset)
    yield _home()
    yield _writable("working folder", Path.cwd(), "work in another folder: videos and reports go here")
    yield _writable("kernel cache", _kernel_cache(), "set WARP_CACHE_PATH to a folder you can write to")


def _package(name: str) -> Check:
    try:
        return Check(name, "ok", importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Check(name, "problem", "not installed", REINSTALL)


def _extra(extra: str, packages: tuple[str, ...]) -> Check:
    """Say whether the packages of an extra are there."""
    name = f"extra {extra}"
    try:
        return Check(name, "ok", ", ".join(f"{package} {importlib.metadata.version(package)}" for package in packages))
    except importlib.metadata.PackageNotFoundError:
        return Check(name, "absent", "not installed", f"in a clone, uv sync --inexact --extra {extra}")


def _transformers() -> Check:
    """Compare the installed transformers with what LeRobot's policies ask for; Isaac Lab pins another."""
    name = "policies pi0, pi05"
    try:
        found = importlib.metadata.version("transformers")
        asked = [Requirement(line) for line in importlib.metadata.requires("lerobot") or ()]
    except importlib.metadata.PackageNotFoundError:
        return Check(name, "absent", "unknown without lerobot and transformers")
    wanted = next((each.specifier for each in asked if each.name == "transformers"), SpecifierSet())
    if found in wanted:
        return Check(name, "ok", f"transformers {found}, as LeRobot asks for")
    advice = f"for them: {sys.executable} -m pip install 'transformers{wanted}'"
    return Check(name, "absent", f"transformers {found}, LeRobot asks for {wanted}: they cannot act", advice)


def _gpu() -> Check:
    if not is_installed("torch"):
        return Check("gpu", "absent", "unknown without torch")
    import torch

    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
        return Check("gpu", "ok", ", ".join(names))
    advice = "all tasks run on the CPU, slowly; for speed use a machine with an NVIDIA GPU and its driver"
    return Check("gpu", "absent", "no CUDA device", advice)


def _backend(backend: Backend, has_gpu: bool) -> Check:
    name = f"{backend.kind} {backend.preset}"
    if not is_installed(backend.module):
        status: Status = "problem" if backend.remedy == REINSTALL else "absent"
        return Check(name, status, "not installed", backend.remedy)
    found = _version(backend)
    if backend.needs_gpu and not has_gpu:
        advice = "run it on a machine with an NVIDIA GPU"
        return Check(name, "absent", f"{found}; there is no GPU to run it on", advice)
    return Check(name, "ok", found)


def _version(backend: Backend) -> str:
    """Return which version of a backend is installed, and whether it is the one that was run with the tasks."""
    try:
        version = importlib.metadata.version(backend.module)
    except importlib.metadata.PackageNotFoundError:  # it came some other way
        version = "installed"
    if not backend.tested:
        return f"{version}, not tested with these tasks"
    return f"{version}, tested" if version.startswith(backend.tested) else f"{version}, tested with {backend.tested}"


def _kit() -> Check:
    if not any(is_installed(module) for module in ("isaacsim", "omni.kit_app")):
        return Check("kit", "absent", "not installed", ISAACSIM)
    if os.environ.get("OMNI_KIT_ACCEPT_EULA", "").lower() not in ("y", "yes", "1"):
        advice = "to use Isaac Sim, read NVIDIA's licence and set OMNI_KIT_ACCEPT_EULA=YES"
        return Check("kit", "absent", "its licence is not accepted yet", advice)
    return Check("kit", "ok", "installed, licence accepted")


def _asset(asset: AssetFile) -> Check:
    name = f"asset {asset.name}"
    try:
        resolved = resolve(asset)
    except FileNotFoundError as error:
        return Check(name, "problem", "missing", str(error))
    return Check(name, "ok", f"{resolved.source}: {resolved.path}")


def _home() -> Check:
    """Look for the home folder, below which everybody keeps caches."""
    name, advice = "home folder", "set HOME to a folder that is there: kernels, policies and datasets are kept below it"
    try:
        home = Path.home()
    except RuntimeError as error:
        return Check(name, "problem", str(error), advice)
    return Check(name, "ok", str(home)) if home.is_dir() else Check(name, "problem", f"{home} is no folder", advice)


def _kernel_cache() -> Path:
    """Return the folder where Warp keeps compiled kernels."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "warp"
    return Path(os.environ.get("WARP_CACHE_PATH", cache)).absolute()


def _writable(name: str, folder: Path, remedy: str) -> Check:
    """Try to write to a folder, or to the nearest one above it that exists."""
    existing = next(place for place in (folder, *folder.parents) if os.path.exists(place))
    try:
        with tempfile.TemporaryFile(dir=existing):
            return Check(name, "ok", f"{folder} is writable")
    except OSError as error:
        return Check(name, "problem", f"{folder} is not writable: {error.strerror}", remedy)
