"""Velocities of a base that drives as actions: in SI units, in those of the environment's convention, and late."""

from __future__ import annotations

from dataclasses import MISSING

import torch
from isaaclab.envs import ManagerBasedEnv
from isaaclab.envs.mdp.actions import JointVelocityAction, JointVelocityActionCfg
from isaaclab.utils import configclass

from .actions import Delay, from_units
from .base import Base, attainable


class BaseVelocityAction(JointVelocityAction):
    """Velocities in the base's own axes: ahead [m/s], to the left [m/s], about the vertical [rad/s].

    Where a wheel would be too fast all of them are slowed together, as the real ones are.
    """

    def __init__(self, cfg: BaseVelocityActionCfg, env: ManagerBasedEnv):
        super().__init__(cfg, env)
        robot = env.cfg.spec().robot
        self._drive, self._base = robot.drive, Base(robot, env.scene)

    @property
    def limits(self) -> torch.Tensor:
        """Low and high of each velocity [m/s], [m/s], [rad/s]. Shape is (3, 2)."""
        return torch.tensor(self._drive.limits)

    def process_actions(self, actions: torch.Tensor) -> None:
        """Take the velocities (N, 3)."""
        super().process_actions(actions)
        self._processed_actions *= attainable(self._drive, self._processed_actions)

    def apply_actions(self) -> None:
        """Ask for them in the world's axes, which are others in every physics step where the base turns."""
        self._base.drive(self._processed_actions)


@configclass
class BaseVelocityActionCfg(JointVelocityActionCfg):
    """Velocities of a base, in the order of the robot's channels."""

    class_type: type = BaseVelocityAction
    asset_name: str = MISSING  # type: ignore[assignment] # Isaac Lab's way to ask for it
    joint_names: list[str] = MISSING  # type: ignore[assignment] # Isaac Lab's way to ask for it
    preserve_order: bool = True
    use_default_offset: bool = False


class BaseVelocityInUnitsAction(BaseVelocityAction):
    """The same, given in ``env.cfg.units``."""

    def __init__(self, cfg: BaseVelocityInUnitsActionCfg, env: ManagerBasedEnv):
        super().__init__(cfg, env)
        self._scale, self._offset = from_units(env, env.cfg.spec().robot.columns("base"))


@configclass
class BaseVelocityInUnitsActionCfg(BaseVelocityActionCfg):
    """The same, in units."""

    class_type: type = BaseVelocityInUnitsAction


class DelayedBaseVelocityInUnitsAction(BaseVelocityInUnitsAction):
    """The same, late. Until an episode's first action arrives the base stands."""

    cfg: DelayedBaseVelocityInUnitsActionCfg

    def __init__(self, cfg: DelayedBaseVelocityInUnitsActionCfg, env: ManagerBasedEnv):
        super().__init__(cfg, env)
        self._delay = Delay(env, self.action_dim, cfg.latency_steps)

    def reset(self, env_ids: torch.Tensor | slice | None = None) -> None:
        """Draw the latency of environments that start an episode."""
        super().reset(env_ids)
        rows = slice(None) if env_ids is None else env_ids
        self._delay.begin(rows, torch.zeros_like(self._raw_actions[rows]))

    def process_actions(self, actions: torch.Tensor) -> None:
        """Take the velocities (N, 3), and pass on those of a few steps ago."""
        super().process_actions(actions)
        self._processed_actions = self._delay.pass_on(self.processed_actions)


@configclass
class DelayedBaseVelocityInUnitsActionCfg(BaseVelocityInUnitsActionCfg):
    """The same, late."""

    class_type: type = DelayedBaseVelocityInUnitsAction
    latency_steps: tuple[int, int] = (0, 0)
    """Lowest and highest delay, whole control steps; each episode draws its own, the same for base and arm."""
