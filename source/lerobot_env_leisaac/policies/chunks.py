"""Which action of which chunk comes next, in every environment."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import torch

from lerobot_env_leisaac.episodes.draws import normal

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.lerobot_env import Observation
    from lerobot_env_leisaac.policies.load import LoadedPolicy
    from lerobot_env_leisaac.policies.remote.policy import RemotePolicy

_LONGEST_WAIT = 25
"""How long an environment may wait for its next episode [steps]; episodes take 100 and more."""


class ChunkScheduler:
    """Gives each environment the actions of its own chunks.

    LeRobot's `select_action` keeps one queue for a whole batch, so that an environment which resets goes on with
    another episode's actions. Here each environment has a chunk and a place in it, and the policy is asked only for
    those that have carried out `n_action_steps` of theirs or have just begun an episode.

    What a policy draws at random depends on the seed, the episode and the number of the chunk in it, never on the
    neighbours. On a CPU the policy is asked for one environment at a time, because the last bits of its result depend
    on how many are asked for together: an episode's actions are then exactly those that it gets alone.

    Attributes:
        begins_chunk: Whose action of the last call was the first one of a new chunk. Shape is (N,), bool.
        unanswered: Environments for which the policy's server gave no answer in the last call.
        start_every: Episodes had better begin at multiples of this many steps. Images are rendered for all environments
            at once, and on a GPU a call of the policy for one takes about as long as one for many; where episodes begin
            at any step, some environment is out of actions at nearly every step. Where all begin at divisors of the
            chunk's length, calls fall together.
    """

    def __init__(
        self,
        policy: LoadedPolicy | RemotePolicy,
        num_envs: int,
        device: str | torch.device,
        seed: int,
        rows_per_call: int | None = None,
    ):
        """Prepare empty chunks.

        Args:
            policy: The policy; its `n_action_steps` says how much of a chunk is carried out.
            num_envs: Number of environments, N.
            device: The environment's device.
            seed: Seed of the run.
            rows_per_call: For how many environments the policy is asked at once, at most; by default one on a CPU, all
                on a GPU and of a server.
        """
        device = torch.device(device)
        self._policy = policy
        self._seed = seed
        self._length = policy.n_action_steps
        self._rows_per_call = rows_per_call or (
            1 if device.type == "cpu" and not policy.asks_for_all_at_once else num_envs
        )
        self.start_every = 1 if num_envs == 1 else _largest_divisor(self._length, _LONGEST_WAIT)
        self._envs = torch.arange(num_envs, device=device)
        self._chunks = torch.zeros(num_envs, self._length, policy.action_size, device=device)
        self._next_action = torch.full((num_envs,), self._length, device=device)
        self._next_chunk = torch.zeros(num_envs, dtype=torch.long, device=device)
        self.begins_chunk = torch.zeros(num_envs, dtype=torch.bool, device=device)
        self.unanswered: frozenset[int] = frozenset()

    def act(self, observation: Observation, begins: torch.Tensor, episodes: torch.Tensor) -> torch.Tensor:
        """Return the next action of each environment, in the environment's units.

        Args:
            observation: What the environment returned.
            begins: Which environments stand at the first observation of an episode. Shape is (N,), bool.
            episodes: Episode that each plays, negative for none. Shape is (N,), int64.

        Returns:
            Actions; of no meaning where no episode is played. Shape is (N, C).
        """
        self._next_chunk.masked_fill_(begins, 0)
        self.unanswered = frozenset()
        self.begins_chunk = (begins | (self._next_action == self._length)) & (episodes >= 0)
        rows = self.begins_chunk.cpu().nonzero().flatten()  # the one read by the host
        if len(rows):
            for part in rows.split(self._rows_per_call):
                self._predict(observation, part, episodes)
        actions = self._chunks[self._envs, self._next_action.clamp(max=self._length - 1)]
        self._next_action.add_(1).clamp_(max=self._length)
        return actions

    def forget(self, envs: torch.Tensor) -> None:
        """Let the environments that the mask (N,) names begin a new chunk, whatever is left of theirs."""
        self._next_action.masked_fill_(envs, self._length)

    def _predict(self, observation: Observation, host_rows: torch.Tensor, episodes: torch.Tensor) -> None:
        """Fill the chunks of some environments; their indices (n,) are on the host."""
        rows = host_rows.to(self._envs.device, non_blocking=True)
        shape, noise = self._policy.noise_shape, None
        if shape is not None:
            count = math.prod(shape)
            first = self._next_chunk[rows].unsqueeze(-1) * count
            noise = normal(self._seed, episodes[rows], "policy_noise", count, first).view(-1, *shape)
        if len(rows) < len(self._envs):
            observation = {
                key: value[rows] if isinstance(value, torch.Tensor) else [value[row] for row in host_rows.tolist()]
                for key, value in observation.items()
            }
        self._chunks[rows] = self._policy.predict_chunk(observation, noise=noise)[:, : self._length]
        self.unanswered |= {int(host_rows[row]) for row in self._policy.unanswered}
        self._next_action[rows] = 0
        self._next_chunk[rows] += 1


class LockStep:
    """Carries out a policy that remembers past observations, for a batch of episodes that begin together.

    LeRobot's diffusion and VQ-BeT policies keep one history for the whole batch, which cannot be forgotten for a single
    environment: all episodes of a batch must begin at once, and an environment whose episode has ended waits for the
    others. What such a policy draws at random comes from PyTorch's global generator, and so depends on the neighbours.

    Attributes:
        begins_chunk: Whose action of the last call was the first one of a new chunk. Shape is (N,), bool.
    """

    start_every = None
    unanswered: frozenset[int] = frozenset()

    def __init__(self, policy: LoadedPolicy):
        self._policy = policy
        self._steps = 0

    def act(self, observation: Observation, begins: torch.Tensor, episodes: torch.Tensor) -> torch.Tensor:
        """Return the next action of each environment; arguments as for `ChunkScheduler.act`."""
        if (begins & (episodes >= 0)).any():
            self._policy.reset()
            self._steps = 0
        # LeRobot plans anew whenever the queue of the batch has run out
        self.begins_chunk = (episodes >= 0) & (self._steps % self._policy.n_action_steps == 0)
        self._steps += 1
        return self._policy.act_lock_step(observation)


def schedule(
    policy: LoadedPolicy | RemotePolicy, num_envs: int, device: str | torch.device, seed: int
) -> ChunkScheduler | LockStep:
    """Return what turns a policy's chunks into actions: `LockStep` where it keeps a history, else `ChunkScheduler`."""
    if policy.needs_lock_step:  # which no server's policy does
        return LockStep(cast("LoadedPolicy", policy))
    return ChunkScheduler(policy, num_envs, device, seed)


def _largest_divisor(number: int, most: int) -> int:
    """Return the largest divisor of `number` that is `most` or less."""
    return max(divisor for divisor in range(1, min(number, most) + 1) if number % divisor == 0)
