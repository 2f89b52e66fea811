"""The images in the rows of a dataset in another size, each a PNG as before."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from PIL import Image

from lerobot_env_leisaac.datasets.pixel_statistics import count_pixels

from .hdf5_frames import resized


def with_small_images(
    table: pa.Table, size: tuple[int, int], counts: Mapping[str, np.ndarray], where: Path
) -> pa.Table:
    """Return a table of rows whose images have another size.

    Args:
        table: Rows; their images are in columns of `bytes` and `path`.
        size: Height and width [px].
        counts: Cameras whose images are in the rows. How often each value of a pixel occurs in each episode is added,
            (E, 3, 256).
        where: The file, for the message of an error.

    Raises:
        ValueError: An image is damaged, or lies elsewhere.
    """
    episodes = table.column("episode_index").to_pylist()
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for camera, of_camera in counts.items():
            cells = table.column(camera).to_pylist()
            small: list[dict[str, object]] = []
            results = pool.map(lambda cell: _small(cell, size), cells)
            for row, (cell, made) in enumerate(zip(cells, results, strict=True)):
                if made is None:
                    raise ValueError(f"{where}: the image of {camera} in row {row} is damaged, or lies in another file")
                content, pixels = made
                small.append({**cell, "bytes": content})
                of_camera[episodes[row]] += pixels
            place = table.schema.get_field_index(camera)
            table = table.set_column(place, table.field(place), pa.array(small, type=table.field(place).type))
    return table


def _small(cell: Mapping[str, object] | None, size: tuple[int, int]) -> tuple[bytes, np.ndarray] | None:
    """Return an image in another size as PNG, and how often its pixels have each value; None where there is none."""
    content = None if cell is None else cell["bytes"]
    if not isinstance(content, bytes):
        return None
    try:
        with Image.open(io.BytesIO(content)) as image:
            small = resized(np.asarray(image.convert("RGB")), size)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    target = io.BytesIO()
    Image.fromarray(small).save(target, "PNG")
    return target.getvalue(), count_pixels(small)
