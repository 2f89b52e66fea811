"""Observation terms in the form that LeRobot policies take."""

from __future__ import annotations

import math

import torch
from isaaclab.assets import Articulation
from isaaclab.envs import ManagerBasedEnv
from isaaclab.managers import ManagerTermBase, ObservationTermCfg, SceneEntityCfg
from isaaclab.scene import InteractiveScene
from isaaclab.sensors import Camera

from lerobot_env_leisaac import units
from lerobot_env_leisaac.robots.spec import RobotSpec

from . import imperfections
from .base import Base
from .srgb import to_linear, to_srgb


def joints_of(robot: RobotSpec, scene: InteractiveScene) -> list[tuple[Articulation, list[int]]]:
    """Return each of a robot's models in a scene, with the joints whose positions are channels in their order."""
    found = []
    for entity in robot.entities:
        model: Articulation = scene[entity]
        names = [robot.channels[index].joint for index in robot.positions_of(entity)]
        found.append((model, model.find_joints(names, preserve_order=True)[0]))
    return found


def limits_in_units(robot: RobotSpec, scene: InteractiveScene, convention: units.UnitConvention) -> torch.Tensor:
    """Return low and high of each channel: what spaces and readings are bound by. Shape is (C, 2)."""
    limits = [model.data.joint_pos_limits.torch[0, joints] for model, joints in joints_of(robot, scene)]
    if robot.drive is not None:
        limits.append(torch.tensor(robot.drive.limits, device=scene.device))
    return convention.limits_from_radians(torch.cat(limits))


class state_in_units(ManagerTermBase):
    """Joint positions, and velocities of a base that drives, in ``env.cfg.units``, within their limits.

    A contact solver lets a joint sink into its stop by a fraction of a degree; a servo behind a hard stop cannot read
    that, so the reading ends at the limit.
    """

    def __init__(self, cfg: ObservationTermCfg, env: ManagerBasedEnv):
        super().__init__(cfg, env)
        robot = env.cfg.spec().robot
        self._units = units.load(env.cfg.units).of(robot)
        self._joints = joints_of(robot, env.scene)
        self._base = None if robot.drive is None else Base(robot, env.scene)
        self._low, self._high = limits_in_units(robot, env.scene, self._units).unbind(-1)

    def __call__(self, env: ManagerBasedEnv) -> torch.Tensor:
        """Return the robot's channels. Shape is (N, C)."""
        parts = [model.data.joint_pos.torch[:, joints] for model, joints in self._joints]
        if self._base is not None:
            parts.append(self._base.velocity)
        return self._units.from_radians(torch.cat(parts, dim=-1)).clamp(self._low, self._high)


class base_velocity(ManagerTermBase):
    """Velocities of a base that drives: ahead [m/s], to the left [m/s], about the vertical [rad/s]."""

    def __init__(self, cfg: ObservationTermCfg, env: ManagerBasedEnv):
        super().__init__(cfg, env)
        self._base = Base(env.cfg.spec().robot, env.scene)

    def __call__(self, env: ManagerBasedEnv) -> torch.Tensor:
        """Return them. Shape is (N, 3)."""
        return self._base.velocity


class imperfect_state_in_units(state_in_units):
    """The same, as encoders of a real arm give it: off, noisy, late; of each range an episode draws its own.

    The velocities of a base are late only.
    """

    def __init__(self, cfg: ObservationTermCfg, env: ManagerBasedEnv):
        super().__init__(cfg, env)
        self._late = imperfections.Late(cfg.params["latency_steps"][1])
        is_position = [channel.quantity == "position" for channel in env.cfg.spec().robot.channels]
        degree = torch.tensor(self._units.scale, device=env.device).abs() * math.radians(1)
        self._degree = degree * torch.tensor(is_position, device=env.device)

    def __call__(  # type: ignore[override] # its parameters come from the term's configuration
        self,
        env: ManagerBasedEnv,
        encoder_offset: imperfections.Range,
        noise: imperfections.Range,
        latency_steps: tuple[int, int],
    ) -> torch.Tensor:
        """Return the robot's channels. Shape is (N, C).

        Args:
            env: The environment.
            encoder_offset: Bounds of what an encoder reads too much [rad], see :class:`~.actions`.
            noise: Bounds of the standard deviation of the noise [deg].
            latency_steps: Bounds of the delay, whole control steps.
        """
        reading = super().__call__(env)
        offset = imperfections.encoder_offset(env, encoder_offset) / math.radians(1)
        offset = offset + imperfections.white_noise(env, "state_noise", noise, reading.shape[1])
        reading = (reading + offset * self._degree).clamp(self._low, self._high)
        return self._late(env, reading, imperfections.whole_steps(env, "observation_latency", latency_steps))


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
        image = self._image(env)
        if not self._as_float:
            return image.clone() if out is None else out.copy_(image)
        channels_first = image.permute(0, 3, 1, 2)
        out = torch.empty(channels_first.shape, device=image.device) if out is None else out
        if image.is_cuda:
            return torch.mul(channels_first, 1 / 255, out=out)
        return out.copy_(channels_first).div_(255)  # on a CPU the single pass takes ten times as long

    def _image(self, env: ManagerBasedEnv) -> torch.Tensor:
        """Return the camera's image, uint8 (N, H, W, 3)."""
        image: torch.Tensor = self._camera.data.output["rgb"].torch[..., :3]
        return image


def camera_tensor(env: ManagerBasedEnv, sensor_cfg: SceneEntityCfg) -> torch.Tensor:
    """Return the latest image of a camera as networks of RSL-RL take it, in [0, 1]. Shape is (N, 3, H, W)."""
    camera: Camera = env.scene[sensor_cfg.name]
    image: torch.Tensor = camera.data.output["rgb"].torch[..., :3]
    return image.permute(0, 3, 1, 2).float().div_(255)


class imperfect_camera_image(camera_image):
    """The same, as a real camera gives it; see :class:`~.variations.Variation`, of whose ranges an episode draws."""

    def __init__(self, cfg: ObservationTermCfg, env: ManagerBasedEnv):
        super().__init__(cfg, env)
        self._params, self._name = cfg.params, cfg.params["sensor_cfg"].name
        self._late = imperfections.Late(cfg.params["latency_steps"][1])

    def __call__(  # type: ignore[override] # its parameters come from the term's configuration
        self,
        env: ManagerBasedEnv,
        sensor_cfg: SceneEntityCfg,
        exposure: imperfections.Range,
        white_balance: imperfections.Range,
        blur: imperfections.Range,
        pixel_noise: imperfections.Range,
        enlarged: imperfections.Range,
        latency_steps: tuple[int, int],
        *,
        out: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Return the image, as the parent does; late images are rendered at every step, also where they are lazy."""
        if env.cfg.lazy_images and out is not None and latency_steps[1]:
            self._image(env)
        return super().__call__(env, sensor_cfg, out=out)

    def _image(self, env: ManagerBasedEnv) -> torch.Tensor:
        exposure, balance, blur, noise, enlarged, latency_steps = (
            self._params[name]
            for name in ("exposure", "white_balance", "blur", "pixel_noise", "enlarged", "latency_steps")
        )
        image, name = super()._image(env), self._name
        factors = (exposure, balance, enlarged)
        if factors != ((1.0, 1.0),) * 3 or (blur, noise) != ((0.0, 0.0), (0.0, 0.0)):
            gain = imperfections.drawn(env, f"{name}_exposure", exposure)
            gain = gain * imperfections.drawn(env, f"{name}_white_balance", balance, 3)
            light = to_linear(image.permute(0, 3, 1, 2) / 255) * gain[..., None, None]
            if enlarged[1] != 1.0:
                light = imperfections.enlarged(light, imperfections.drawn(env, f"{name}_focal_length", enlarged))
            if blur[1]:
                light = imperfections.blurred(light, imperfections.drawn(env, f"{name}_blur", blur), blur[1])
            encoded = to_srgb(light.clamp(0, 1)).permute(0, 2, 3, 1)
            if noise[1]:
                drawn = imperfections.white_noise(env, f"{name}_pixel_noise", noise, encoded[0].numel())
                encoded = encoded + drawn.view(encoded.shape)
            image = (encoded * 255).round().clamp(0, 255).to(torch.uint8)
        if latency_steps[1]:
            image = self._late(env, image, imperfections.whole_steps(env, "observation_latency", latency_steps))
        return image
