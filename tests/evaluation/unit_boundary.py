"""Measure what mistakes at the unit boundary cost: one checkpoint, the same episodes, each mistake made on purpose.

    python tests/evaluation/unit_boundary.py --checkpoint packaged --out outputs/unit_boundary

The product refuses these mistakes or leaves no place to make them; only here can they be switched on. All rows are
played in one process and one environment. Prints a Markdown table; as soon as a row is known it is in the folder, in
`unit_boundary.md` and `unit_boundary.json`.
"""

from __future__ import annotations

import contextlib
import copy
import json
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import tyro
from lerobot.utils.constants import OBS_IMAGES, OBS_STATE
from tqdm import tqdm

from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
from lerobot_env_leisaac.evaluation.evaluate import EvaluationOptions, make_env
from lerobot_env_leisaac.evaluation.rollout import Actor, play_episodes
from lerobot_env_leisaac.evaluation.summary import summarize
from lerobot_env_leisaac.policies.chunks import schedule
from lerobot_env_leisaac.policies.load import LoadedPolicy, load
from lerobot_env_leisaac.quiet import quiet
from lerobot_env_leisaac.units import UnitConvention

Row = dict[str, Any]
Mistake = Callable[[LoadedPolicy, UnitConvention], None]


def units_right(policy: LoadedPolicy, convention: UnitConvention) -> None:
    """Leave all as it is."""


def state_in_radians(policy: LoadedPolicy, convention: UnitConvention) -> None:
    """Show the policy the joint positions as the simulator holds them."""
    right = policy._preprocessor
    policy._preprocessor = lambda seen: right({**seen, OBS_STATE: convention.to_radians(seen[OBS_STATE])})


def actions_taken_as_radians(policy: LoadedPolicy, convention: UnitConvention) -> None:
    """Send the policy's numbers to the motors as if they were radians: 30 degrees become 30 rad, a joint's stop."""
    right = policy._postprocessor
    policy._postprocessor = lambda actions: convention.from_radians(right(actions))


def postprocessor_skipped(policy: LoadedPolicy, convention: UnitConvention) -> None:
    """Send the normalised actions to the motors, a few units around zero."""
    policy._postprocessor = lambda actions: actions


def images_0_to_255(policy: LoadedPolicy, convention: UnitConvention) -> None:
    """Show the policy images as floats of 0..255 instead of 0..1."""
    right = policy._preprocessor
    policy._preprocessor = lambda seen: right(
        {key: value * 255 if key.startswith(OBS_IMAGES) else value for key, value in seen.items()}
    )


ROWS: dict[str, Mistake] = {
    "units right": units_right,
    "state in radians": state_in_radians,
    "actions left in radians": actions_taken_as_radians,
    "postprocessor skipped": postprocessor_skipped,
    "images 0..255": images_0_to_255,
}


def mistaken(policy: LoadedPolicy, mistake: Mistake, convention: UnitConvention) -> LoadedPolicy:
    """Return a policy that makes a mistake; the given one, whose network it shares, makes none."""
    policy = copy.copy(policy)
    mistake(policy, convention)
    return policy


class JumpMeter:
    """An actor whose joint targets are watched.

    Attributes:
        largest: Largest change of a joint's target from one step to the next in each episode, counted from the pose
            that the episode starts in [deg]. Shape is (episodes + 1,); the last stands for idle environments.
    """

    def __init__(self, actor: Actor, env: LeRobotEnv, episodes: int):
        self._actor, self._env = actor, env
        self._term = env.action_manager.get_term("joint_pos")
        self._target = torch.zeros(env.num_envs, self._term.action_dim, device=env.device)
        self.largest = torch.zeros(episodes + 1, device=env.device)

    def act(self, observation: dict[str, Any], begins: torch.Tensor, episodes: torch.Tensor) -> torch.Tensor:
        """Return the actor's action (N, 6)."""
        start = self._env.unit_convention.to_radians(observation[OBS_STATE])
        self._target = torch.where(begins.unsqueeze(-1), start, self._target)
        self._episodes = episodes
        return self._actor.act(observation, begins, episodes)

    def see_step(self) -> None:
        """Look at the targets that the step applied, after limits and latency."""
        target = self._term.processed_actions.clone()
        jump = (target - self._target).abs().amax(dim=-1).rad2deg()
        self.largest[self._episodes] = torch.maximum(self.largest[self._episodes], jump)
        self._target = target


def measure(env: LeRobotEnv, policy: LoadedPolicy, episodes: int, seed: int) -> Row:
    """Play episodes and return their summary, and the median of their largest jumps [deg]."""
    actor = schedule(policy, env.num_envs, env.device, seed)
    meter = JumpMeter(actor, env, episodes)
    played = play_episodes(env, meter, range(episodes), seed, start_every=actor.start_every, on_step=meter.see_step)
    return {**summarize(list(played)), "largest_jump_deg": statistics.median(meter.largest[:-1].tolist())}


def table(rows: dict[str, Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| | success | 95 % interval | largest jump of a joint's target |", "|---|---|---|---|"]
    for name, row in rows.items():
        low, high = row["success_rate_interval"]
        lines.append(
            f"| {name} | {row['successes']} of {row['episodes']} | {low:.1%} to {high:.1%} "
            f"| {row['largest_jump_deg']:.1f} deg |"
        )
    return "\n".join(lines)


def main(
    checkpoint: str,
    out: Path,
    episodes: int = 100,
    num_envs: int = 100,
    seed: int = 7,
    device: str | None = None,
    time_limit: float | None = None,
    vlm_path: str | None = None,
) -> None:
    """Measure all rows.

    Args:
        checkpoint: The policy.
        out: Folder of the results.
        episodes: How many episodes a row.
        num_envs: How many of them are played side by side.
        seed: Seed of the episodes.
        device: Where to simulate.
        time_limit: Simulated time after which an episode has failed [s]; the task's by default.
        vlm_path: Directory with configuration and tokenizer of the policy's VLM.
    """
    out.mkdir(parents=True, exist_ok=True)
    options = EvaluationOptions(
        checkpoint=checkpoint, seed=seed, num_envs=num_envs, device=device, time_limit=time_limit
    )
    with quiet():
        env = make_env(options, episodes)
    rows: dict[str, Row] = {}
    with contextlib.closing(env):
        with quiet():
            policy = load(checkpoint, env, vlm_path=vlm_path)
        config = {"checkpoint_hash": policy.hash, "policy_type": policy.config.type, "seed": seed, "device": env.device}
        for name, mistake in tqdm(ROWS.items()):
            rows[name] = measure(env, mistaken(policy, mistake, env.unit_convention), episodes, seed)
            (out / "unit_boundary.json").write_text(json.dumps({**config, "rows": rows}, indent=2) + "\n")
            (out / "unit_boundary.md").write_text(table(rows) + "\n")
    print(table(rows))


if __name__ == "__main__":
    tyro.cli(main)
