"""Measure `leisaac eval` against LeRobot's own batch-synchronous rollout: same environment, policy and episodes.

    python scripts/benchmark_evaluation.py --checkpoint DIR --episodes 1000 --num-envs 512 --device cuda:0

Prints five rows, each as soon as it is known. *Simulation alone* takes the steps of the evaluator's own run once more,
with the actions that were taken there and no policy. Images are rendered where the policy looked; in the next row at
every step, as for anybody who asks an environment for its observations. *Policy alone* asks for chunks for all
environments at once. *leisaac eval* and LeRobot's `rollout` play the episodes. Steps of environments that have no
episode left do not count.
"""

import argparse
import json
import time
from collections.abc import Callable
from typing import Any, cast

import gymnasium as gym
import torch
from lerobot.processor import PolicyProcessorPipeline
from lerobot.scripts.lerobot_eval import rollout

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.envs.lazy_observation import shows_images
from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv, Observation
from lerobot_env_leisaac.evaluation.rollout import Actor, Timing, play_episodes
from lerobot_env_leisaac.integrations.lerobot.vector_env import LeisaacVectorEnv
from lerobot_env_leisaac.policies.chunks import schedule
from lerobot_env_leisaac.policies.load import LoadedPolicy, load
from lerobot_env_leisaac.quiet import quiet

Row = dict[str, Any]


class Recorder:
    """Passes an actor's actions on and keeps them, and whether it looked at the images."""

    def __init__(self, actor: Actor):
        self._actor = actor
        self.steps: list[tuple[torch.Tensor, bool]] = []

    def act(self, observation: Observation, begins: torch.Tensor, episodes: torch.Tensor) -> torch.Tensor:
        """Return the actor's actions; see `Actor.act`."""
        action = self._actor.act(observation, begins, episodes)
        self.steps.append((action, shows_images(observation)))
        return action


class Replay:
    """Takes recorded actions once more, and looks where their actor did."""

    def __init__(self, steps: list[tuple[torch.Tensor, bool]]):
        self._steps = iter(steps)

    def act(self, observation: Observation, begins: torch.Tensor, episodes: torch.Tensor) -> torch.Tensor:
        """Return the next recorded actions; where physics went another way and takes longer, stay."""
        action, looked = next(self._steps, (cast(torch.Tensor, observation["observation.state"]), False))
        if looked:
            dict(observation)
        return action


def play(env: LeRobotEnv, actor: Actor, start_every: int | None, episodes: int, seed: int) -> Row:
    """Play with this project's evaluator and return the figures of a row."""
    timing, begin = Timing(), time.perf_counter()
    played = list(play_episodes(env, actor, range(episodes), seed, start_every=start_every, timing=timing))
    wall = time.perf_counter() - begin
    successes = sum(episode.success for episode in played)
    return {
        "successes": successes,
        "env_steps": timing.env_steps,
        "wall_s": wall,
        "policy_s": timing.policy_s,
        "env_steps_per_s": timing.env_steps / wall,
    }


def ask(env: LeRobotEnv, policy: LoadedPolicy, synchronize: Callable[[], None], calls: int = 20) -> Row:
    """Ask for chunks for all environments and return the figures of a row."""
    observation, _ = env.reset(seed=0)
    shape = (env.num_envs, *policy.noise_shape) if policy.noise_shape else None

    def predict() -> None:
        policy.predict_chunk(observation, noise=None if shape is None else torch.randn(shape, device=env.device))

    predict()
    synchronize()
    begin = time.perf_counter()
    for _ in range(calls):
        predict()
    synchronize()
    wall = time.perf_counter() - begin
    steps = calls * env.num_envs * policy.n_action_steps
    return {"env_steps": steps, "wall_s": wall, "policy_s": wall, "env_steps_per_s": steps / wall}


def play_lerobot(env: LeRobotEnv, policy: LoadedPolicy, episodes: int, seed: int) -> Row:
    """Play with LeRobot's rollout, a batch at a time, and return the figures of a row."""
    vector_env = LeisaacVectorEnv(env)
    nothing: PolicyProcessorPipeline = PolicyProcessorPipeline(steps=[])
    successes = steps = 0
    begin = time.perf_counter()
    for first in range(0, episodes, env.num_envs):
        played = rollout(
            vector_env,
            policy._policy,
            env_preprocessor=nothing,
            env_postprocessor=nothing,
            preprocessor=policy._preprocessor,
            postprocessor=policy._postprocessor,
            seeds=list(range(seed + first, seed + first + env.num_envs)),
        )
        counted = min(env.num_envs, episodes - first)
        done = played["done"][:counted]
        steps += int((~done).sum()) + counted
        successes += int((played["success"][:counted] & (done.cumsum(dim=1) <= 1)).any(dim=1).sum())
    wall = time.perf_counter() - begin
    return {"successes": successes, "env_steps": steps, "wall_s": wall, "env_steps_per_s": steps / wall}


def main() -> None:
    """Measure the rows and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", required=True, help="directory or Hub id of a LeRobot policy")
    parser.add_argument("--task", default="LiftCube")
    parser.add_argument("--episodes", type=int, default=1000)
    parser.add_argument("--num-envs", type=int, default=512)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device")
    parser.add_argument("--time-limit", type=float, help="simulated time after which an episode has failed [s]")
    parser.add_argument("--n-action-steps", type=int)
    parser.add_argument("--vlm-path")
    parser.add_argument("--json", metavar="FILE", help="write the figures here as well")
    arguments = parser.parse_args()

    with quiet():
        env = gym.make(
            catalog.lerobot_id(arguments.task),
            num_envs=arguments.num_envs,
            device=arguments.device,
            seed=arguments.seed,
            image_format="uint8_hwc",
            checkpoint=arguments.checkpoint,
        ).unwrapped
        policy = load(arguments.checkpoint, env, vlm_path=arguments.vlm_path, n_action_steps=arguments.n_action_steps)
    if arguments.time_limit is not None:
        env.cfg.episode_length_s = arguments.time_limit
    synchronize = torch.cuda.synchronize if env.device.startswith("cuda") else lambda: None
    run = (arguments.episodes, arguments.seed)

    def scheduler() -> Any:
        return schedule(policy, env.num_envs, env.device, arguments.seed)

    device = torch.cuda.get_device_name(env.device) if env.device.startswith("cuda") else "CPU"
    images = ", ".join(f"{name} {height}x{width}" for name, (height, width) in _image_sizes(env).items())
    print(
        f"\n{device}; {policy.config.type}, {policy.n_action_steps} actions of a chunk; {images}; "
        f"{env.num_envs} environments, {arguments.episodes} episodes of at most {env.max_episode_length} steps, "
        f"seed {arguments.seed}\n"
    )
    print("| | successes | env-steps | wall time | policy | env-steps/s |\n|---|---|---|---|---|---|", flush=True)
    rows: dict[str, Row] = {}

    def report(name: str, row: Row) -> None:
        """Print a row as soon as it is known: LeRobot's can take minutes."""
        rows[name] = row
        successes = row.get("successes", "")
        policy_s = f"{row['policy_s']:.1f} s" if "policy_s" in row else ""
        print(
            f"| {name} | {successes} | {row['env_steps']:,} | {row['wall_s']:.1f} s | {policy_s} "
            f"| {row['env_steps_per_s']:,.0f} |",
            flush=True,
        )
        if arguments.json:
            with open(arguments.json, "w") as file:
                json.dump(rows, file, indent=2)

    start_every = scheduler().start_every
    play(env, scheduler(), start_every, min(arguments.episodes, 2), arguments.seed)  # compiles and allocates
    recorder = Recorder(scheduler())
    report("leisaac eval", play(env, recorder, start_every, *run))
    report("simulation alone", play(env, Replay(recorder.steps), start_every, *run))
    rendered = [(action, True) for action, _ in recorder.steps]
    report("simulation alone, every step rendered", play(env, Replay(rendered), start_every, *run))
    if not policy.needs_lock_step:
        report("policy alone", ask(env, policy, synchronize))
    report("LeRobot's rollout", play_lerobot(env, policy, *run))
    env.close()


def _image_sizes(env: LeRobotEnv) -> dict[str, tuple[int, int]]:
    return {name: env.scene[name].image_shape for name in env.cfg.cameras()}


if __name__ == "__main__":
    main()
