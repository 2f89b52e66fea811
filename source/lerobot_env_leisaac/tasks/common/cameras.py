"""The three cameras of the SO-101 tasks, with LeIsaac 0.4's figures.

LeIsaac gives poses in the frame of its own robot file, whose arm reaches along -Y of the base; quaternions here are
xyzw. The packaged robot's arm reaches along +X, so the base cameras turn by +90 degrees about z with it.
"""

from __future__ import annotations

from typing import Any, Literal

import isaaclab.sim as sim_utils
from isaaclab.sensors import CameraCfg
from isaaclab.utils.math import quat_apply, quat_mul
from isaaclab_tasks.utils import preset
from torch import tensor

from lerobot_env_leisaac.robots.so101.spec import SO101

from .presets import RendererBackendCfg

BaseFrame = Literal["urdf", "leisaac"]
"""Which way the arm reaches in its base frame: ``urdf`` along +X, ``leisaac`` along -Y."""

CAMERAS = tuple(SO101.cameras)
"""Names of the cameras, as they appear in observations."""

_QUARTER_TURN = (0.0, 0.0, 0.5**0.5, 0.5**0.5)


def _camera(
    name: str,
    parent: str,
    pos: tuple[float, float, float],
    rot: tuple[float, float, float, float],
    convention: Literal["opengl", "ros"],
    focal_length: float,
    horizontal_aperture: float,
    **kwargs: Any,
) -> CameraCfg:
    height, width = SO101.cameras[name]
    return CameraCfg(
        prim_path=f"{{ENV_REGEX_NS}}/Robot/{parent}/{name}_camera",
        offset=CameraCfg.OffsetCfg(pos=pos, rot=rot, convention=convention),
        data_types=["rgb"],
        spawn=sim_utils.PinholeCameraCfg(
            focal_length=focal_length,
            horizontal_aperture=horizontal_aperture,
            focus_distance=400.0,
            clipping_range=(0.01, 50.0),
        ),
        width=preset(default=width, res256=256, res128=128),
        height=preset(default=height, res256=256, res128=128),
        renderer_cfg=RendererBackendCfg(),
        background_color=(0.75, 0.80, 0.86),
        **kwargs,
    )


def _base_camera(
    name: str,
    frame: BaseFrame,
    pos: tuple[float, float, float],
    rot: tuple[float, float, float, float],
    convention: Literal["opengl", "ros"],
    focal_length: float,
) -> CameraCfg:
    if frame == "urdf":
        turn = tensor(_QUARTER_TURN)
        pos = tuple(quat_apply(turn, tensor(pos)).tolist())
        rot = tuple(quat_mul(turn, tensor(rot)).tolist())
    return _camera(name, "base", pos, rot, convention, focal_length, horizontal_aperture=38.11)


def front_camera(frame: BaseFrame) -> CameraCfg:
    """LeIsaac's LiftCube front camera: it looks diagonally at the arm from beyond the workspace."""
    return _base_camera(
        "front", frame, (-0.6, -0.75, 0.38), (0.55078, -0.2374, -0.20537, 0.77337), "opengl", focal_length=40.6
    )


def top_camera(frame: BaseFrame, name: str = "top") -> CameraCfg:
    """LeIsaac's overhead camera (its single-arm template calls it ``front``, its two-arm tasks ``top``)."""
    return _base_camera(name, frame, (0.0, -0.5, 0.6), (-0.9862856, 0.0, 0.0, 0.1650476), "ros", focal_length=28.7)


def wrist_camera() -> CameraCfg:
    """LeIsaac's wrist camera, on the gripper body and looking along the fingers."""
    return _camera(
        "wrist",
        "gripper",
        (-0.001, 0.1, -0.04),
        (-0.912179, -0.0451242, 0.0486914, -0.404379),
        "ros",
        focal_length=36.5,
        horizontal_aperture=36.83,
        update_latest_camera_pose=True,  # it moves with the gripper
    )
