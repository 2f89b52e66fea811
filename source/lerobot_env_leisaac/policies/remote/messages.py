"""msgpack with NumPy arrays, as the servers of openpi and GR00T write them.

Nothing that arrives is run: arrays of numbers alone are taken, never pickles, and of no more numbers than bytes came.
"""

from __future__ import annotations

import io
import math
import re
from typing import Any

import msgpack  # type: ignore[import-untyped]
import numpy as np

from lerobot_env_leisaac.arguments import short

_NUMBERS = "biuf"
"""NumPy's kinds of boolean, integer and floating-point numbers."""

_NAMED = re.compile(r"[<>|=]?[biuf]\d{1,2}|bool|u?int\d{1,2}|float\d{2}")
"""What such a kind may be called: NumPy itself reads much more, with Python's parser."""


def pack_openpi(message: Any) -> bytes:
    """Return a message as openpi writes it, arrays by their raw bytes."""
    return msgpack.packb(message, default=_openpi_array)


def unpack_openpi(data: bytes) -> Any:
    """Read what :func:`pack_openpi` or openpi's own packer wrote.

    Raises:
        ValueError: It is something else.
    """
    return _unpack(data, _from_openpi)


def pack_gr00t(message: Any) -> bytes:
    """Return a message as GR00T writes it, each array as an NPY file."""
    return msgpack.packb(message, default=_gr00t_array)


def unpack_gr00t(data: bytes) -> Any:
    """Read what :func:`pack_gr00t` or GR00T's own serializer wrote; its configuration classes stay plain mappings.

    Raises:
        ValueError: It is something else.
    """
    return _unpack(data, _from_gr00t)


def _unpack(data: bytes, hook: Any) -> Any:
    try:
        return msgpack.unpackb(data, object_hook=hook)
    except Exception as error:  # whatever a parser makes of it: NumPy reads headers with Python's own
        raise ValueError(
            f"no message of arrays and plain data ({' '.join(str(error).split()) or 'no reason'})"
        ) from error


def _openpi_array(value: Any) -> dict[bytes, Any]:
    if not isinstance(value, np.ndarray | np.generic) or value.dtype.kind not in _NUMBERS:
        raise TypeError(f"cannot send a {type(value).__name__}")
    if isinstance(value, np.generic):
        return {b"__npgeneric__": True, b"data": value.item(), b"dtype": value.dtype.str}
    return {b"__ndarray__": True, b"data": value.tobytes(), b"dtype": value.dtype.str, b"shape": value.shape}


def _from_openpi(value: dict[Any, Any]) -> Any:
    if b"__npgeneric__" in value:
        return _dtype(value[b"dtype"]).type(value[b"data"])
    if b"__ndarray__" not in value:
        return value
    dtype, shape, data = _dtype(value[b"dtype"]), value[b"shape"], value[b"data"]
    if any(not isinstance(side, int) or side < 0 for side in shape) or math.prod(shape) * dtype.itemsize != len(data):
        raise ValueError(f"{len(data)} bytes for an array of shape {tuple(shape)}")
    return np.frombuffer(data, dtype).reshape(shape)


def _gr00t_array(value: Any) -> dict[str, Any]:
    if not isinstance(value, np.ndarray) or value.dtype.kind not in _NUMBERS:
        raise TypeError(f"cannot send a {type(value).__name__}")
    file = io.BytesIO()
    np.lib.format.write_array(file, value, allow_pickle=False)
    return {"__ndarray_class__": True, "as_npy": file.getvalue()}


def _from_gr00t(value: dict[Any, Any]) -> Any:
    if "__ndarray_class__" in value:
        array = np.lib.format.read_array(io.BytesIO(value["as_npy"]), allow_pickle=False)
        return array if _dtype(array.dtype) else None
    if "__ModalityConfig_class__" in value:
        return value.get("as_dict", value.get("as_json"))  # N1.7's key, and that of those before
    return value


def _dtype(name: Any) -> np.dtype:
    if isinstance(name, str) and not _NAMED.fullmatch(name):
        raise ValueError(f"an array of {short(name)}, expected numbers")
    dtype = np.dtype(name)
    if dtype.kind not in _NUMBERS:
        raise ValueError(f"an array of {dtype}, expected numbers")
    return dtype
