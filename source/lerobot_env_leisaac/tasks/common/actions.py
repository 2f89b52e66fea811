"""Joint position action in the units of the environment's convention."""

from __future__ import annotations

from dataclasses import MISSING

import torch
from isaaclab.envs import ManagerBasedEnv
from isaaclab.envs.mdp.actions import JointPositionAction, JointPositionActionCfg
from isaaclab.utils import configclass

from lerobot_env_leisaac import units
from lerobot_env_leisaac.episodes.draws import uniform


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


class DelayedJointPositionInUnitsAction(JointPositionInUnitsAction):
    """The same, some control steps late: what a slow bus or a slow policy host does to a real arm.

    Until an episode's first action arrives the arm holds its start pose.
    """

    cfg: DelayedJointPositionInUnitsActionCfg

    def __init__(self, cfg: DelayedJointPositionInUnitsActionCfg, env: ManagerBasedEnv):
        super().__init__(cfg, env)
        self._latency = torch.zeros(env.num_envs, dtype=torch.long, device=self.device)
        self._latest = torch.zeros(cfg.latency_steps[1] + 1, env.num_envs, self.action_dim, device=self.device)
        self._envs = torch.arange(env.num_envs, device=self.device)

    def reset(self, env_ids: torch.Tensor | slice | None = None) -> None:
        """Draw the latency of environments that start an episode, and hold their start pose."""
        super().reset(env_ids)
        rows = slice(None) if env_ids is None else env_ids
        low, high = self.cfg.latency_steps
        number = uniform(self._env.cfg.seed, self._env.episodes[rows], "latency", 1)[:, 0]  # one bus for all arms
        self._latency[rows] = low + ((high - low + 1) * number).long()
        self._latest[:, rows] = self._asset.data.joint_pos_target.torch[rows][:, self._joint_ids]

    def process_actions(self, actions: torch.Tensor) -> None:
        """Take the actions (N, C), and pass on those of a few steps ago."""
        super().process_actions(actions)
        self._latest = torch.cat([self.processed_actions[None], self._latest[:-1]])
        self._processed_actions = self._latest[self._latency, self._envs]


@configclass
class DelayedJointPositionInUnitsActionCfg(JointPositionInUnitsActionCfg):
    """The same, late."""

    class_type: type = DelayedJointPositionInUnitsAction
    latency_steps: tuple[int, int] = (0, 0)
    """Lowest and highest delay, whole control steps; each episode draws its own."""
