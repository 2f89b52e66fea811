"""Observation terms in the form that LeRobot policies take."""

from __future__ import annotations

import torch
from isaaclab.assets import Articulation
from isaaclab.envs import ManagerBasedEnv
from isaaclab.managers import ManagerTermBase, ObservationTermCfg, SceneEntityCfg
from isaaclab.sensors import Camera

from lerobot_env_leisaac import units


def joint_limits_in_units(
    robot: Articulation, joint_names: list[str], convention: units.UnitConvention
) -> torch.Tensor:
    """Return low and high of each joint: what spaces and readings are bound by. Shape is (C, 2)."""
    joint_ids, _ = robot.find_joints(joint_names, preserve_order=True)
    return convention.limits_from_radians(robot.data.joint_pos_limits.torch[0, joint_ids])


class joint_pos_in_units(ManagerTermBase):
    """Joint positions in ``env.cfg.units``, within the joint limits.

    A contact solver lets a joint sink into its stop by a fraction of a degree; a servo behind a hard stop cannot read
    that, so the reading ends at the limit.
    """

    def __init__(self, cfg: ObservationTermCfg, env: ManagerBasedEnv):
        super().__init__(cfg, env)
        self._units = units.load(env.cfg.units)
        self._robot = env.scene["robot"]
        joint_names = env.cfg.spec().robot.joint_names
        self._joint_ids, _ = self._robot.find_joints(joint_names, preserve_order=True)
        self._low, self._high = joint_limits_in_units(self._robot, joint_names, self._units).unbind(-1)

    def __call__(self, env: ManagerBasedEnv) -> torch.Tensor:
        """Return joint positions. Shape is (N, C)."""
        joint_pos = self._robot.data.joint_pos.torch[:, self._joint_ids]
        return self._units.from_radians(joint_pos).clamp(self._low, self._high)


class camera_image(ManagerTermBase):
    """Latest image of a camera in ``env.cfg.image_format``.

    ``float_chw`` is float32 (N, 3, H, W) in [0, 1], what a LeRobot policy takes; ``uint8_hwc`` is uint8 (N, H, W, 3),
    what the camera gives. The result never aliases the camera's buffer.
    """

    def __init__(self, cfg: ObservationTermCfg, env: ManagerBasedEnv):
        super().__init__(cfg, env)
        self._camera: Camera = env.scene[cfg.params["sensor_cfg"].name]
        self._as_float = env.cfg.image_format == "float_chw"

    def __call__(
        self, env: ManagerBasedEnv, sensor_cfg: SceneEntityCfg, *, out: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Return the image, written into ``out`` when it is given; where ``env.cfg.lazy_images``, leave that alone."""
        if out is not None and env.cfg.lazy_images:
            return out  # nobody reads it: LeRobotEnv asks again, without it, where somebody looks
        image = self._camera.data.output["rgb"].torch[..., :3]
        if not self._as_float:
            return image.clone() if out is None else out.copy_(image)
        channels_first = image.permute(0, 3, 1, 2)
        out = torch.empty(channels_first.shape, device=image.device) if out is None else out
        if image.is_cuda:
            return torch.mul(channels_first, 1 / 255, out=out)
        return out.copy_(channels_first).div_(255)  # on a CPU the single pass takes ten times as long
