"""Reset terms whose draws depend on the seed and the episode alone.

They read ``env.episodes`` (N,) and ``env.cfg.seed``, which
:class:`~lerobot_env_leisaac.envs.episodic_env.EpisodicEnv` keeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from isaaclab.assets import RigidObject
from isaaclab.managers import EventTermCfg, ManagerTermBase, SceneEntityCfg
from isaaclab.sensors import Camera
from isaaclab.utils import math as math_utils

from .draws import uniform_in_ranges

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.episodic_env import EpisodicEnv

_POSE_KEYS = ("x", "y", "z", "roll", "pitch", "yaw")


def _pose_offsets(
    env: EpisodicEnv, env_ids: torch.Tensor | slice, stream: str, pose_range: dict[str, tuple[float, float]]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return position (n, 3) [m] and rotation (n, 4) xyzw drawn for the current episodes."""
    draws = uniform_in_ranges(env.cfg.seed, env.episodes[env_ids], stream, pose_range, _POSE_KEYS)
    return draws[:, :3], math_utils.quat_from_euler_xyz(draws[:, 3], draws[:, 4], draws[:, 5])


def reset_object_pose(
    env: EpisodicEnv,
    env_ids: torch.Tensor | slice,
    pose_range: dict[str, tuple[float, float]],
    asset_cfg: SceneEntityCfg,
) -> None:
    """Place a rigid object at rest, at its default pose plus a uniform offset.

    Args:
        env: The environment.
        env_ids: Environments that start an episode.
        pose_range: Bounds by key among x, y, z [m], roll, pitch, yaw [rad].
        asset_cfg: The object.
    """
    asset: RigidObject = env.scene[asset_cfg.name]
    offset, rotation = _pose_offsets(env, env_ids, f"{asset_cfg.name}_pose", pose_range)
    default = asset.data.default_root_pose.torch[env_ids]
    position = default[:, :3] + env.scene.env_origins[env_ids] + offset
    pose = torch.cat([position, math_utils.quat_mul(default[:, 3:7], rotation)], dim=-1)
    asset.write_root_pose_to_sim_index(root_pose=pose, env_ids=env_ids)
    asset.write_root_velocity_to_sim_index(root_velocity=torch.zeros_like(pose[:, :6]), env_ids=env_ids)


class offset_camera_pose(ManagerTermBase):
    """Place a fixed camera at its nominal pose plus a uniform offset in its own (ROS) frame.

    The nominal pose is read once, before the first offset, so that offsets do not add up from reset to reset.
    """

    def __init__(self, cfg: EventTermCfg, env: EpisodicEnv):
        super().__init__(cfg, env)
        self._camera: Camera = env.scene[cfg.params["sensor_cfg"].name]
        self._nominal_pos = self._camera.data.pos_w.torch.clone()
        self._nominal_quat = self._camera.data.quat_w_ros.torch.clone()

    def __call__(
        self,
        env: EpisodicEnv,
        env_ids: torch.Tensor | slice,
        pose_range: dict[str, tuple[float, float]],
        sensor_cfg: SceneEntityCfg,
    ) -> None:
        """Offset the cameras of the environments that start an episode.

        Args:
            env: The environment.
            env_ids: Environments that start an episode.
            pose_range: Bounds by key among x, y, z [m] in the world's axes, roll, pitch, yaw [rad] in the camera's.
            sensor_cfg: The camera.
        """
        offset, rotation = _pose_offsets(env, env_ids, f"{sensor_cfg.name}_camera", pose_range)
        self._camera.set_world_poses(
            self._nominal_pos[env_ids] + offset,
            math_utils.quat_mul(self._nominal_quat[env_ids], rotation),
            env_ids=env_ids,
            convention="ros",
        )
