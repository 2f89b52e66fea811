"""A cloth as plain data: a flat sheet of square cells, with points that tasks know by name."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass

Corner = tuple[int, int]
"""A corner of cells: its column, counted to the left, and its row, counted ahead."""


@dataclass(frozen=True, kw_only=True)
class Cloth:
    """A sheet that lies flat when an episode begins, its columns along +Y and its rows along +X.

    Attributes:
        cells: Its cells, each by the corner of its lowest column and row.
        cell: Edge of a cell [m].
        position: Where corner (0, 0) lies on the table [m].
        keypoints: Corners that tasks know, by name.
        density: Mass of an area [kg/m2].
        color: Its colour, red, green and blue as a colour picker shows them (sRGB, 0 to 1).
    """

    cells: tuple[Corner, ...]
    cell: float
    position: tuple[float, float]
    keypoints: Mapping[str, Corner]
    density: float
    color: tuple[float, float, float]

    @functools.cached_property
    def corners(self) -> tuple[Corner, ...]:
        """Its corners, in the order of the simulator's particles."""
        steps = ((0, 0), (1, 0), (1, 1), (0, 1))
        return tuple(sorted({(column + i, row + j) for column, row in self.cells for i, j in steps}))

    @functools.cached_property
    def numbers(self) -> dict[Corner, int]:
        """Which of the `corners` each is."""
        return {corner: index for index, corner in enumerate(self.corners)}

    @functools.cached_property
    def vertices(self) -> tuple[tuple[float, float, float], ...]:
        """Where each corner is, from corner (0, 0) [m]."""
        return tuple((row * self.cell, column * self.cell, 0.0) for column, row in self.corners)

    @property
    def triangles(self) -> list[tuple[int, int, int]]:
        """Indices of the corners of each triangle, seen from above against the clock.

        The diagonals of neighbouring cells run crosswise, so that the sheet is as stiff along one as along the other.
        """
        found = []
        for column, row in self.cells:
            a, b, c, d = (self.numbers[column + i, row + j] for i, j in ((0, 0), (1, 0), (1, 1), (0, 1)))
            found += [(a, c, b), (a, d, c)] if (column + row) % 2 else [(a, d, b), (b, d, c)]
        return found

    def index(self, keypoint: str) -> int:
        """Return which of the `corners` a keypoint is."""
        return self.numbers[self.keypoints[keypoint]]

    def distance(self, one: str, other: str) -> float:
        """Return how far apart two keypoints are while it lies flat [m]."""
        return self.cell * math.dist(self.keypoints[one], self.keypoints[other])


def rectangle(columns: range, rows: range) -> tuple[Corner, ...]:
    """Return the cells of some columns and rows."""
    return tuple((column, row) for column in columns for row in rows)
