"""Joint position action in the units of the environment's convention."""

from __future__ import annotations

from dataclasses import MISSING

import torch
from isaaclab.envs import ManagerBasedEnv
from isaaclab.envs.mdp.actions import JointPositionAction, JointPositionActionCfg
from isaaclab.utils import configclass

from lerobot_env_leisaac import units
from lerobot_env_leisaac.episodes.draws import uniform


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
        low, high = self._bounds
        number = uniform(self._env.cfg.seed, self._env.episodes[rows], "latency", 1)[:, 0]  # one bus for all joints
        self._latency[rows] = low + ((high - low + 1) * number).long()
        self._latest[:, rows] = held

    def pass_on(self, actions: torch.Tensor) -> torch.Tensor:
        """Take the actions of this step, and return those of a few steps ago. Shapes are (N, A)."""
        self._latest = torch.cat([actions[None], self._latest[:-1]])
        return self._latest[self._latency, self._envs]


class DelayedJointPositionInUnitsAction(JointPositionInUnitsAction):
    """The same, late. Until an episode's first action arrives the arm holds its start pose."""

    cfg: DelayedJointPositionInUnitsActionCfg

    def __init__(self, cfg: DelayedJointPositionInUnitsActionCfg, env: ManagerBasedEnv):
        super().__init__(cfg, env)
        self._delay = Delay(env, self.action_dim, cfg.latency_steps)

    def reset(self, env_ids: torch.Tensor | slice | None = None) -> None:
        """Draw the latency of environments that start an episode, and hold their start pose."""
        super().reset(env_ids)
        rows = slice(None) if env_ids is None else env_ids
        self._delay.begin(rows, self._asset.data.joint_pos_target.torch[rows][:, self._joint_ids])

    def process_actions(self, actions: torch.Tensor) -> None:
        """Take the actions (N, C), and pass on those of a few steps ago."""
        super().process_actions(actions)
        self._processed_actions = self._delay.pass_on(self.processed_actions)


@configclass
class DelayedJointPositionInUnitsActionCfg(JointPositionInUnitsActionCfg):
    """The same, late."""

    class_type: type = DelayedJointPositionInUnitsAction
    latency_steps: tuple[int, int] = (0, 0)
    """Lowest and highest delay, whole control steps; each episode draws its own."""
