"""Pages of the success and the failure that a report shows; each is played once more for its page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lerobot_env_leisaac.policies.chunks import schedule

from .examples import Example
from .replay_page import ReplayPage
from .rollout import play_episodes
from .watched import WatchedActor

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
    from lerobot_env_leisaac.policies.load import LoadedPolicy
    from lerobot_env_leisaac.policies.remote.policy import RemotePolicy


def write_example_pages(env: LeRobotEnv, policy: LoadedPolicy | RemotePolicy, seed: int, folder: Path) -> None:
    """Write ``success.html`` and ``failure.html`` beside the examples of that name, as far as there are any.

    An episode starts the same again, but on a GPU it need not go the same way: without the same end it has no page.

    Args:
        env: The environment.
        policy: The policy.
        seed: Seed of the evaluation.
        folder: Where the examples are.
    """
    for path in sorted(folder.glob("*.npz")):
        example, page = Example.read(path), path.with_suffix(".html")
        with ReplayPage(page, env) as replay:
            actor = WatchedActor(schedule(policy, env.num_envs, env.device, seed), env, replay=replay)
            (again,) = play_episodes(env, actor, [example.episode], seed, start_every=actor.start_every)
        if again.success != example.success:
            page.unlink()
            print(f"note: episode {example.episode} ended otherwise when played again: no page of it", file=sys.stderr)
