"""Scripted demonstrator of the assemble-hamburger task with two arms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lerobot_env_leisaac.tasks.assemble_hamburger.expert import AssembleHamburgerExpert
from lerobot_env_leisaac.tasks.assemble_hamburger.spec import BOTTOM_BUN, CHEESE, PATTY, TOP_BUN
from lerobot_env_leisaac.tasks.common.pick_and_place import ArmsInTurn

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv


class AssembleHamburgerBiArmExpert(ArmsInTurn):
    """The left arm stacks the lower bun and the cheese, the right one the patty and the upper bun, in turn."""

    def __init__(self, env: LeRobotEnv):
        """Build the demonstrator for an environment."""
        shares = zip(env.robot.entities, ((BOTTOM_BUN, CHEESE), (PATTY, TOP_BUN)), strict=True)
        super().__init__([AssembleHamburgerExpert(env, layers, arm) for arm, layers in shares])
