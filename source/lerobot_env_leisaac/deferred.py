"""Packages that run when something is asked of them, and not because a module inside is imported.

LeRobot's package imports the configuration of every policy type, and the ``__init__`` beside each configuration imports
the model: of eighteen types that a command does not play, with the libraries that they need.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

_running = threading.RLock()


def defer(pattern: str) -> None:
    """Let the packages of some names run late, from now on in this process.

    ``import package.module`` and ``from package.module import name`` leave such a package's ``__init__`` for later. The
    first ``package.name`` or ``from package import name`` runs it, in the same module, so that whoever uses the package
    finds all that it has. One that is imported already stays as it is.

    Args:
        pattern: Regular expression for the whole names of packages.
    """
    sys.meta_path.insert(0, _Finder(pattern))


def run(module: ModuleType) -> None:
    """Run a package that has not run yet; nothing happens to any other module."""
    with _running:
        if type(module) is not _Package:
            return
        # first, for what it imports may import from it
        module.__class__ = ModuleType  # type: ignore[assignment]
        try:
            module.__loader__.exec_module(module)  # type: ignore[union-attr]
        except BaseException:
            module.__class__ = _Package
            raise


class _Finder(MetaPathFinder):
    """Finds the packages of some names as Python does, and has them run late."""

    def __init__(self, pattern: str):
        self._names = re.compile(pattern)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a package is that runs late; None for all other modules."""
        spec = PathFinder.find_spec(fullname, path, target) if self._names.fullmatch(fullname) else None
        if spec is None or spec.loader is None or spec.submodule_search_locations is None:
            return None
        spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    """Loads a package without running it."""

    def __init__(self, loader: Loader):
        self._loader = loader

    def exec_module(self, module: ModuleType) -> None:
        """Let the package's first use run it, with Python's own loader."""
        assert module.__spec__ is not None
        module.__loader__ = module.__spec__.loader = self._loader
        module.__class__ = _Package


class _Package(ModuleType):
    """A package that has not run; once it has, it is an ordinary module."""

    def __getattr__(self, name: str) -> Any:
        """Run the package, in whose ``__init__`` the name may be, and return what it is there."""
        run(self)
        return getattr(self, name)
