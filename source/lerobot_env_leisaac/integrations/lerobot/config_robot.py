"""``--robot.type=leisaac_so101``, ``leisaac_bi_so101`` and ``leisaac_lekiwi``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from lerobot.configs import parser
from lerobot.robots import RobotConfig

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.robots.bi_so101.spec import BI_SO101
from lerobot_env_leisaac.robots.lekiwi.spec import LEKIWI
from lerobot_env_leisaac.robots.so101.spec import SO101
from lerobot_env_leisaac.robots.spec import RobotSpec
from lerobot_env_leisaac.tasks.clean_toy_table_bi_arm.spec import SPEC as CLEAN_TOY_TABLE_BI_ARM
from lerobot_env_leisaac.tasks.cleanup_trash.spec import SPEC as CLEANUP_TRASH

from .options import LeisaacOptions, one_line, resolve_cfg

if TYPE_CHECKING:
    from isaaclab.envs import ManagerBasedRLEnvCfg


@RobotConfig.register_subclass("leisaac_so101")
@dataclass(kw_only=True)
class LeisaacSO101Config(LeisaacOptions, RobotConfig):
    """The simulated SO-101 at its table; options as for ``leisaac eval``, and some more.

    Cameras and image size are those of ``--policy.path`` by default, else all, and 480 640; `units` take the place of
    what `use_degrees` says.

    Attributes:
        task: Name of the task, which says what lies on the table and when it is done.
        use_degrees: As for LeRobot's SO-101: body joints in degrees, else in -100..100; the gripper in 0..100.
        max_relative_target: How far a joint's target may lie from its position, in units: one number, or one by joint.
        auto_reset: Start a new episode a second after success and when the task's time is over, for the commands that
            announce no episodes: `lerobot-teleoperate`, and `lerobot-rollout` without a dataset.
        seed: Seed of the episodes; random by default.
        first_episode: Number of the episode to begin with: episode K of a recording starts again with its seed and K.
    """

    spec: ClassVar[RobotSpec] = SO101

    task: str = catalog.DEFAULT
    use_degrees: bool = True
    max_relative_target: float | dict[str, float] | None = None
    auto_reset: bool = False
    seed: int | None = None
    first_episode: int = 0

    def __post_init__(self) -> None:
        """Refuse what is not legal; LeRobot's own checks are about cameras of another kind."""
        from .fit import fit_to_policy

        with one_line("robot"):
            fit_to_policy(None, trust_checkpoint=self.trust_checkpoint).check(self.resolve(), self.units, self.overrule)
            if (robot := catalog.lerobot_task(self.task).robot) is not self.spec:
                raise ValueError(f"the task {self.task} is for the {robot.title}: --robot.type=leisaac_{robot.name}")
            if self.first_episode < 0:
                raise ValueError(f"first_episode is {self.first_episode}, expected 0 or more")
            asked, rate = parser.parse_arg("dataset.fps"), catalog.lerobot_task(self.task).control_hz
            if asked is not None and float(asked) != rate:
                raise ValueError(f"--dataset.fps is {asked}, expected {rate}, the rate of control")

    def resolve(self) -> ManagerBasedRLEnvCfg:
        """Return the environment's configuration with these options in it.

        Raises:
            ValueError: A value is not legal; the message names what is.
            FileNotFoundError: The policy cannot be found.
        """
        from .fit import fit_to_policy

        fit = fit_to_policy(None, trust_checkpoint=self.trust_checkpoint)
        units = self.units or ("lerobot_degrees" if self.use_degrees else "lerobot_normalized")
        return resolve_cfg(self.task, fit, self, units)


@RobotConfig.register_subclass("leisaac_bi_so101")
@dataclass(kw_only=True)
class LeisaacBiSO101Config(LeisaacSO101Config):
    """Two simulated SO-101 at their table; options as for one."""

    spec: ClassVar[RobotSpec] = BI_SO101

    task: str = CLEAN_TOY_TABLE_BI_ARM.name


@RobotConfig.register_subclass("leisaac_lekiwi")
@dataclass(kw_only=True)
class LeisaacLeKiwiConfig(LeisaacSO101Config):
    """The simulated LeKiwi in its room; options as for an SO-101."""

    spec: ClassVar[RobotSpec] = LEKIWI

    task: str = CLEANUP_TRASH.name
