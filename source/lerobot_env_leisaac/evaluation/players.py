"""Who plays the episodes of an evaluation in this process: one environment, and the policy in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch

from lerobot_env_leisaac import stages
from lerobot_env_leisaac.policies.chunks import ChunkScheduler, LockStep, schedule
from lerobot_env_leisaac.policies.remote.policy import RemotePolicy
from lerobot_env_leisaac.quiet import quiet
from lerobot_env_leisaac.versions import installed_versions

from .episode import Episode
from .example_pages import write_example_pages
from .examples import ExampleRecorder
from .replay_page import ReplayPage
from .rollout import Timing, play_episodes
from .watched import WatchedActor

if TYPE_CHECKING:
    from .options import EvaluationOptions
    from .policy_source import PolicySource
    from .world import World


class Players:
    """The environments of one process, and a policy that plays in all of them.

    Attributes:
        run: What a run of the evaluation notes of them: device, how many they are, and the versions.
        timing: Where the time went so far.
    """

    def __init__(
        self,
        options: EvaluationOptions,
        source: PolicySource,
        cfg: Any,
        config: Mapping[str, Any],
        world: World,
        episodes: int,
        examples: Path | None,
        replay: Path | None = None,
    ):
        """Build the environment, or take the world's, and load the policy.

        Args:
            options: What is evaluated.
            source: Where its policy comes from.
            cfg: Configuration of the environment, as the source resolves it.
            config: What the evaluation measures, see :func:`.configuration.describe`.
            world: Keeps the environment.
            episodes: How many episodes they may play at most.
            examples: Folder for what the first success and the first failure looked like, which a report shows.
            replay: HTML file for the first episode of environment 0.
        """
        self._env = world.env(options, cfg, config, episodes)
        stages.begin(stages.POLICY)
        with quiet():
            self._policy = source.load(self._env)
            self._warm_up()
        self.run: dict[str, Any] = {
            "device": self._env.device,
            "num_envs": self._env.num_envs,
            "versions": installed_versions(),
        }
        self.timing = Timing()
        self._folder, self._replay = examples, replay
        self._examples = None if examples is None else ExampleRecorder(self._env, examples)

    @property
    def step_dt(self) -> float:
        """Time of a control step [s]."""
        return self._env.step_dt

    def statistics(self) -> dict[str, Any]:
        """Return what is known of the policy's server; nothing where there is none."""
        return {"server": self._policy.statistics()} if isinstance(self._policy, RemotePolicy) else {}

    def play(self, numbers: Iterable[int], on_step: Callable[[], None] = lambda: None) -> Iterator[Episode]:
        """Play episodes, and yield each as soon as it has ended.

        Args:
            numbers: Their numbers; the next one is asked for when an environment is free.
            on_step: Is called after every step.
        """
        played: dict[str, Any] = {"timing": self.timing, "examples": self._examples, "on_step": on_step}
        if self._replay is None:
            scheduled = self._scheduled()
            yield from play_episodes(
                self._env, scheduled, numbers, self._env.cfg.seed, start_every=scheduled.start_every, **played
            )
        else:
            yield from self._play_for_page(self._replay, numbers, **played)

    def write_example_pages(self) -> None:
        """Write pages of the examples, where there is a replay and a report that links them."""
        if self._replay is not None and self._folder is not None:
            write_example_pages(self._play_for_page, self._folder)

    def _play_for_page(self, path: Path, numbers: Iterable[int], **played: Any) -> Iterator[Episode]:
        """Play episodes, and write the first one that environment 0 plays as a page."""
        with ReplayPage(path, self._env) as page:
            watched = WatchedActor(self._scheduled(), self._env, replay=page)
            yield from play_episodes(
                self._env, watched, numbers, self._env.cfg.seed, start_every=watched.start_every, **played
            )

    def _scheduled(self) -> ChunkScheduler | LockStep:
        """Return the policy, ready to begin episodes."""
        return schedule(self._policy, self._env.num_envs, self._env.device, self._env.cfg.seed)

    def _warm_up(self) -> None:
        """Take a step on a GPU, where the first call of a policy and of the physics loads kernels for seconds."""
        env = self._env
        if torch.device(env.device).type == "cuda":
            observation, info = env.reset(seed=env.cfg.seed)
            begins = torch.ones(env.num_envs, dtype=torch.bool, device=env.device)
            self._scheduled().act(observation, begins, info["episode"])
            env.step(cast(torch.Tensor, observation["observation.state"]))
