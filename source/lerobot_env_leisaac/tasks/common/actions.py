"""Joint position action in the units of the environment's convention."""

from __future__ import annotations

from dataclasses import MISSING

import torch
from isaaclab.envs import ManagerBasedEnv
from isaaclab.envs.mdp.actions import JointPositionAction, JointPositionActionCfg
from isaaclab.utils import configclass

from lerobot_env_leisaac import units
from lerobot_env_leisaac.episodes.draws import uniform

from . import imperfections


class JointPositionInUnitsAction(JointPositionAction):
    """Joint position targets given in ``env.cfg.units``.

    The parent's scale and offset hold the inverse of the convention, so that targets reach the joints in radians.
    """

    def __init__(self, cfg: JointPositionInUnitsActionCfg, env: ManagerBasedEnv):
        super().__init__(cfg, env)
        robot = env.cfg.spec().robot
        convention, columns = units.load(env.cfg.units).of(robot), robot.channels_of(cfg.asset_name)
        scale = torch.tensor(convention.scale, device=self.device)[columns]
        self._scale = 1.0 / scale
        self._offset = -torch.tensor(convention.offset, device=self.device)[columns] / scale


@configclass
class JointPositionInUnitsActionCfg(JointPositionActionCfg):
    """Joint position targets of one arm, in the order of the robot's channels."""

    class_type: type = JointPositionInUnitsAction
    asset_name: str = MISSING  # type: ignore[assignment] # Isaac Lab's way to ask for it
    joint_names: list[str] = MISSING  # type: ignore[assignment] # Isaac Lab's way to ask for it
    preserve_order: bool = True
    use_default_offset: bool = False


class ImperfectJointPositionInUnitsAction(JointPositionInUnitsAction):
    """The same, as it reaches the joints of a real arm: late, noisy, off by the encoders' zeros, short by the play.

    Until an episode's first action arrives the arm holds its start pose.
    """

    cfg: ImperfectJointPositionInUnitsActionCfg

    def __init__(self, cfg: ImperfectJointPositionInUnitsActionCfg, env: ManagerBasedEnv):
        super().__init__(cfg, env)
        self._columns = env.cfg.spec().robot.channels_of(cfg.asset_name)
        self._latency = torch.zeros(env.num_envs, dtype=torch.long, device=self.device)
        self._latest = torch.zeros(cfg.latency_steps[1] + 1, env.num_envs, self.action_dim, device=self.device)
        self._behind_play = torch.zeros(env.num_envs, self.action_dim, device=self.device)
        self._envs = torch.arange(env.num_envs, device=self.device)

    def reset(self, env_ids: torch.Tensor | slice | None = None) -> None:
        """Draw the latency of environments that start an episode, and hold their start pose."""
        super().reset(env_ids)
        rows = slice(None) if env_ids is None else env_ids
        low, high = self.cfg.latency_steps
        number = uniform(self._env.cfg.seed, self._env.episodes[rows], "latency", 1)[:, 0]  # one bus for all arms
        self._latency[rows] = low + ((high - low + 1) * number).long()
        start = self._asset.data.joint_pos_target.torch[rows][:, self._joint_ids]
        self._behind_play[rows] = start
        self._latest[:, rows] = start + self._encoder_offset()[rows]

    def process_actions(self, actions: torch.Tensor) -> None:
        """Take the actions (N, C), and pass on what becomes of those of a few steps ago."""
        super().process_actions(actions)
        self._latest = torch.cat([self.processed_actions[None], self._latest[:-1]])
        target = self._latest[self._latency, self._envs]
        if self.cfg.noise != (0.0, 0.0):
            stream = f"{self.cfg.asset_name}_action_noise"
            target = target + imperfections.white_noise(self._env, stream, self.cfg.noise, self.action_dim)
        target = target - self._encoder_offset()
        if self.cfg.backlash != (0.0, 0.0):
            play = imperfections.drawn(self._env, "backlash", self.cfg.backlash) / 2
            self._behind_play = torch.minimum(torch.maximum(self._behind_play, target - play), target + play)
            target = self._behind_play
        self._processed_actions = target

    def _encoder_offset(self) -> torch.Tensor:
        if self.cfg.encoder_offset == (0.0, 0.0):
            return torch.zeros_like(self._behind_play)
        return imperfections.encoder_offset(self._env, self.cfg.encoder_offset)[:, self._columns]


@configclass
class ImperfectJointPositionInUnitsActionCfg(JointPositionInUnitsActionCfg):
    """The same, as it reaches a real arm. Of each range an episode draws its own."""

    class_type: type = ImperfectJointPositionInUnitsAction
    latency_steps: tuple[int, int] = (0, 0)
    """Lowest and highest delay, whole control steps."""
    noise: tuple[float, float] = (0.0, 0.0)
    """Standard deviation of the noise on every target [rad]."""
    encoder_offset: tuple[float, float] = (0.0, 0.0)
    """By how much an encoder reads more than the joint's position [rad]; each joint draws its own."""
    backlash: tuple[float, float] = (0.0, 0.0)
    """Play of the gears, from stop to stop [rad]: a joint that turns back follows when it is used up."""
