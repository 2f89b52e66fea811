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


def require_viewer(name: str) -> None:
    """Refuse a viewer that cannot be shown on this machine; without Isaac Lab.

    Raises:
        ValueError: There is no such viewer, it is not installed, or there is no display.
    """
    if name == "newton_gl":
        _require_display()
        return
    if name not in _INSTALL:
        raise ValueError(
            f"no viewer {name!r}, expected one of newton_gl, rerun, viser;"
            " those of Isaac Sim and RTX open with isaaclab play --viz"
        )
    if importlib.util.find_spec(name) is None:
        raise ValueError(f"the viewer {name} is not installed: pip install {_INSTALL[name]}")


def viewer_cfg(name: str) -> VisualizerCfg:
    """Return the configuration of a viewer, by the name that Isaac Lab's ``--viz`` has for it.

    Raises:
        ValueError: There is no such viewer, or it cannot be shown on this machine.
    """
    require_viewer(name)
    if name == "newton_gl":
        from isaaclab_visualizers.newton import NewtonGLVisualizerCfg

        return NewtonGLVisualizerCfg()
    if name == "rerun":
        from isaaclab_visualizers.rerun import RerunVisualizerCfg

        return RerunVisualizerCfg()
    from isaaclab_visualizers.viser import ViserVisualizerCfg

    return ViserVisualizerCfg()


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
