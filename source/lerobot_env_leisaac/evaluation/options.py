"""What playing and evaluating have in common: which episodes, where, and how a policy is used."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
from lerobot_env_leisaac.policies.load import LoadedPolicy, load


@dataclass(frozen=True, kw_only=True)
class EpisodeOptions:
    """What is played, and where; see the ``leisaac eval`` command.

    Attributes:
        task: Name of a task, such as ``LiftCube``, or the id of an environment in LeRobot units.
        seed: Seed of the episodes.
        num_envs: How many episodes are played side by side.
        units: Unit convention of the environment; the task's by default.
        device: Where to simulate.
        physics: Preset of the physics; the task's by default.
        variation: How the world differs; not at all by default.
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

    task: str = "LiftCube"
    seed: int = 0
    num_envs: int = 1
    units: str | None = None
    device: str | None = None
    physics: str | None = None
    variation: str | None = None
    instruction: str | None = None
    n_action_steps: int | None = None
    rename_map: Mapping[str, str | None] | None = None
    vlm_path: str | None = None
    image_size: tuple[int, int] | None = None
    cameras: tuple[str, ...] | None = None
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
        if episodes < 1:
            raise ValueError(f"episodes is {episodes}, expected 1 or more")
        if self.num_envs < 1:
            raise ValueError(f"num_envs is {self.num_envs}, expected 1 or more")
        if self.time_limit is not None and self.time_limit <= 0:
            raise ValueError(f"time_limit is {self.time_limit}, expected more than 0 seconds")

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
            print(f"{finding.level}: {finding.verdict}", file=sys.stderr)
        return policy
