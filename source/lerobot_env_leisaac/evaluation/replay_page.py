"""A page in which an episode can be played, turned and zoomed: one HTML file, without a server and without a network.

The scene is Newton's, as Isaac Lab's viewer for browsers shows it; that viewer's own client is in the page.
"""

from __future__ import annotations

import importlib.util
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lerobot_env_leisaac.quiet import quiet
from lerobot_env_leisaac.writable import replaced, require_writable

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv

_SUFFIX = ".html"

_EYE, _TARGET = (0.52, -0.4, 0.32), (0.16, 0.0, 0.08)
"""Where the page looks from at first, and at what, from the origin of the environment [m]."""


def require_replay_path(path: Path) -> None:
    """Refuse a file for a page before anything is played.

    Raises:
        ValueError: Its name does not end in ``.html``, or viser is not installed.
        OSError: It cannot be written.
    """
    if path.suffix.lower() != _SUFFIX:
        raise ValueError(f"cannot write a replay to {path}: expected the name of an HTML file, such as lift{_SUFFIX}")
    if importlib.util.find_spec("viser") is None:
        raise ValueError(
            "a replay needs viser, which is not installed: pip install viser, or in a clone "
            "uv sync --inexact --extra viewers"
        )
    require_writable(path)


def load_looks(cfg: Any) -> None:
    """Let the simulator load what is seen, not only what is touched, of an environment that may have no camera.

    Args:
        cfg: Its resolved configuration; changed in place.
    """
    if hasattr(cfg.sim.physics, "load_visual_shapes"):  # Newton's; others always do
        cfg.sim.physics.load_visual_shapes = True


class ReplayPage:
    """Records what environment 0 looks like, and writes it as a page.

    As a context manager it writes what was recorded on the way out, whatever the reason; nothing without a frame.

        with ReplayPage(Path("lift.html"), env) as page:
            page.append()
    """

    def __init__(self, path: Path, env: LeRobotEnv):
        """Begin with the scene as it is.

        Args:
            path: Where the page stands once it is complete.
            env: The environment.
        """
        from isaaclab_newton.physics import NewtonBackendCfg

        self.path = path
        self.frames = 0
        self._step_dt = env.step_dt
        simulation = env.sim
        self._provider = simulation.get_scene_data_provider()
        self._backend = simulation.get_or_create_backend(
            NewtonBackendCfg(physics_cfg=simulation.cfg.physics, device=simulation.device)
        )
        self._mapping = self._provider.create_mapping(list(self._backend.model.body_label))
        with quiet():
            self._viewer = self._make_viewer(env)

    def _make_viewer(self, env: LeRobotEnv) -> Any:
        import warp as wp
        from isaaclab_visualizers.viser.viser_visualizer import NewtonViewerViser

        # it records what it would send to browsers, and so wants a port: one that only this machine reaches
        viewer = NewtonViewerViser(port=_free_port(), bind_address="127.0.0.1", verbose=False, record_to_viser="page")
        for cloth in env.cfg.spec().scene.cloths.values():  # by itself the viewer has a colour of its own for it
            self._backend.model.tri_color = wp.array([cloth.color], dtype=wp.vec3)
        viewer.set_model(self._backend.model)
        viewer.set_visible_worlds([0])
        viewer.set_world_offsets((0.0, 0.0, 0.0))
        origin = env.scene.env_origins[0].tolist()
        camera = viewer._server.initial_camera
        camera.position = tuple(a + b for a, b in zip(origin, _EYE, strict=True))
        camera.look_at = tuple(a + b for a, b in zip(origin, _TARGET, strict=True))
        camera.up = (0.0, 0.0, 1.0)
        return viewer

    def append(self) -> None:
        """Record the environment as it is now, one control step after the last time."""
        from isaaclab.scene_data import SceneDataFormat

        backend, poses = self._backend, SceneDataFormat.Transform()
        if self._provider.get_transforms(poses, mapping=self._mapping, count=backend.model.body_count):
            backend.state_0.body_q = poses.transforms
        self._viewer.begin_frame(self.frames * self._step_dt)
        self._viewer.log_state(backend.state_0)
        self._viewer.end_frame()
        self.frames += 1

    def __enter__(self) -> ReplayPage:
        """Return the page."""
        return self

    def __exit__(self, *_: object) -> None:
        """Write the page."""
        try:
            if self.frames:
                html = self._viewer._serializer.as_html()
                with replaced(self.path) as file:
                    file.write_text(html, encoding="utf-8")
        finally:
            with quiet():
                self._viewer._server.stop()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
