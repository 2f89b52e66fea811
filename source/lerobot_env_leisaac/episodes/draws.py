"""Counter-based random draws: the same (seed, episode, stream) gives the same numbers on every device.

Initial states must not depend on how many environments run, in which order they finish, or where they run. A stateful
generator cannot promise that; a counter-based one can: each number is a pure function of its key and counter.
"""

import math
import zlib

import torch
import warp as wp

_MASK = 0xFFFFFFFF
_PARITY = wp.constant(wp.uint32(0x1BD11BDA))
_ROTATIONS = wp.constant(wp.types.matrix((2, 4), wp.uint32)(13, 15, 26, 6, 17, 29, 16, 24))
_Words = wp.types.vector(3, wp.uint32)


# one launch: as tensor operations the twenty rounds would be two hundred
@wp.kernel(enable_backward=False)
def _threefry2x32(
    key0: wp.uint32,
    key1: wp.uint32,
    counter0: wp.array[wp.int64],
    counter1: wp.array[wp.int64],
    words0: wp.array[wp.int64],
    words1: wp.array[wp.int64],
) -> None:
    i = wp.tid()
    keys = _Words(key0, key1, key0 ^ key1 ^ _PARITY)
    x0 = wp.uint32(counter0[i]) + keys[0]
    x1 = wp.uint32(counter1[i]) + keys[1]
    for block in range(5):
        for turn in range(4):
            rotation = _ROTATIONS[block % 2, turn]
            x0 = x0 + x1
            x1 = ((x1 << rotation) | (x1 >> (wp.uint32(32) - rotation))) ^ x0
        x0 = x0 + keys[(block + 1) % 3]
        x1 = x1 + keys[(block + 2) % 3] + wp.uint32(block + 1)
    words0[i] = wp.int64(x0)
    words1[i] = wp.int64(x1)


def threefry2x32(key: tuple[int, int], counter: tuple[torch.Tensor, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Apply Threefry-2x32 with 20 rounds.

    The generator is from Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC11).

    Args:
        key: Two 32-bit words.
        counter: Two int64 tensors of one shape, holding 32-bit words.

    Returns:
        Two int64 tensors of the counter's shape, holding 32-bit words.
    """
    wp.init()  # once; Isaac Lab does it too, but numbers are drawn without it as well
    counters = [words.contiguous() for words in counter]
    drawn = [torch.empty_like(words) for words in counters]
    arrays = [wp.from_torch(words.view(-1)) for words in (*counters, *drawn)]
    wp.launch(_threefry2x32, len(arrays[0]), [key[0] & _MASK, key[1] & _MASK, *arrays], device=arrays[0].device)
    return drawn[0], drawn[1]


def uniform(seed: int, episodes: torch.Tensor, stream: str, count: int, first: torch.Tensor | int = 0) -> torch.Tensor:
    """Draw uniform numbers in [0, 1) for each episode.

    Args:
        seed: Seed of the whole run.
        episodes: Episode indices. Shape is (n,), integer.
        stream: Name of what is drawn, so that two terms never share numbers.
        count: How many numbers an episode draws.
        first: Where in the stream's endless sequence to begin: one place for all episodes, or one for each, (n, 1).

    Returns:
        Float32 tensor on the device of ``episodes``. Shape is (n, count).
    """
    index = torch.arange(count, device=episodes.device) + first
    episode, index = torch.broadcast_tensors(episodes.long().unsqueeze(-1), index)
    bits, _ = threefry2x32((seed, zlib.crc32(stream.encode())), (episode & _MASK, index))
    return (bits >> 8).to(torch.float32) * 2.0**-24


def normal(seed: int, episodes: torch.Tensor, stream: str, count: int, first: torch.Tensor | int = 0) -> torch.Tensor:
    """Draw standard normal numbers for each episode, by Box and Muller's transform; arguments as for :func:`uniform`.

    Returns:
        Float32 tensor on the device of ``episodes``. Shape is (n, count).
    """
    radius, angle = uniform(seed, episodes, stream, 2 * count, 2 * first).unflatten(-1, (count, 2)).unbind(-1)
    return torch.sqrt(-2 * torch.log1p(-radius)) * torch.cos(2 * math.pi * angle)


def uniform_in_ranges(
    seed: int, episodes: torch.Tensor, stream: str, ranges: dict[str, tuple[float, float]], keys: tuple[str, ...]
) -> torch.Tensor:
    """Draw one uniform number for each key; a key that has no range gives zero.

    Args:
        seed: Seed of the whole run.
        episodes: Episode indices. Shape is (n,), integer.
        stream: Name of what is drawn.
        ranges: Lower and upper bound by key.
        keys: Order of the columns.

    Returns:
        Float32 tensor. Shape is (n, len(keys)).

    Raises:
        ValueError: If ``ranges`` names a key that is not in ``keys``.
    """
    unknown = set(ranges) - set(keys)
    if unknown:
        raise ValueError(f"range of {stream!r} names {sorted(unknown)}, expected keys among {list(keys)}")
    bounds = torch.tensor([ranges.get(key, (0.0, 0.0)) for key in keys], device=episodes.device)
    return bounds[:, 0] + (bounds[:, 1] - bounds[:, 0]) * uniform(seed, episodes, stream, len(keys))


def between(bounds: tuple[float, float], numbers: torch.Tensor) -> torch.Tensor:
    """Map numbers in [0, 1) to [low, high); equal bounds give exactly that number."""
    low, high = bounds
    return low + (high - low) * numbers


def direction(numbers: torch.Tensor) -> torch.Tensor:
    """Map two numbers in [0, 1) to a direction in space, every direction as likely as any other.

    Args:
        numbers: Uniform numbers. Shape is (n, 2).

    Returns:
        Unit vectors. Shape is (n, 3).
    """
    height, turn = 2.0 * numbers[:, 0] - 1.0, 2.0 * math.pi * numbers[:, 1]
    radius = (1.0 - height.square()).sqrt()
    return torch.stack([radius * torch.cos(turn), radius * torch.sin(turn), height], dim=-1)
