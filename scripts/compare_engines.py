"""Compare two engines of physics: the demonstrator in both, and its actions in one played again in the other.

    python scripts/compare_engines.py --task PickOrange --episodes 256 --device cuda:0

Episode i of a seed starts alike in both. The demonstrator's actions in the first engine are then played in the second
one, step by step: how far its joints are from those of the first at the same step, and its objects when the episode
ends. Each engine is simulated in a process of its own.
"""

from __future__ import annotations

import contextlib
import multiprocessing
from dataclasses import dataclass

import numpy as np
import tyro

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.evaluation.statistics import wilson_interval
from lerobot_env_leisaac.keywords import Keywords


@dataclass(frozen=True)
class Run:
    """What episodes did, one in each environment.

    Attributes:
        starts: Joints [deg], then positions of the objects [mm], at the start. Shape is (N, S).
        actions: Actions in units. Shape is (T, N, C).
        joints: Joints before each of them [deg]. Shape is (T, N, C).
        objects: Positions of the objects before each of them [mm]. Shape is (T, N, K, 3).
        lengths: Actions of each episode until it ended. Shape is (N,).
        success: Whether it ended in success. Shape is (N,), bool.
        diverged: Whether its physics broke down. Shape is (N,), bool.
    """

    starts: np.ndarray
    actions: np.ndarray
    joints: np.ndarray
    objects: np.ndarray
    lengths: np.ndarray
    success: np.ndarray
    diverged: np.ndarray


def play(
    task: str, physics: str, episodes: int, seed: int, device: str | None, time_limit: float, actions: np.ndarray | None
) -> Run:
    """Play the demonstrator, or given actions (T, N, C), with an engine."""
    import gymnasium as gym
    import torch

    import lerobot_env_leisaac  # noqa: F401 - registers the ids
    from lerobot_env_leisaac.experts.base import make_expert
    from lerobot_env_leisaac.quiet import quiet

    spec = catalog.demonstrated_task(task)
    with quiet():
        env = gym.make(
            spec.lerobot_id,
            num_envs=episodes,
            seed=seed,
            device=device,
            physics=physics,
            cameras=(),
            time_limit=time_limit,
            units="degrees",
            variation="demonstrations",
        ).unwrapped
        env.cfg.compute_final_obs = False
        observation, _ = env.reset(options={"queue": range(episodes)})

    def objects() -> torch.Tensor:
        places = [env.scene[name].data.root_pos_w.torch - env.scene.env_origins for name in spec.objects]
        return torch.stack(places, dim=1) * 1e3

    seen: dict[str, list[torch.Tensor]] = {"actions": [], "joints": [], "objects": []}
    with contextlib.closing(env):
        if actions is None:
            expert = make_expert(spec, env)
        else:
            given = torch.from_numpy(actions).to(env.device)
        lengths = torch.zeros(episodes, dtype=torch.long, device=env.device)
        success, diverged = torch.zeros_like(lengths, dtype=torch.bool), torch.zeros_like(lengths, dtype=torch.bool)
        playing = torch.ones_like(success)
        step = 0
        while bool(playing.any()):
            state = observation["observation.state"]
            action = expert.act() if actions is None else given[min(step, len(given) - 1)]
            for name, value in (("actions", action), ("joints", state), ("objects", objects())):
                seen[name].append(value.clone())
            observation, _, terminated, truncated, _ = env.step(action)
            step += 1
            ended = playing & (terminated | truncated)
            lengths[ended] = step
            success |= ended & env.termination_manager.get_term("success")
            diverged |= ended & env.termination_manager.get_term("diverged")
            playing &= ~ended
        arrays = {name: torch.stack(values).cpu().numpy() for name, values in seen.items()}
    starts = np.concatenate([arrays["joints"][0], arrays["objects"][0].reshape(episodes, -1)], axis=1)
    ends = {"lengths": lengths, "success": success, "diverged": diverged}
    return Run(starts=starts, **arrays, **{name: each.cpu().numpy() for name, each in ends.items()})


def main(
    task: str = "LiftCube",
    episodes: int = 256,
    seed: int = 21,
    engines: tuple[str, str] = ("newton_mjwarp", "ovphysx"),
    device: str | None = None,
    time_limit: float | None = None,
) -> None:
    """Compare.

    Args:
        task: Name of the task.
        episodes: How many episodes, side by side.
        seed: Their seed.
        engines: The engine that is compared with, and the one that is compared.
        device: cpu or cuda:<index>.
        time_limit: Simulated time after which an episode has failed [s]; twice a demonstration's by default.
    """
    spec = catalog.demonstrated_task(task)
    limit = time_limit or spec.longest_demonstration_s
    for engine in engines:
        Keywords(physics=engine).checked()  # before anything is simulated

    def run(engine: str, actions: np.ndarray | None = None) -> Run:
        with multiprocessing.get_context("spawn").Pool(1) as process:
            return process.apply(play, (task, engine, episodes, seed, device, limit, actions))

    first = run(engines[0])
    second = run(engines[1])
    again = run(engines[1], first.actions)
    apart = np.abs(first.starts - second.starts).max(axis=0)
    joints = len(spec.robot.channels)
    print(f"starts differ by up to {apart[:joints].max():.1e} deg, {apart[joints:].max():.1e} mm")
    for name, each in (
        (f"demonstrator, {engines[0]}", first),
        (f"demonstrator, {engines[1]}", second),
        ("played again", again),
    ):
        count = int(each.success.sum())
        low, high = wilson_interval(count, episodes)
        times = np.sort(each.lengths[each.success]) / spec.control_hz
        median = f", half within {times[len(times) // 2]:.1f} s" if count else ""
        broken = f", {each.diverged.sum()} broke down" if each.diverged.any() else ""
        print(f"{name}: {count}/{episodes} = {count / episodes:.1%} ({low:.1%} .. {high:.1%}){median}{broken}")
    _print_errors(spec.robot.channel_names, first, again)


def _print_errors(channels: tuple[str, ...], first: Run, again: Run) -> None:
    """Print how far joints and objects are apart while both episodes go on."""
    steps = min(len(first.joints), len(again.joints))
    both = np.arange(steps)[:, None] < np.minimum(first.lengths, again.lengths)
    apart = np.abs(first.joints[:steps] - again.joints[:steps])
    print("| joint | mean distance [deg] | 95 % within [deg] | largest [deg] |\n|---|---|---|---|")
    for column, name in enumerate(channels):
        values = apart[..., column][both]
        print(f"| {name} | {values.mean():.2f} | {np.percentile(values, 95):.2f} | {values.max():.2f} |")
    last = np.minimum(first.lengths, again.lengths) - 1
    rows = np.arange(len(last))
    distance = np.linalg.norm(first.objects[last, rows] - again.objects[last, rows], axis=-1)
    print(
        f"objects at the end of the shorter episode: half within {np.median(distance):.1f} mm,"
        f" 95 % within {np.percentile(distance, 95):.1f} mm"
    )


if __name__ == "__main__":
    tyro.cli(main)
