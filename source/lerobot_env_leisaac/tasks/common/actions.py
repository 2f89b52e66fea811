"""Joint position action in the units of the environment's convention."""

from __future__ import annotations

import torch
from isaaclab.envs.mdp.actions import JointPositionAction, JointPositionActionCfg
from isaaclab.utils import configclass

from lerobot_env_leisaac import units


class JointPositionInUnitsAction(JointPositionAction):
    """Joint position targets given in ``env.cfg.units``.

    The parent's scale and offset hold the inverse of the convention, so that targets reach the joints in radians.
    """

    def __init__(self, cfg: JointPositionInUnitsActionCfg, env):
        super().__init__(cfg, env)
        convention = units.load(env.cfg.units)
        scale = torch.tensor(convention.scale, device=self.device)
        self._scale = 1.0 / scale
        self._offset = -torch.tensor(convention.offset, device=self.device) / scale


@configclass
class JointPositionInUnitsActionCfg(JointPositionActionCfg):
    """Six joint position targets, in the order of :data:`~lerobot_env_leisaac.units.JOINT_NAMES`."""

    class_type: type = JointPositionInUnitsAction
    asset_name: str = "robot"
    joint_names: list[str] = list(units.JOINT_NAMES)  # noqa: RUF012 - a configclass copies its defaults
    preserve_order: bool = True
    use_default_offset: bool = False
