"""What environments saw and did since their episodes began."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import torch

BLOCK_STEPS = 32
"""Steps for which memory is taken at once."""

_RESERVED = 0.25
"""Share of a GPU's memory that is left to others."""


class History:
    """Keeps the steps of all environments until their episodes end.

    They stay where they come from, on a GPU as long as there is room: to bring an episode to the host when it ends,
    into memory that is used again, is cheaper than to fill as much fresh memory there as all environments need. Memory
    of steps that no episode needs any more is used for new ones.
    """

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._blocks: deque[dict[str, torch.Tensor]] = deque()
        self._unused: list[dict[str, torch.Tensor]] = []
        self._episode: dict[str, torch.Tensor] = {}
        self._began: dict[int, int] = {}
        self._first = self._end = 0

    def begin(self, index: int) -> None:
        """Keep the steps of an environment from the next one on."""
        self._began[index] = self._end

    def append(self, step: Mapping[str, torch.Tensor]) -> None:
        """Keep a copy of one step of all environments: tensors of shape (N, ...)."""
        row = (self._end - self._first) % BLOCK_STEPS
        if not row:
            needed = min(self._began.values(), default=self._end)
            while self._blocks and self._first + BLOCK_STEPS <= needed:
                self._unused.append(self._blocks.popleft())
                self._first += BLOCK_STEPS
            self._blocks.append(self._unused.pop() if self._unused else _new_block(step))
        for key, values in step.items():
            self._blocks[-1][key][row] = values
        self._end += 1

    def take(self, index: int) -> dict[str, torch.Tensor]:
        """Return what an environment saw since it began, on the host, and let go of it.

        Returns:
            Tensors of shape (T, ...), which are overwritten by the next call.
        """
        begin, end = self._began.pop(index) - self._first, self._end - self._first
        episode = {key: self._room(key, values, end - begin) for key, values in self._blocks[0].items()}
        for first, block in zip(range(0, end, BLOCK_STEPS), self._blocks, strict=True):
            start, stop = max(begin, first), min(end, first + BLOCK_STEPS)
            if start < stop:
                for key, values in block.items():
                    episode[key][start - begin : stop - begin] = values[start - first : stop - first, index]
        return episode

    def _room(self, key: str, values: torch.Tensor, length: int) -> torch.Tensor:
        room = self._episode.get(key)
        if room is None or len(room) < length:
            shape = (2 * length, *values.shape[2:])
            room = self._episode[key] = torch.empty(shape, dtype=values.dtype, pin_memory=values.is_cuda)
        return room[:length]


def _new_block(step: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return memory for `BLOCK_STEPS` steps such as this one."""
    device = next(iter(step.values())).device
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        if free - BLOCK_STEPS * sum(values.nbytes for values in step.values()) < _RESERVED * total:
            device = torch.device("cpu")
    return {
        key: torch.empty((BLOCK_STEPS, *values.shape), dtype=values.dtype, device=device)
        for key, values in step.items()
    }
