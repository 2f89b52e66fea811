"""What is known of a task before anything is imported that simulates it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from lerobot_env_leisaac.robots.spec import RobotSpec
from lerobot_env_leisaac.scenes.kit_cameras import kit_cameras
from lerobot_env_leisaac.scenes.spec import SceneSpec

PHYSICS = ("newton_mjwarp", "newton_mjwarp_deterministic", "isaacsim_physx", "ovphysx", "physx")
"""What ``physics`` may be: the presets of :mod:`.common.presets`."""

IMAGE_FORMATS = ("float_chw", "uint8_hwc")
"""What ``image_format`` may be: float32 (N, 3, H, W) in [0, 1], or uint8 (N, H, W, 3)."""


@dataclass(frozen=True, kw_only=True)
class ColorChoice:
    """One object that may lie among others of its shape, so that its colour alone says which one is meant.

    Attributes:
        object: Its name; what the task is about, whatever colour it has.
        color: The colour that it has by itself.
        instruction: What a policy is told, with ``{color}`` in the place of the colour's name.
        spread: How far from the object's place others lie, along x and along y [m].
        gap: Least distance between the centres of two [m]: open jaws need room.
    """

    object: str
    color: str
    instruction: str
    spread: tuple[float, float]
    gap: float


@dataclass(frozen=True, kw_only=True)
class TaskSpec:
    """A task as plain data: no torch, no Isaac Lab, no USD file.

    Attributes:
        name: Name of the task, such as ``LiftCube``.
        isaaclab_id: Gymnasium id of the task as Isaac Lab knows tasks: radians, observation groups, rewards.
        lerobot_id: Gymnasium id of the task in LeRobot units.
        isaaclab_cfg: ``module:Class`` of the configuration behind `isaaclab_id`.
        lerobot_cfg: ``module:Class`` of the configuration behind `lerobot_id`.
        robot: The robot that does it.
        scene: Where it does it.
        objects: Names of the scene's objects that it moves, which variations of objects change.
        instruction: What a policy is told to do.
        choice: What may lie among others that differ from it in colour; None where nothing may.
        control_hz: Control steps a second of simulated time [Hz].
        physics_hz: Physics steps a second of simulated time [Hz]; a multiple of `control_hz`.
        episode_s: Simulated time after which an episode has failed [s].
        max_constraints: Rows of constraints for which Newton has room in an environment, ``njmax``.
        max_contacts: Contacts for which it has room, ``nconmax``; beyond it contacts are dropped.
        jacobian: How Newton stores the Jacobian of the constraints, ``sparse`` or ``dense``. On a CPU dense takes time
            for all the contacts there is room for, sparse for those that there are: a third of the time with 16
            environments. Sums round differently, so a task keeps the one that its datasets were recorded with.
        subtasks: Names of the sub-tasks, in the order of reports: terms of the observation group ``subtasks``.
        units: Unit convention where none is asked for.
        physics: Presets of the physics; the first is the default.
        agents: Configurations of reinforcement learning, ``module:Class`` by the key that Isaac Lab looks them up by.
        pretrained: What `agents` trained, a safetensors file; None if none ships.
        expert: ``module:Class`` of its scripted demonstrator; None if there is none.
        demonstration_s: Simulated time after which a demonstration has failed [s]; as long as an episode without it.
        packaged_policy: Word for the policy that ships with the package and does this task; None if none does.
    """

    name: str
    isaaclab_id: str
    lerobot_id: str
    isaaclab_cfg: str
    lerobot_cfg: str
    robot: RobotSpec
    scene: SceneSpec
    objects: tuple[str, ...]
    instruction: str
    control_hz: int
    physics_hz: int
    episode_s: float
    max_constraints: int = 200
    max_contacts: int = 100
    jacobian: Literal["dense", "sparse"] = "sparse"
    subtasks: tuple[str, ...] = ()
    choice: ColorChoice | None = None
    units: str = "degrees"
    physics: tuple[str, ...] = PHYSICS
    agents: Mapping[str, str] = field(default_factory=dict)
    pretrained: Path | None = None
    expert: str | None = None
    demonstration_s: float | None = None
    packaged_policy: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated.

        Raises:
            ValueError: Rates that do not divide, or objects that the scene has not.
        """
        if self.control_hz <= 0 or self.physics_hz % self.control_hz:
            raise ValueError(
                f"task {self.name}: physics_hz={self.physics_hz} is not a multiple of control_hz={self.control_hz}"
            )
        if strangers := set(self.objects) - set(self.scene.objects):
            raise ValueError(
                f"task {self.name}: the scene {self.scene.file.name} has no {', '.join(sorted(strangers))}, "
                f"expected some of {', '.join(self.scene.objects) or 'none'}"
            )

    @property
    def cameras(self) -> Mapping[str, tuple[int, int]]:
        """Height and width of each camera's images [px], in the order of observations."""
        return {camera.name: (camera.height, camera.width) for camera in self.scene.cameras}

    @property
    def optional_cameras(self) -> Mapping[str, tuple[int, int]]:
        """The same of the cameras that are there where they are asked for by name alone."""
        return {camera.name: (camera.height, camera.width) for camera in kit_cameras(self.scene.cameras).values()}

    @property
    def every_camera(self) -> Mapping[str, tuple[int, int]]:
        """The same of both."""
        return {**self.cameras, **self.optional_cameras}

    def cameras_asked_for(self, names: Collection[str] | None) -> Mapping[str, tuple[int, int]]:
        """Return the cameras that are named, in order; where nobody named any, None, those of the default."""
        return self.cameras if names is None else {k: size for k, size in self.every_camera.items() if k in names}

    @property
    def longest_demonstration_s(self) -> float:
        """Simulated time after which a demonstration has failed [s]."""
        return self.demonstration_s or self.episode_s
