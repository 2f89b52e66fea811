"""What is not ideal about a real arm's joints and cameras: functions of the seed, the episode and its step alone.

They keep nothing from step to step but what they are given, so that they may be asked twice, and a new episode begins
with nothing of the last one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from lerobot_env_leisaac.episodes.draws import between, normal, uniform

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.episodic_env import EpisodicEnv

Range = tuple[float, float]

_TINY_BLUR = 1e-3
"""Width below which blur is none [px]."""


def drawn(env: EpisodicEnv, stream: str, bounds: Range, count: int = 1) -> torch.Tensor:
    """Return numbers within bounds, of each environment's episode. Shape is (N, count)."""
    return between(bounds, uniform(env.cfg.seed, env.episodes, stream, count))


def encoder_offset(env: EpisodicEnv, bounds: Range) -> torch.Tensor:
    """Return by how much each channel's reading is above its joint's position, in the bounds' unit. Shape is (N, C)."""
    return drawn(env, "encoder_offset", bounds, len(env.robot.channels))


def white_noise(env: EpisodicEnv, stream: str, deviation: Range, count: int) -> torch.Tensor:
    """Return this step's noise, of the standard deviation that the episode has. Shape is (N, count)."""
    first = env.episode_length_buf.unsqueeze(-1) * count
    return drawn(env, f"{stream}_deviation", deviation) * normal(env.cfg.seed, env.episodes, stream, count, first)


def whole_steps(env: EpisodicEnv, stream: str, bounds: tuple[int, int]) -> torch.Tensor:
    """Return a number of control steps within bounds, both ends included, of each episode. Shape is (N,)."""
    low, high = bounds
    return low + ((high - low + 1) * uniform(env.cfg.seed, env.episodes, stream, 1)[:, 0]).long()


class Late:
    """Gives back what it was given some control steps ago; at an episode's begin, its first."""

    def __init__(self, most: int):
        """Make room.

        Args:
            most: Most control steps that anything is late by.
        """
        self._depth, self._kept = most + 1, torch.empty(0)

    def __call__(self, env: EpisodicEnv, now: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
        """Return what was given, of each environment (N, ...), so many steps (N,) ago."""
        if not len(self._kept):
            self._kept = now.new_zeros(self._depth, *now.shape)
        envs, step = torch.arange(len(now), device=now.device), env.episode_length_buf
        self._kept[step % self._depth, envs] = now
        return self._kept[(step - steps).clamp(min=0) % self._depth, envs]


def enlarged(image: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
    """Return images (N, 3, H, W), each enlarged about its middle by a factor of its own, (N, 1), of 1 or more."""
    height, width = image.shape[2:]
    y, x = (torch.linspace(1 / side - 1, 1 - 1 / side, side, device=image.device) for side in (height, width))
    grid = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1) / factor[..., None, None]
    return torch.nn.functional.grid_sample(image, grid, padding_mode="border", align_corners=False)


def blurred(image: torch.Tensor, width: torch.Tensor, most: float) -> torch.Tensor:
    """Return images (N, 3, H, W), each blurred by a Gaussian of its own width.

    Args:
        image: The images.
        width: Standard deviation [px]. Shape is (N, 1).
        most: Largest width there can be [px].
    """
    radius = min(math.ceil(3 * most), *(side - 1 for side in image.shape[2:]))
    offset = torch.arange(-radius, radius + 1, device=image.device)
    kernel = torch.softmax(-0.5 * (offset / width.clamp(min=_TINY_BLUR)).square(), dim=-1)
    kernel = kernel.repeat_interleave(3, dim=0)
    planes = image.reshape(1, -1, *image.shape[2:])
    along_rows = (kernel[:, None, None, :], (radius, radius, 0, 0))
    along_columns = (kernel[:, None, :, None], (0, 0, radius, radius))
    for weight, padding in (along_rows, along_columns):
        padded = torch.nn.functional.pad(planes, padding, mode="replicate")
        planes = torch.nn.functional.conv2d(padded, weight, groups=len(kernel))
    return planes.view(image.shape)
