"""Reset terms whose draws depend on the seed and the episode alone.

They read ``env.episodes`` (N,) and ``env.cfg.seed``, which
:class:`~lerobot_env_leisaac.envs.episodic_env.EpisodicEnv` keeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import warp as wp
from isaaclab.assets import Articulation, DeformableObject, RigidObject
from isaaclab.managers import EventTermCfg, ManagerTermBase, SceneEntityCfg
from isaaclab.sensors import Camera
from isaaclab.utils import math as math_utils

from lerobot_env_leisaac.episodes.draws import between, direction, uniform, uniform_in_ranges
from lerobot_env_leisaac.robots.spec import named

from .constants import constant

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


def reset_cloth_pose(
    env: EpisodicEnv,
    env_ids: torch.Tensor | slice,
    pose_range: dict[str, tuple[float, float]],
    asset_cfg: SceneEntityCfg,
) -> None:
    """Lay a cloth flat and at rest, at its default place plus a uniform offset and a turn about its middle.

    Args:
        env: The environment.
        env_ids: Environments that start an episode.
        pose_range: Bounds by key among x, y [m], yaw [rad].
        asset_cfg: The cloth.
    """
    cloth: DeformableObject = env.scene[asset_cfg.name]
    offset, rotation = _pose_offsets(env, env_ids, f"{asset_cfg.name}_pose", pose_range)
    # Isaac Lab's default state of a cloth leaves out where its configuration puts it
    flat = constant(env.cfg.spec().scene.cloths[asset_cfg.name].vertices, env.device)
    middle = flat.mean(dim=0)
    turned = math_utils.quat_apply(
        rotation[:, None].expand(-1, len(flat), -1), (flat - middle).expand(len(offset), -1, -1)
    )
    place = constant(cloth.cfg.init_state.pos, env.device) + env.scene.env_origins[env_ids] + offset
    placed = middle + turned + place[:, None]
    state = torch.cat([placed, torch.zeros_like(placed)], dim=-1)
    cloth.write_nodal_state_to_sim_index(state, env_ids=env_ids)


class offset_camera_pose(ManagerTermBase):
    """Mount a camera at its nominal pose plus an offset, on the body that carries it.

    The nominal pose is read once, before the first offset, so that offsets do not add up from reset to reset.
    """

    def __init__(self, cfg: EventTermCfg, env: EpisodicEnv):
        super().__init__(cfg, env)
        self._camera: Camera = env.scene[cfg.params["sensor_cfg"].name]
        # Isaac Lab's camera itself sets world poses only, and those of a wrist camera change with the arm
        self._mount = self._camera._view
        position, orientation = self._mount.get_local_poses()
        self._nominal_pos, self._nominal_quat = position.torch.clone(), orientation.torch.clone()

    def __call__(
        self,
        env: EpisodicEnv,
        env_ids: torch.Tensor | slice,
        sensor_cfg: SceneEntityCfg,
        pose_range: dict[str, tuple[float, float]] | None = None,
        distance: tuple[float, float] = (0.0, 0.0),
        angle: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        """Offset the cameras of the environments that start an episode.

        Args:
            env: The environment.
            env_ids: Environments that start an episode.
            sensor_cfg: The camera.
            pose_range: Bounds by key among x, y, z [m] in the axes of the body that carries the camera, roll, pitch,
                yaw [rad] in the camera's own (OpenGL) axes.
            distance: Bounds of the length of a further offset in a random direction [m].
            angle: Bounds of the angle of a further rotation about a random axis [rad].
        """
        stream = f"{sensor_cfg.name}_camera"
        position, rotation = _pose_offsets(env, env_ids, stream, pose_range or {})
        numbers = uniform(env.cfg.seed, env.episodes[env_ids], f"{stream}_offset", 6)
        position = position + direction(numbers[:, :2]) * between(distance, numbers[:, 2:3])
        turn = math_utils.quat_from_angle_axis(between(angle, numbers[:, 3]), direction(numbers[:, 4:]))
        rotation = math_utils.quat_mul(rotation, turn)
        indices = torch.arange(env.num_envs, dtype=torch.int32, device=env.device)[env_ids]
        self._mount.set_local_poses(
            wp.from_torch(self._nominal_pos[env_ids] + position, dtype=wp.vec3f),
            wp.from_torch(math_utils.quat_mul(self._nominal_quat[env_ids], rotation), dtype=wp.vec4f),
            wp.from_torch(indices),
        )
        self._camera.reset(env_ids)  # a camera that does not move reads its pose here alone


def offset_start_pose(
    env: EpisodicEnv, env_ids: torch.Tensor | slice, offset: tuple[float, float], asset_cfg: SceneEntityCfg
) -> None:
    """Start at the default joint positions plus a uniform offset, within the joint limits, at rest.

    Args:
        env: The environment.
        env_ids: Environments that start an episode.
        offset: Bounds of each joint's offset [rad].
        asset_cfg: The joints of the robot, or of one of its arms.
    """
    robot: Articulation = env.scene[asset_cfg.name]
    joints = asset_cfg.joint_ids
    default = robot.data.default_joint_pos.torch[env_ids][:, joints]
    low, high = robot.data.joint_pos_limits.torch[env_ids][:, joints].unbind(-1)
    numbers = uniform(env.cfg.seed, env.episodes[env_ids], named("start_pose", asset_cfg.name), default.shape[1])
    joint_pos = (default + between(offset, numbers)).clamp(low, high)
    robot.write_joint_position_to_sim_index(position=joint_pos, joint_ids=joints, env_ids=env_ids)
    robot.set_joint_position_target_index(target=joint_pos, joint_ids=joints, env_ids=env_ids)


class scale_mass(ManagerTermBase):
    """Scale the mass of a rigid object, and its inertia with it."""

    def __init__(self, cfg: EventTermCfg, env: EpisodicEnv):
        super().__init__(cfg, env)
        self._asset: RigidObject = env.scene[cfg.params["asset_cfg"].name]
        self._mass = self._asset.data.body_mass.torch.clone()
        self._inertia = self._asset.data.body_inertia.torch.clone()

    def __call__(
        self,
        env: EpisodicEnv,
        env_ids: torch.Tensor | slice | None,
        factor: tuple[float, float],
        asset_cfg: SceneEntityCfg,
    ) -> None:
        """Scale the object's mass in the environments that start an episode.

        Args:
            env: The environment.
            env_ids: Environments that start an episode; None for all.
            factor: Bounds of the factor.
            asset_cfg: The object.
        """
        rows = slice(None) if env_ids is None else env_ids
        drawn = between(factor, uniform(env.cfg.seed, env.episodes[rows], f"{asset_cfg.name}_mass", 1))
        self._asset.set_masses_index(masses=self._mass[rows] * drawn, env_ids=env_ids)
        self._asset.set_inertias_index(inertias=self._inertia[rows] * drawn[..., None], env_ids=env_ids)


class scale_servos(ManagerTermBase):
    """Scale stiffness and friction of the servos of a robot, or of one of its arms."""

    def __init__(self, cfg: EventTermCfg, env: EpisodicEnv):
        super().__init__(cfg, env)
        self._robot: Articulation = env.scene[cfg.params["asset_cfg"].name]
        data = self._robot.data
        self._stiffness = data.joint_stiffness.torch.clone()
        self._friction = data.joint_friction_coeff.torch.clone()
        self._viscous_friction = data.joint_viscous_friction_coeff.torch.clone()

    def __call__(
        self,
        env: EpisodicEnv,
        env_ids: torch.Tensor | slice | None,
        stiffness: tuple[float, float],
        friction: tuple[float, float],
        asset_cfg: SceneEntityCfg,
    ) -> None:
        """Scale the servos in the environments that start an episode, all joints alike.

        Args:
            env: The environment.
            env_ids: Environments that start an episode; None for all.
            stiffness: Bounds of the factor of the stiffness.
            friction: Bounds of the factor of dry and viscous friction.
            asset_cfg: The robot, or one of its arms.
        """
        rows = slice(None) if env_ids is None else env_ids
        numbers = uniform(env.cfg.seed, env.episodes[rows], named("servos", asset_cfg.name), 2)
        stiff, rough = between(stiffness, numbers[:, :1]), between(friction, numbers[:, 1:])
        self._robot.write_joint_stiffness_to_sim_index(stiffness=self._stiffness[rows] * stiff, env_ids=env_ids)
        self._robot.write_joint_friction_coefficient_to_sim_index(
            joint_friction_coeff=self._friction[rows] * rough,
            joint_viscous_friction_coeff=self._viscous_friction[rows] * rough,
            env_ids=env_ids,
        )
