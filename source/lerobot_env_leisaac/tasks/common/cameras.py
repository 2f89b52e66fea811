"""From a camera as data to its Isaac Lab configuration."""

from __future__ import annotations

import math

import isaaclab.sim as sim_utils
from isaaclab.sensors import CameraCfg
from isaaclab.utils import clone
from isaaclab.utils.math import quat_apply, quat_mul
from isaaclab_tasks.utils import preset
from torch import tensor

from lerobot_env_leisaac.robots.spec import RobotModel, RobotSpec
from lerobot_env_leisaac.scenes.spec import CameraSpec, Orientation, Position

from .presets import RendererBackendCfg

REAL_BACKGROUND = (0.74, 0.73, 0.71)
"""Colour where nothing is to be seen, sRGB: with ``look=real`` that of a wall in the light."""


def robot_path(entity: str) -> str:
    """Return where an arm is in the stage of an environment, by what the scene calls it."""
    return f"{{ENV_REGEX_NS}}/{entity.title()}"


def camera_cfg(camera: CameraSpec, robot: RobotSpec, model: RobotModel, renderer: RendererBackendCfg) -> CameraCfg:
    """Return a camera on a robot.

    Args:
        camera: The camera.
        robot: The arm that it rides on.
        model: The arm's model in use, which may reach in another direction than the camera's figures suppose.
        renderer: What draws its images.
    """
    if camera.on == "base":
        body, (position, orientation) = robot.base_body, _turned(camera, model.reach_yaw - camera.reach_yaw)
    else:
        body, position, orientation = robot.tool_body, camera.position, camera.orientation
    return CameraCfg(
        prim_path=f"{robot_path(camera.entity)}/{body}/{camera.name}_camera",
        offset=CameraCfg.OffsetCfg(pos=position, rot=orientation, convention=camera.convention),
        data_types=["rgb"],
        spawn=sim_utils.PinholeCameraCfg(
            focal_length=camera.focal_length,
            horizontal_aperture=camera.horizontal_aperture,
            focus_distance=400.0,
            clipping_range=(0.01, 50.0),
        ),
        width=preset(default=camera.width, res256=256, res128=128),
        height=preset(default=camera.height, res256=256, res128=128),
        renderer_cfg=renderer,
        background_color=preset(default=(0.75, 0.80, 0.86), real=REAL_BACKGROUND),
        update_latest_camera_pose=camera.on == "tool" or robot.drive is not None,  # it moves
    )


def beside(camera: CameraCfg, other: CameraSpec) -> CameraCfg:
    """Return another camera on the body that carries one, whose presets are resolved."""
    cfg: CameraCfg = clone(camera)
    cfg.prim_path = f"{camera.prim_path.rpartition('/')[0]}/{other.name}_camera"
    cfg.offset = CameraCfg.OffsetCfg(pos=other.position, rot=other.orientation, convention=other.convention)
    cfg.spawn.focal_length, cfg.spawn.horizontal_aperture = other.focal_length, other.horizontal_aperture
    return cfg


def _turned(camera: CameraSpec, yaw: float) -> tuple[Position, Orientation]:
    """Return the pose of a camera after a turn of its base frame about z [rad]."""
    if yaw == 0.0:
        return camera.position, camera.orientation
    turn = tensor((0.0, 0.0, math.sin(yaw / 2), math.cos(yaw / 2)))
    position, orientation = quat_apply(turn, tensor(camera.position)), quat_mul(turn, tensor(camera.orientation))
    return tuple(position.tolist()), tuple(orientation.tolist())
