"""An observation whose images are rendered only if somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import torch

Value = torch.Tensor | list[str]


class LazyObservation(Mapping[str, Value]):
    """Knows the state, and renders the images when the first of them is asked for.

    A policy looks at one step in twenty where it carries out as many actions of a chunk, and a step with three cameras
    costs three times one without.

    Attributes:
        looked_at: Whether the images have been asked for.
    """

    def __init__(self, known: dict[str, Value], images: tuple[str, ...], render: Callable[[], dict[str, Value]]):
        """Make an observation.

        Args:
            known: What needs no rendering.
            images: The other keys.
            render: Returns their values as they are now; called once at most.
        """
        self._values, self._images, self._render = known, images, render
        self._is_over = False
        self.looked_at = not images

    def expire(self) -> None:
        """Let nobody look any more: the world goes on."""
        self._is_over = True

    def __getitem__(self, key: str) -> Value:
        if key in self._images and not self.looked_at:
            if self._is_over:
                raise RuntimeError(f"{key} was not looked at before the environment went on: it was never rendered")
            self._values |= self._render()
            self.looked_at = True
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._values, *self._images)))

    def __len__(self) -> int:
        return len({*self._values, *self._images})


def shows_images(observation: Mapping[str, object]) -> bool:
    """Return whether to look at the images costs nothing any more."""
    return not isinstance(observation, LazyObservation) or observation.looked_at
