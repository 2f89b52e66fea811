"""Evaluate a policy on numbered episodes, into a folder, so that a killed run can go on."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import gymnasium as gym
import torch
from tqdm import tqdm

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac import catalog, stages
from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
from lerobot_env_leisaac.policies.chunks import schedule
from lerobot_env_leisaac.policies.load import LoadedPolicy
from lerobot_env_leisaac.quiet import quiet
from lerobot_env_leisaac.versions import installed_versions

from .episode_log import EpisodeLog
from .examples import ExampleRecorder
from .folder import CONFIG, EPISODES, EXAMPLES, SUMMARY, write_json
from .options import EpisodeOptions
from .report import write_report
from .rollout import Timing, play_episodes
from .summary import summarize

_MAY_DIFFER = ("checkpoint", "device", "num_envs", "versions")
"""What of a configuration a resumed run may have otherwise than the run that began."""


@dataclass(frozen=True, kw_only=True)
class EvaluationOptions(EpisodeOptions):
    """What to evaluate, and on what.

    Attributes:
        checkpoint: Directory or Hub id of a LeRobot policy, or ``packaged``.
    """

    checkpoint: str


def evaluate(
    options: EvaluationOptions, episodes: int, out: Path, *, resume: bool = False, report: bool = True
) -> dict[str, Any]:
    """Play episodes 0, 1, ... of a seed, those that the folder does not hold yet, and sum up.

    Args:
        options: What to evaluate.
        episodes: How many episodes.
        out: Folder of the results.
        resume: Go on with the evaluation that is in the folder.
        report: Write ``report.html`` as well.

    Returns:
        What ``summary.json`` says.

    Raises:
        ValueError: An argument is not legal, or the folder holds another evaluation.
        FileExistsError: The folder holds an evaluation, and `resume` is not set.
        OSError: The folder cannot be written.
    """
    options.require_legal(episodes)
    out.mkdir(parents=True, exist_ok=True)
    log = EpisodeLog(out / EPISODES)
    if log.episodes and not resume:
        raise FileExistsError(f"{out} holds an evaluation already: go on with it (--resume), or name another folder")
    missing = [number for number in range(episodes) if number not in log.episodes]
    started = stages.start_time()
    stages.begin(stages.BUILDING)
    with quiet():
        env = make_env(options, len(missing))
    with contextlib.closing(env):
        stages.begin(stages.POLICY)
        with quiet():
            policy = options.load_policy(options.checkpoint, env)
            _warm_up(env, policy, options.seed)
        config = _config(options, env, policy)
        if log.episodes:
            _require_same(out / CONFIG, config)
        else:
            write_json(config, out / CONFIG)
        examples = ExampleRecorder(env, out / EXAMPLES) if report else None
        startup = time.perf_counter() - started
        timing = _play(env, policy, missing, options.seed, log, examples)
    results = [log.episodes[number] for number in range(episodes)]
    where = {key: config.pop(key) for key in ("device", "num_envs")}
    summary = {**summarize(results), **config, "timing": {**where, "startup_s": startup, **timing}}
    write_json(summary, out / SUMMARY)
    if report:
        write_report(out, summary, results)
    return summary


def make_env(options: EvaluationOptions, episodes: int) -> LeRobotEnv:
    """Make the environment of an evaluation, of no more sub-environments than episodes."""
    return gym.make(
        catalog.lerobot_id(options.task),
        num_envs=max(1, min(options.num_envs, episodes)),
        device=options.device,
        seed=options.seed,
        physics=options.physics,
        time_limit=options.time_limit,
        units=options.units,
        cameras=options.cameras,
        image_size=options.image_size,
        image_format="uint8_hwc",  # turned into floats only for those that the policy is asked for
        checkpoint=options.checkpoint,
        rename_map=options.rename_map,
        overrule=options.overrule,
        trust_checkpoint=options.trust_checkpoint,
        variation=options.variation,
        instruction=options.instruction,
    ).unwrapped


def _warm_up(env: LeRobotEnv, policy: LoadedPolicy, seed: int) -> None:
    """Take a step on a GPU, where the first call of a policy and of the physics loads kernels for seconds."""
    if torch.device(env.device).type == "cuda":
        observation, info = env.reset(seed=seed)
        begins = torch.ones(env.num_envs, dtype=torch.bool, device=env.device)
        schedule(policy, env.num_envs, env.device, seed).act(observation, begins, info["episode"])
        env.step(cast(torch.Tensor, observation["observation.state"]))


def _play(
    env: LeRobotEnv,
    policy: LoadedPolicy,
    episodes: Sequence[int],
    seed: int,
    log: EpisodeLog,
    examples: ExampleRecorder | None,
) -> dict[str, Any]:
    """Play and log episodes, show how far it is, and return how long it took."""
    actor, timing = schedule(policy, env.num_envs, env.device, seed), Timing()
    started = time.perf_counter()
    with tqdm(total=len(episodes), unit="episode", mininterval=1.0) as progress:

        def show() -> None:
            progress.set_postfix(simulated=f"{timing.env_steps * env.step_dt:.0f}s", refresh=False)
            progress.update(0)

        for episode in play_episodes(
            env, actor, episodes, seed, start_every=actor.start_every, timing=timing, examples=examples, on_step=show
        ):
            log.append(episode)
            progress.update()
    wall = time.perf_counter() - started
    return {
        "episodes": len(episodes),
        **asdict(timing),
        "wall_s": wall,
        "env_steps_per_s": timing.env_steps / wall,
    }


def _config(options: EvaluationOptions, env: LeRobotEnv, policy: LoadedPolicy) -> dict[str, Any]:
    """Return what was evaluated, as plain data."""
    return {
        "checkpoint": policy.checkpoint,
        "checkpoint_hash": policy.hash,
        "policy_type": policy.config.type,
        "n_action_steps": policy.n_action_steps,
        "rename_map": options.rename_map,
        "env_id": env.spec.id,
        "seed": options.seed,
        "units": env.unit_convention.table,
        "instruction": env.cfg.instruction,
        "cameras": {name: list(env.scene[name].image_shape) for name in env.cfg.cameras()},
        "variation": options.variation,
        "time_limit": env.cfg.episode_length_s,
        "fps": round(1 / env.step_dt),
        "versions": installed_versions(),
        "device": env.device,
        "num_envs": env.num_envs,
    }


def _require_same(path: Path, config: dict[str, Any]) -> None:
    """Refuse to go on with an evaluation that was another.

    Raises:
        ValueError: It was another; the message names what differs.
    """
    before = json.loads(path.read_text()) if path.exists() else {}
    differing = [key for key in config if key not in _MAY_DIFFER and before.get(key) != config[key]]
    if differing:
        found = "; ".join(f"{key} was {before.get(key)!r}, is {config[key]!r}" for key in differing)
        raise ValueError(f"{path.parent} holds another evaluation ({found}): give it the same, or name another folder")
