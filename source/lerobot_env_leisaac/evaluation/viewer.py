"""Isaac Lab's viewers: a window, or a page for a browser, on what is simulated."""

from __future__ import annotations

import importlib.util
import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isaaclab.visualizers import VisualizerCfg

    from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv

_INSTALL = {"rerun": "rerun-sdk", "viser": "viser"}
"""Packages to install for the viewers that are web pages, by the viewers' names, which are their modules' too."""


def require_viewer(name: str | None, host: str | None = None) -> None:
    """Refuse a viewer that cannot be shown on this machine; without Isaac Lab.

    Args:
        name: The viewer; None for none.
        host: Where its page is to be served.

    Raises:
        ValueError: There is no such viewer, it is not installed, there is no display, or it cannot be told where to
            serve its page.
    """
    if host is not None and name != "viser":
        raise ValueError(f"--viz-host is about viser, and the viewer is {name or 'none'}: leave it out")
    if name == "newton_gl":
        _require_display()
        return
    if name is None:
        return
    if name not in _INSTALL:
        raise ValueError(
            f"no viewer {name!r}, expected one of newton_gl, rerun, viser;"
            " those of Isaac Sim and RTX open with isaaclab play --viz"
        )
    if importlib.util.find_spec(name) is None:
        raise ValueError(f"the viewer {name} is not installed: pip install {_INSTALL[name]}")


def viewer_cfg(name: str, host: str | None = None) -> VisualizerCfg:
    """Return the configuration of a viewer, by the name that Isaac Lab's ``--viz`` has for it.

    Args:
        name: The viewer.
        host: Address of this machine at which viser serves its page, such as ``0.0.0.0`` for all of them; by default
            one that no other machine reaches.

    Raises:
        ValueError: There is no such viewer, it cannot be shown on this machine, or it cannot be told an address.
    """
    require_viewer(name, host)
    if name == "newton_gl":
        from isaaclab_visualizers.newton import NewtonGLVisualizerCfg

        return NewtonGLVisualizerCfg()
    if name == "rerun":
        from isaaclab_visualizers.rerun import RerunVisualizerCfg

        return RerunVisualizerCfg()
    from isaaclab_visualizers.viser import ViserVisualizerCfg

    return ViserVisualizerCfg(bind_address=host or "127.0.0.1")


def _require_display() -> None:
    import pyglet
    from pyglet.display.xlib import NoSuchDisplayException

    try:
        pyglet.display.get_display()
    except NoSuchDisplayException:
        display = os.environ.get("DISPLAY", "not set")
        raise ValueError(
            f"no display for the viewer newton_gl (DISPLAY is {display}): open viser or rerun in a browser instead"
        ) from None


class ViewerClosed(Exception):
    """Who watched closed the viewer."""


class Viewer:
    """Somebody who watches an environment, in real time."""

    def __init__(self, env: LeRobotEnv):
        self._env, self._due = env, time.monotonic()

    def see_step(self) -> None:
        """Wait until the last step's simulated time has passed.

        Raises:
            ViewerClosed: Nobody watches any more.
        """
        if not self._env.sim.is_running():
            raise ViewerClosed
        now = time.monotonic()
        self._due = max(self._due + self._env.step_dt, now)  # what is late is not made up for
        time.sleep(self._due - now)
