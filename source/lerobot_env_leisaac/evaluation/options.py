"""What playing and evaluating have in common: which episodes, where, and how a policy is used."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.arguments import HIGHEST_SEED, whole_number
from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
from lerobot_env_leisaac.envs.make import apply_policy_keywords, load_cfg
from lerobot_env_leisaac.keywords import Keywords
from lerobot_env_leisaac.policies.load import LoadedPolicy, load
from lerobot_env_leisaac.printable import printable


@dataclass(frozen=True, kw_only=True)
class EpisodeOptions:
    """What is played, and where; see the ``leisaac eval`` command.

    Attributes:
        task: Name of a task, such as ``LiftCube``, or the id of an environment in LeRobot units.
        seed: Seed of the episodes.
        num_envs: How many episodes are played side by side.
        units: Unit convention of the environment; the checkpoint's, else the task's by default.
        device: Where to simulate.
        physics: Preset of the physics; the task's by default.
        servo: How the robot's servos behave; the robot's by default.
        variation: How the world differs: a name, a file or values; not at all by default.
        instruction: What the policy is told to do; the checkpoint's, else the task's by default.
        n_action_steps: How many actions of a chunk are carried out; what the checkpoint says by default.
        rename_map: From the environment's observations to the policy's.
        vlm_path: Directory of the policy's VLM.
        image_size: Height and width of the images [px]; the checkpoint's by default.
        cameras: Names of the cameras; the checkpoint's by default.
        overrule: Checks of the policy's audit whose errors are only warnings: ``units``, ``images``.
        trust_checkpoint: Load the policy also where its files ask to run code.
        time_limit: Simulated time after which an episode has failed [s]; the task's by default.
    """

    task: str = catalog.DEFAULT
    seed: int = 0
    num_envs: int = 1
    units: str | None = None
    device: str | None = None
    physics: str | None = None
    servo: str | None = None
    variation: str | Path | Mapping[str, Any] | None = None
    instruction: str | None = None
    n_action_steps: int | None = None
    rename_map: Mapping[str, str | None] | None = None
    vlm_path: str | None = None
    image_size: tuple[int, int] | None = None
    cameras: Sequence[str] | None = None
    time_limit: float | None = None
    overrule: tuple[str, ...] = ()
    trust_checkpoint: bool = False

    def require_legal(self, episodes: int) -> None:
        """Refuse numbers that make no sense.

        Args:
            episodes: How many episodes are asked for.

        Raises:
            ValueError: One of them does; the message names it.
        """
        whole_number("episodes", episodes, 1, HIGHEST_SEED)
        Keywords(num_envs=self.num_envs, seed=self.seed, time_limit=self.time_limit).checked()

    def resolve_cfg(self, checkpoint: str | None) -> Any:
        """Return the configuration of the environment that these options ask for; the world is not varied in it yet.

        Args:
            checkpoint: The policy that cameras, sizes and instruction are fitted to; None for no policy.

        Raises:
            ValueError: An option is not legal, or the checkpoint is no LeRobot policy.
            FileNotFoundError: The checkpoint cannot be found.
        """
        presets = [name for name in (self.physics, self.servo) if name is not None]
        cfg = load_cfg(catalog.lerobot_task(self.task).lerobot_cfg, presets)
        apply_policy_keywords(
            cfg,
            units=self.units,
            cameras=self.cameras,
            image_size=self.image_size,
            image_format="uint8_hwc",  # turned into floats only for those that the policy is asked for
            instruction=self.instruction,
            checkpoint=checkpoint,
            rename_map=self.rename_map,
            trust_checkpoint=self.trust_checkpoint,
        )
        if self.time_limit is not None:
            cfg.episode_length_s = self.time_limit
        return cfg

    def make_env(self, cfg: Any, episodes: int, render_mode: str | None = None) -> LeRobotEnv:
        """Make the environment of a configuration, of no more sub-environments than episodes."""
        return gym.make(
            catalog.lerobot_id(self.task),
            cfg=cfg,
            num_envs=max(1, min(self.num_envs, episodes)),
            device=self.device,
            seed=self.seed,
            variation=self.variation,
            render_mode=render_mode,
        ).unwrapped

    def load_policy(self, checkpoint: str, env: LeRobotEnv) -> LoadedPolicy:
        """Load a policy for an environment, and print what its audit found; see :func:`load`."""
        policy = load(
            checkpoint,
            env,
            units=self.units,
            rename_map=self.rename_map,
            vlm_path=self.vlm_path,
            n_action_steps=self.n_action_steps,
            overrule=self.overrule,
            trust_checkpoint=self.trust_checkpoint,
        )
        for finding in policy.audit.findings:  # logged as well, where nobody listens
            print(printable(f"{finding.level}: {finding.verdict}"), file=sys.stderr)
        return policy
