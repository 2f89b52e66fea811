"""What an environment declares so that a LeRobot policy plugs in."""

from __future__ import annotations

from typing import Any

from isaaclab.managers import ObservationGroupCfg, ObservationTermCfg, SceneEntityCfg
from isaaclab.utils import configclass

from lerobot_env_leisaac import robots, units
from lerobot_env_leisaac.units import UnitConvention

from . import observations
from .actions import JointPositionInUnitsActionCfg
from .cameras import CAMERAS


def _image(camera: str) -> ObservationTermCfg:
    return ObservationTermCfg(func=observations.camera_image, params={"sensor_cfg": SceneEntityCfg(camera)})


@configclass
class LeRobotActionsCfg:
    """One term: joint position targets in the environment's units."""

    joint_pos: JointPositionInUnitsActionCfg = JointPositionInUnitsActionCfg()


@configclass
class LeRobotObservationsCfg:
    """One group, ``lerobot``: the state and an image from each camera, by the camera's name."""

    @configclass
    class LeRobotCfg(ObservationGroupCfg):
        """State in the environment's units, images in its format."""

        state: ObservationTermCfg = ObservationTermCfg(func=observations.joint_pos_in_units)
        front: ObservationTermCfg | None = _image("front")
        top: ObservationTermCfg | None = _image("top")
        wrist: ObservationTermCfg | None = _image("wrist")

        def __post_init__(self) -> None:
            self.concatenate_terms = False
            self.enable_corruption = False

    lerobot: LeRobotCfg = LeRobotCfg()


@configclass
class LeRobotEnvMixinCfg:
    """The settings that stand between a simulator and a LeRobot policy; a task's configuration inherits it first.

    Itself it inherits nothing: the empty fields of Isaac Lab's base configuration would hide the task's.
    """

    robot: str = ""
    """Name of the robot, see :func:`lerobot_env_leisaac.robots.named`."""
    objects: tuple[str, ...] = ()
    """Names of the scene's objects that the task moves."""
    units: str | UnitConvention = "degrees"
    """Unit convention of states and actions: a name of ``config/units``, a path to a YAML file, or the convention."""
    image_format: str = "float_chw"
    """``float_chw``: float32 (N, 3, H, W) in [0, 1]. ``uint8_hwc``: uint8 (N, H, W, 3)."""
    instruction: str = ""
    """What the policy is told to do."""
    lazy_images: bool = False
    """Whether images are rendered only where somebody looks at them; observations are then no dicts."""
    observations: LeRobotObservationsCfg = LeRobotObservationsCfg()
    actions: LeRobotActionsCfg = LeRobotActionsCfg()

    def __post_init__(self) -> None:
        super().__post_init__()  # type: ignore[misc] # the task's own
        self.compute_final_obs = True
        self.actions.joint_pos.joint_names = robots.named(self.robot).joint_names

    def get_ep_meta(self: Any) -> dict[str, Any]:
        """Return what Isaac Lab's recorder notes beside the episodes: its own facts, and the units of the actions."""
        return {
            "sim_args": {
                "dt": self.sim.dt,
                "decimation": self.decimation,
                "render_interval": self.sim.render_interval,
                "num_envs": self.scene.num_envs,
            },
            "leisaac_units": units.load(self.units).table,
        }

    def cameras(self) -> tuple[str, ...]:
        """Return the names of the cameras that are observed."""
        group = self.observations.lerobot
        return tuple(name for name in CAMERAS if getattr(group, name) is not None)
