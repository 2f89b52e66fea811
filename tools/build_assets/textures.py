"""Textures of ``look=real``, drawn from random numbers of a fixed seed: every edge continues at the opposite one."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

Color = tuple[float, float, float]

SIZE = 384
"""Edge of a texture [px]."""

COLORS = 64
"""Different colours of a texture: its file has a fraction of the size, and no eye sees it."""


def _noise(rng: np.random.Generator, sigma: tuple[float, float]) -> np.ndarray:
    """Return smooth noise of mean 0 and deviation 1, shape (SIZE, SIZE)."""
    noise = gaussian_filter(rng.standard_normal((SIZE, SIZE)), sigma, mode="wrap")
    return (noise - noise.mean()) / noise.std()


def _mixed(dark: Color, light: Color, share: np.ndarray) -> np.ndarray:
    """Return colours between two by the share of the light one, shape (SIZE, SIZE, 3)."""
    return np.array(dark) + share.clip(0, 1)[..., None] * np.subtract(light, dark)


def planks(seed: int, dark: Color, light: Color, rows: int, seam: float) -> np.ndarray:
    """Return boards with grain along the picture's width, sRGB, shape (SIZE, SIZE, 3).

    Args:
        seed: Of the random numbers.
        dark: Colour of the late wood, sRGB.
        light: Colour of the early wood, sRGB.
        rows: How many boards.
        seam: How dark the seams between them are, from 0 to 1.
    """
    rng = np.random.default_rng(seed)
    share = np.zeros((SIZE, SIZE))
    row = np.arange(SIZE) * rows // SIZE
    for board in range(rows):
        # rings of a trunk cut along, bent by a slow noise: fine where the cut runs along them, wide where across
        depth = 4.0 * _noise(rng, (26.0, 90.0)) + np.linspace(0, 3, SIZE)[:, None]
        rings = 0.5 + 0.5 * np.sin(2 * np.pi * depth)
        grain = 0.55 + 0.22 * (rings - 0.5) + 0.16 * _noise(rng, (1.0, 40.0)) + 0.06 * _noise(rng, (0.6, 9.0))
        share[row == board] = (grain + 0.10 * rng.standard_normal())[row == board]
    picture = _mixed(dark, light, share)
    edge = np.diff(row, append=rows) != 0
    if rows > 1:
        picture[edge] *= 1 - seam
        picture[np.roll(edge, 1)] *= 1 - seam / 2
    return picture


def speckled(seed: int, dark: Color, light: Color) -> np.ndarray:
    """Return stone, sRGB, shape (SIZE, SIZE, 3)."""
    rng = np.random.default_rng(seed)
    share = 0.55 + 0.16 * _noise(rng, (9.0, 9.0)) + 0.14 * _noise(rng, (1.2, 1.2))
    share -= 0.5 * (_noise(rng, (1.6, 1.6)) > 2.0)
    return _mixed(dark, light, share)


TEXTURES: dict[str, Callable[[], np.ndarray]] = {
    "walnut": lambda: planks(1, (0.36, 0.21, 0.12), (0.68, 0.47, 0.31), rows=3, seam=0.35),
    "birch": lambda: planks(2, (0.66, 0.52, 0.36), (0.88, 0.76, 0.60), rows=2, seam=0.25),
    "oak_floor": lambda: planks(3, (0.40, 0.30, 0.21), (0.66, 0.53, 0.39), rows=6, seam=0.55),
    "stone": lambda: speckled(4, (0.42, 0.41, 0.39), (0.74, 0.73, 0.70)),
}
"""The textures by name."""


def build_textures(folder: Path) -> list[Path]:
    """Write the textures into a folder and return their files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, draw in TEXTURES.items():
        picture = Image.fromarray((draw().clip(0, 1) * 255).round().astype(np.uint8))
        files.append(folder / f"{name}.png")
        picture.quantize(COLORS, method=Image.Quantize.MAXCOVERAGE).save(files[-1], optimize=True)
    return files
