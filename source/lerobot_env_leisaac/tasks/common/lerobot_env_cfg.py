"""What an environment declares so that a LeRobot policy plugs in."""

from __future__ import annotations

from typing import Any

from isaaclab.managers import ObservationGroupCfg, ObservationTermCfg, SceneEntityCfg
from isaaclab.utils import configclass

from lerobot_env_leisaac import units
from lerobot_env_leisaac.units import UnitConvention

from . import observations
from .actions import JointPositionInUnitsActionCfg
from .base_actions import BaseVelocityInUnitsActionCfg
from .choice import Draw
from .scene_cfg import scene_cfg
from .task_env_cfg import ActionsCfg, actions_cfg


@configclass
class NamedGroupCfg(ObservationGroupCfg):
    """A group of observations whose terms stand by their names."""

    def __post_init__(self) -> None:
        self.concatenate_terms = False
        self.enable_corruption = False


@configclass
class LeRobotGroupCfg(NamedGroupCfg):
    """State in the environment's units, and an image from each camera in its format, by the camera's name."""

    state: ObservationTermCfg = ObservationTermCfg(func=observations.state_in_units)


@configclass
class LeRobotObservationsCfg:
    """One group, ``lerobot``; a task with sub-tasks adds the group ``subtasks``."""

    lerobot: LeRobotGroupCfg = None  # type: ignore[assignment] # made with each configuration: it has the task's cameras


@configclass
class LeRobotEnvMixinCfg:
    """The settings that stand between a simulator and a LeRobot policy; a task's configuration inherits it first.

    Itself it inherits nothing: the empty fields of Isaac Lab's base configuration would hide the task's.
    """

    units: str | UnitConvention = ""
    """Unit convention of states and actions: a name of ``config/units``, a path to a YAML file, or the convention."""
    image_format: str = "float_chw"
    """``float_chw``: float32 (N, 3, H, W) in [0, 1]. ``uint8_hwc``: uint8 (N, H, W, 3)."""
    instruction: str = ""
    """What the policy is told to do."""
    draw: Draw | None = None
    """What episodes draw of the task's choice, and are told; None where they do not."""
    lazy_images: bool = False
    """Whether images are rendered only where somebody looks at them; observations are then no dicts."""
    observations: LeRobotObservationsCfg = LeRobotObservationsCfg()
    actions: ActionsCfg = None  # type: ignore[assignment] # made with each configuration
    """Joint position targets, and velocities of a base that drives, in the environment's units."""

    def __post_init__(self: Any) -> None:
        spec = self.spec()
        if self.scene is None:
            self.scene = scene_cfg(spec, cameras=True)
        if self.actions is None:
            self.actions = actions_cfg(spec, JointPositionInUnitsActionCfg, BaseVelocityInUnitsActionCfg)
        if self.observations.lerobot is None:
            self.observations.lerobot = _lerobot_group(tuple(spec.cameras), tuple(spec.optional_cameras))
        self.units = self.units or spec.units
        self.instruction = self.instruction or spec.instruction
        self.env_name = self.env_name or spec.lerobot_id
        super().__post_init__()  # type: ignore[misc] # the task's own
        self.compute_final_obs = True

    def get_ep_meta(self: Any) -> dict[str, Any]:
        """Return what Isaac Lab's recorder notes beside the episodes, and the units of the actions."""
        return {**super().get_ep_meta(), "leisaac_units": units.load(self.units).table}  # type: ignore[misc]

    def cameras(self) -> tuple[str, ...]:
        """Return the names of the cameras that are observed."""
        terms = vars(self.observations.lerobot)
        return tuple(name for name in terms if isinstance(terms[name], ObservationTermCfg) and name != "state")


def image_cfg(camera: str) -> ObservationTermCfg:
    """Return the term of a camera's image."""
    return ObservationTermCfg(func=observations.camera_image, params={"sensor_cfg": SceneEntityCfg(camera)})


def _lerobot_group(cameras: tuple[str, ...], optional: tuple[str, ...]) -> LeRobotGroupCfg:
    """Return the group with a term for each camera, and room for those that may be added."""
    images: dict[str, ObservationTermCfg | None] = {camera: image_cfg(camera) for camera in cameras}
    images |= dict.fromkeys(optional)
    # fields of a class, and not attributes set on an object, so that copies of the configuration keep them
    fields = {"__annotations__": dict.fromkeys(images, ObservationTermCfg | None), **images}
    group: LeRobotGroupCfg = configclass(type(LeRobotGroupCfg.__name__, (LeRobotGroupCfg,), fields))()
    return group
