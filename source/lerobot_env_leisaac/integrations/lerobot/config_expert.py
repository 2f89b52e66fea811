"""``--teleop.type=leisaac_expert``."""

from dataclasses import dataclass

from lerobot.teleoperators.config import TeleoperatorConfig


@TeleoperatorConfig.register_subclass("leisaac_expert")
@dataclass(kw_only=True)
class LeisaacExpertConfig(TeleoperatorConfig):
    """The scripted demonstrator of the task that the simulated robot stands before."""
