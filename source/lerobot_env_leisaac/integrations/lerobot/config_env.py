"""``--env.type=leisaac``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import gymnasium as gym
from lerobot.configs import FeatureType, PolicyFeature, parser
from lerobot.envs.configs import EnvConfig
from lerobot.utils.constants import ACTION, OBS_IMAGES, OBS_STATE

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.keywords import Keywords

from .options import image_shapes, make_env, one_line, resolve_cfg

if TYPE_CHECKING:
    from isaaclab.envs import ManagerBasedRLEnvCfg

    from .fit import Fit


@EnvConfig.register_subclass("leisaac")
@dataclass
class LeisaacEnv(EnvConfig):
    """A task in LeRobot units, all sub-environments in one process.

    Units, cameras, image size and instruction that are not given are fitted: to the dataset, while training; to the
    policy, else, which is then checked against the environment. What was found stands in the fields.

    Attributes:
        task: Name of the task, as in ``LeIsaac-SO101-<task>-SmolVLA-v0``.
        fps: Control rate [Hz]; no other than the task's.
        units: Unit convention of states and actions: a name of ``config/units`` or a path to a YAML file; ``degrees``
            where nothing declares another one.
        cameras: Cameras to observe, among ``front``, ``top``, ``wrist``.
        image_size: Height and width of the images [px].
        instruction: What the policy is told to do.
        episode_length: Control steps until an episode is given up; the task's by default.
        variation: How the world varies: a name of ``config/variations`` or a path to a YAML file.
        servo: How the robot's servos behave: ``tracking`` by default, ``identified``, ``menagerie``, ``leisaac``.
        device: ``cpu`` or ``cuda:<index>``; a GPU where there is one by default.
        policy_path: Policy to fit to; the command line's ``--policy.path`` by default.
        overrule: What the audit of that policy refuses and you know better, among ``units``, ``images``.
        trust_checkpoint: Let that policy be loaded also where its files ask to run code.
    """

    task: str | None = catalog.DEFAULT
    fps: int = 0
    units: str | None = None
    cameras: list[str] | None = None
    image_size: tuple[int, int] | None = None
    instruction: str | None = None
    episode_length: int | None = None
    variation: str | None = None
    servo: str | None = None
    device: str | None = None
    policy_path: str | None = None
    overrule: list[str] = field(default_factory=list)
    trust_checkpoint: bool = False

    def __post_init__(self) -> None:
        """Refuse what is not legal, and say which features the environment has."""
        with one_line("env"):
            spec = catalog.lerobot_task(self.task)
            self.fps = self.fps or spec.control_hz
            fit = self._fit()
            cfg = self._resolve(fit)
            fit.check(cfg, self.units, self.overrule)
            shapes = image_shapes(cfg)
            if not shapes:
                raise ValueError("cameras is [], expected one or more: LeRobot's evaluation renders its episodes")
        self.units, self.instruction, self.cameras = cfg.units, cfg.instruction, list(shapes)
        sizes = {shape[:2] for shape in shapes.values()}
        self.image_size = sizes.pop() if len(sizes) == 1 else None
        joints = (len(spec.robot.channels),)
        self.features = {
            ACTION: PolicyFeature(FeatureType.ACTION, joints),
            OBS_STATE: PolicyFeature(FeatureType.STATE, joints),
            **{f"{OBS_IMAGES}.{name}": PolicyFeature(FeatureType.VISUAL, shape) for name, shape in shapes.items()},
        }
        self.features_map = {name: name for name in self.features}

    @property
    def gym_id(self) -> str:
        """Gymnasium's id of the environment."""
        return catalog.lerobot_id(self.task)

    @property
    def gym_kwargs(self) -> dict[str, Any]:
        """Keywords of ``gym.make`` beside the configuration."""
        return {"device": self.device, "variation": self.variation}

    def create_envs(self, n_envs: int, use_async_envs: bool = False) -> dict[str, dict[int, gym.vector.VectorEnv]]:
        """Make the environment.

        Args:
            n_envs: Number of sub-environments.
            use_async_envs: Without effect: they are simulated together, in this process.

        Raises:
            ValueError: A field was changed to an illegal value.
            RuntimeError: An environment already lives in this process.
        """
        from .vector_env import LeisaacVectorEnv

        env = make_env(self.task, self._resolve(self._fit()), num_envs=n_envs, **self.gym_kwargs)
        return {self.type: {0: LeisaacVectorEnv(env)}}

    def _fit(self) -> Fit:
        """Return what the environment is to be like where no option says otherwise."""
        from .fit import fit_to_dataset, fit_to_policy

        policy = fit_to_policy(self.policy_path, trust_checkpoint=self.trust_checkpoint)
        dataset = parser.parse_arg("dataset.repo_id")
        return fit_to_dataset(dataset, parser.parse_arg("dataset.root")) if dataset else policy

    def _resolve(self, fit: Fit) -> ManagerBasedRLEnvCfg:
        """Return the environment's configuration with these options in it."""
        rate = catalog.lerobot_task(self.task).control_hz
        if self.fps != rate:
            raise ValueError(f"fps is {self.fps}, expected {rate}, the rate of control")
        if self.episode_length is not None and self.episode_length < 1:
            raise ValueError(f"episode_length is {self.episode_length}, expected 1 control step or more")
        Keywords(instruction=self.instruction).checked()
        cfg = resolve_cfg(
            self.task,
            fit,
            units=self.units or fit.units or "degrees",
            cameras=self.cameras,
            image_size=self.image_size,
            variation=self.variation,
            servo=self.servo,
        )
        if self.instruction is not None:
            cfg.instruction = self.instruction
        if self.episode_length is not None:
            cfg.episode_length_s = self.episode_length / rate
        return cfg
