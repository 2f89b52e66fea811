"""Messages of policy servers: arrays of numbers, as openpi's own packer writes them, and nothing that is run."""

import io
import pickle

import msgpack
import numpy as np
import pytest
import torch
from openpi_client import image_tools, msgpack_numpy

from lerobot_env_leisaac.policies.remote import messages
from lerobot_env_leisaac.policies.remote.images import resize_with_pad

ARRAYS = [
    np.arange(6, dtype=np.float32),
    np.arange(24, dtype=np.uint8).reshape(2, 4, 3),
    np.array(1.5),
    np.zeros((0, 6), np.float64),
    np.arange(6, dtype=">i4").reshape(2, 3).T,
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype} {array.shape}")
def test_openpi_s_own_packer_reads_and_writes_the_same(array):
    message = {"actions": array, "prompt": "Lift it.", "nested": {"ms": np.float32(2.5)}}
    for read, write in (
        (messages.unpack_openpi, msgpack_numpy.packb),
        (msgpack_numpy.unpackb, messages.pack_openpi),
    ):
        again = read(write(message))
        assert again["actions"].dtype == array.dtype
        assert np.array_equal(again["actions"], array)
        assert (again["prompt"], again["nested"]["ms"]) == ("Lift it.", 2.5)


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype} {array.shape}")
def test_gr00t_s_arrays_are_npy_files(array):
    again = messages.unpack_gr00t(messages.pack_gr00t({"action.gripper": array}))["action.gripper"]
    assert again.dtype == array.dtype and np.array_equal(again, array)


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("a pickle was run",)


def npy(header: bytes) -> bytes:
    """Return an NPY file, whose header NumPy reads with Python's own parser."""
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


def objects_npy() -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([Bomb()], dtype=object), allow_pickle=True)
    return file.getvalue()


def openpi_array(**changed):
    return msgpack.packb({b"__ndarray__": True, b"data": b"12345678", b"dtype": "<f4", b"shape": [2]} | changed)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"garbage that goes on",
        pickle.dumps(Bomb()),
        msgpack.packb({"a": 1})[:-1],
        openpi_array(**{"x": 1})[:-3],
        msgpack.packb({b"__ndarray__": True, b"data": b"1234", b"dtype": "<f4", b"shape": [10**12]}),
        msgpack.packb({b"__ndarray__": True, b"data": b"1234", b"dtype": "<f4", b"shape": [-1]}),
        msgpack.packb({b"__ndarray__": True, b"data": b"1234", b"dtype": "|O", b"shape": [1]}),
        msgpack.packb({b"__ndarray__": True, b"data": b"1234", b"dtype": "f4,f4", b"shape": [1]}),
        msgpack.packb({b"__ndarray__": True, b"data": b"1234", b"dtype": "no type", b"shape": [1]}),
        msgpack.packb({b"__ndarray__": True, b"data": b"1234", b"dtype": ",", b"shape": [1]}),
        msgpack.packb({b"__ndarray__": True, b"data": b"1234", b"dtype": "(2,)f4", b"shape": [1]}),
        msgpack.packb({b"__ndarray__": True, b"dtype": "<f4"}),
        msgpack.packb({b"__npgeneric__": True, b"data": "x", b"dtype": "<f4"}),
    ],
)
def test_garbage_is_refused_and_never_run(data):
    with pytest.raises(ValueError, match="no message of arrays and plain data"):
        messages.unpack_openpi(data)


@pytest.mark.parametrize(
    "file",
    [
        *(b"", b"garbage", objects_npy(), pickle.dumps(Bomb()), b"PK\x03\x04zip"),
        *(npy(b"("), npy(b" {\n  x"), npy(b"{'descr': ',', 'fortran_order': False, 'shape': (1,)}"), npy(b"\x00")),
    ],
)
def test_an_npy_file_that_holds_no_numbers_is_refused(file):
    with pytest.raises(ValueError, match="no message of arrays and plain data"):
        messages.unpack_gr00t(msgpack.packb({"a": {"__ndarray_class__": True, "as_npy": file}}))


@pytest.mark.parametrize("unpack", [messages.unpack_openpi, messages.unpack_gr00t])
def test_a_message_that_is_nested_without_end_is_refused(unpack):
    with pytest.raises(ValueError, match="no message of arrays and plain data"):
        unpack(b"\x81\xa1a" * 100_000 + b"\xc0")


@pytest.mark.parametrize("pack", [messages.pack_openpi, messages.pack_gr00t])
@pytest.mark.parametrize("value", [Bomb(), np.array([Bomb()], dtype=object), {1j}])
def test_what_is_no_number_is_not_sent(pack, value):
    with pytest.raises(TypeError, match="cannot send"):
        pack({"a": value})


@pytest.mark.parametrize("size", [(480, 640), (96, 128), (128, 96), (100, 333), (224, 224), (48, 64)])
def test_images_are_resized_as_openpi_s_clients_do_it(size):
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (2, 12, 16, 3), dtype=np.uint8)
    images = np.stack([np.kron(image, np.ones((1 + size[0] // 12, 1 + size[1] // 16, 1))) for image in coarse])
    images = images[:, : size[0], : size[1]].astype(np.uint8)
    expected = image_tools.resize_with_pad(images, 224, 224)
    resized = resize_with_pad(torch.from_numpy(images), (224, 224)).numpy()
    assert resized.shape == expected.shape == (2, 224, 224, 3)
    off = np.abs(resized.astype(int) - expected)
    assert off.max() <= 1, "where PIL rounds otherwise"
