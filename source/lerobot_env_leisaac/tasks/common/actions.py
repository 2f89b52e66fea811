"""Joint position action in the units of the environment's convention."""

from __future__ import annotations

from dataclasses import MISSING

import torch
from isaaclab.envs import ManagerBasedEnv
from isaaclab.envs.mdp.actions import JointPositionAction, JointPositionActionCfg
from isaaclab.utils import configclass

from lerobot_env_leisaac import units

from . import imperfections


def from_units(env: ManagerBasedEnv, columns: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return scale and offset (C,) of the way back from ``env.cfg.units``, for some of the robot's channels."""
    convention = units.load(env.cfg.units).of(env.cfg.spec().robot)
    scale = torch.tensor(convention.scale, device=env.device)[columns]
    return 1.0 / scale, -torch.tensor(convention.offset, device=env.device)[columns] / scale


class JointPositionInUnitsAction(JointPositionAction):
    """Joint position targets given in ``env.cfg.units``.

    The parent's scale and offset hold the inverse of the convention, so that targets reach the joints in radians.
    """

    def __init__(self, cfg: JointPositionInUnitsActionCfg, env: ManagerBasedEnv):
        super().__init__(cfg, env)
        self._scale, self._offset = from_units(env, env.cfg.spec().robot.positions_of(cfg.asset_name))


@configclass
class JointPositionInUnitsActionCfg(JointPositionActionCfg):
    """Joint position targets of one arm, in the order of the robot's channels."""

    class_type: type = JointPositionInUnitsAction
    asset_name: str = MISSING  # type: ignore[assignment] # Isaac Lab's way to ask for it
    joint_names: list[str] = MISSING  # type: ignore[assignment] # Isaac Lab's way to ask for it
    preserve_order: bool = True
    use_default_offset: bool = False


class Delay:
    """Passes actions on some control steps late: what a slow bus or a slow policy host does to a real robot."""

    def __init__(self, env: ManagerBasedEnv, action_dim: int, latency_steps: tuple[int, int]):
        """Build it for actions (N, A); each episode draws its own delay within the bounds, whole control steps."""
        self._env = env
        self._bounds = latency_steps
        self._latency = torch.zeros(env.num_envs, dtype=torch.long, device=env.device)
        self._latest = torch.zeros(latency_steps[1] + 1, env.num_envs, action_dim, device=env.device)
        self._envs = torch.arange(env.num_envs, device=env.device)

    def begin(self, rows: torch.Tensor | slice, held: torch.Tensor) -> None:
        """Draw the latency of environments that start an episode; until its first action arrives `held` counts."""
        self._latency[rows] = imperfections.whole_steps(self._env, "latency", self._bounds)[rows]  # one bus for all
        self._latest[:, rows] = held

    def pass_on(self, actions: torch.Tensor) -> torch.Tensor:
        """Take the actions of this step, and return those of a few steps ago. Shapes are (N, A)."""
        self._latest = torch.cat([actions[None], self._latest[:-1]])
        return self._latest[self._latency, self._envs]


class ImperfectJointPositionInUnitsAction(JointPositionInUnitsAction):
    """The same, as it reaches the joints of a real arm: late, noisy, off by the encoders' zeros, short by the play.

    Until an episode's first action arrives the arm holds its start pose.
    """

    cfg: ImperfectJointPositionInUnitsActionCfg

    def __init__(self, cfg: ImperfectJointPositionInUnitsActionCfg, env: ManagerBasedEnv):
        super().__init__(cfg, env)
        self._columns = env.cfg.spec().robot.positions_of(cfg.asset_name)
        self._delay = Delay(env, self.action_dim, cfg.latency_steps)
        self._behind_play = torch.zeros(env.num_envs, self.action_dim, device=self.device)

    def reset(self, env_ids: torch.Tensor | slice | None = None) -> None:
        """Draw the latency of environments that start an episode, and hold their start pose."""
        super().reset(env_ids)
        rows = slice(None) if env_ids is None else env_ids
        start = self._asset.data.joint_pos_target.torch[rows][:, self._joint_ids]
        self._behind_play[rows] = start
        self._delay.begin(rows, start + self._encoder_offset()[rows])

    def process_actions(self, actions: torch.Tensor) -> None:
        """Take the actions (N, C), and pass on what becomes of those of a few steps ago."""
        super().process_actions(actions)
        target = self._delay.pass_on(self.processed_actions)
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
