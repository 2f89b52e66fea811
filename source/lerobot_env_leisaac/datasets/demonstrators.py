"""Who plays the demonstrations of a recording in this process: one environment, and a demonstrator in it."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator

import gymnasium as gym

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.envs.episodic_env import IDLE
from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
from lerobot_env_leisaac.experts.base import make_expert
from lerobot_env_leisaac.experts.named import SCRIPTED
from lerobot_env_leisaac.experts.noise import ActionNoise
from lerobot_env_leisaac.options import InterfaceOptions, WorldOptions, taken
from lerobot_env_leisaac.policies.chunks import ChunkScheduler
from lerobot_env_leisaac.policies.load import load
from lerobot_env_leisaac.policies.threads import compute_in_one_thread
from lerobot_env_leisaac.quiet import quiet

from .corrections import Mixture
from .demonstrations import play
from .manifest import Manifest
from .options import RecordOptions
from .shards import Demonstration


class Wanted:
    """Numbers of the episodes that are to be played, each when it is asked for: one for each demonstration missing."""

    def __init__(self, played: Collection[int], missing: int):
        """Begin with the lowest number that was not played.

        Args:
            played: Numbers that were.
            missing: How many demonstrations are.
        """
        self._fresh = (number for number in itertools.count() if number not in played)
        self.missing = missing

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        """Return the next number; `IDLE` as long as none is wanted."""
        if not self.missing:
            return IDLE
        self.missing -= 1
        return next(self._fresh)

    def take(self) -> list[int]:
        """Return all numbers that are wanted now."""
        count, self.missing = self.missing, 0
        return list(itertools.islice(self._fresh, count))

    def another(self) -> None:
        """Want one more, in the place of a demonstration that failed."""
        self.missing += 1


class Demonstrators:
    """The environments of one process, and a demonstrator that plays in all of them.

    Attributes:
        device: Where they are.
    """

    def __init__(self, options: RecordOptions, manifest: Manifest, num_envs: int):
        """Build the environments, and the demonstrator.

        Args:
            options: What is demonstrated.
            manifest: What is recorded.
            num_envs: How many environments.
        """
        spec = catalog.demonstrated_task(options.task, options.expert or SCRIPTED)
        asked = taken(options, InterfaceOptions) | taken(options, WorldOptions)
        asked |= {"physics": manifest.physics, "cameras": tuple(manifest.cameras)}
        asked["image_size"] = next(iter(manifest.cameras.values()), None)
        with quiet():
            self._env: LeRobotEnv = gym.make(
                manifest.env_id, **asked, num_envs=num_envs, seed=manifest.seed, image_format="uint8_hwc"
            )
            self._env.cfg.episode_length_s = spec.longest_demonstration_s
            self._env.cfg.compute_final_obs = False  # nobody looks at the last observation of an episode
            self._expert = make_expert(spec, self._env, options.expert or SCRIPTED)
            self._noise = ActionNoise(self._env, options.noise_deg) if options.noise_deg else None
            self._mixture = _mixture(self._env, options, manifest)
        self.device = self._env.device

    def play_wanted(self, wanted: Wanted) -> Iterator[Demonstration]:
        """Play as long as demonstrations are wanted, and yield each as it ends."""
        while wanted.missing:
            yield from self.play(wanted)

    def play(self, numbers: Iterable[int]) -> Iterator[Demonstration]:
        """Play numbered episodes, and yield each as it ends; see :func:`.demonstrations.play`.

        Args:
            numbers: Their numbers; `IDLE` where there is none now.
        """
        yield from play(self._env, self._expert, self._noise, numbers, self._mixture)

    def close(self) -> None:
        """Leave the simulator to another environment."""
        self._env.close()


def _mixture(env: LeRobotEnv, options: RecordOptions, manifest: Manifest) -> Mixture | None:
    """Return the mixture of the demonstrator and the policy that it corrects; None where there is none."""
    if options.policy is None:
        return None
    compute_in_one_thread(env.device)
    policy = load(str(options.policy), env, units=options.units)
    return Mixture(env, ChunkScheduler(policy, env.num_envs, env.device, options.seed), manifest.beta)
