"""Small policy servers on this machine, of the libraries that real ones are built from, and what they are asked."""

import io
import threading
from collections.abc import Callable
from typing import Any

import msgpack
import numpy as np
import torch
import zmq
from openpi_client import msgpack_numpy
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

CHUNK = np.arange(60, dtype=np.float32).reshape(10, 6)
"""An answer of ten actions, no two numbers alike."""


def observation(count=3, size=(48, 64)):
    """An observation whose every number says of which environment it is."""
    state = torch.arange(6.0).repeat(count, 1) + 10 * torch.arange(count).unsqueeze(-1)
    images = torch.arange(count, dtype=torch.uint8).view(-1, 1, 1, 1).expand(count, *size, 3)
    return {
        "observation.state": state,
        **{f"observation.images.{camera}": images + 100 * i for i, camera in enumerate(("front", "wrist"))},
        "task": [f"Lift cube {row}." for row in range(count)],
    }


class OpenpiServer:
    """A server as openpi's is: metadata first, then an answer for each message, in order.

    Attributes:
        url: Where it is.
        requests: What came, unpacked.
        answer: Makes the answer: names with values; bytes or text as they are; None to hang up.
    """

    def __init__(self, answer: Callable[[dict], Any] | None = None, metadata: Any = (), port: int = 0):
        self.answer = answer or (lambda request: {"actions": CHUNK})
        self.requests: list[dict] = []
        self._metadata = msgpack_numpy.packb(dict(metadata)) if not isinstance(metadata, bytes | str) else metadata
        self._connections: set = set()
        self._server = serve(self._handle, "127.0.0.1", port, compression=None, max_size=None)
        self.port = self._server.socket.getsockname()[1]
        self.url = f"ws://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def _handle(self, connection) -> None:
        self._connections.add(connection)
        try:
            connection.send(self._metadata)
            for message in connection:
                self.requests.append(msgpack_numpy.unpackb(message))
                answer = self.answer(self.requests[-1])
                if answer is None:
                    return
                connection.send(answer if isinstance(answer, bytes | str) else msgpack_numpy.packb(answer))
        except ConnectionClosed:
            pass

    def __enter__(self) -> "OpenpiServer":
        return self

    def __exit__(self, *_) -> None:
        self.kill()

    def kill(self) -> None:
        """Be gone at once: clients see a broken connection, and nobody answers at the port."""
        self._server.shutdown()
        for connection in self._connections:
            connection.socket.close()
        self._thread.join()


class Gr00tServer:
    """A server as GR00T's is: an endpoint by name, arrays as NPY files.

    Attributes:
        url: Where it is.
        requests: What came to ``get_action``.
        answer: Makes the answer of ``get_action``; bytes are sent as they are, None is no answer at all.
    """

    def __init__(self, answer: Callable[[dict], Any], modalities: dict[str, Any]):
        self.answer, self.requests, self._modalities = answer, [], modalities
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.setsockopt(zmq.LINGER, 0)
        self.port = self._socket.bind_to_random_port("tcp://127.0.0.1")
        self.url = f"zmq://127.0.0.1:{self.port}"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            if not self._socket.poll(20):
                continue
            client, empty, message = self._socket.recv_multipart()
            request = msgpack.unpackb(message, object_hook=_from_npy)
            endpoint = request["endpoint"]
            if endpoint == "get_action":
                self.requests.append(request["data"])
                answer = self.answer(request["data"])
            else:
                answer = {"ping": {"status": "ok"}, "get_modality_config": self._modalities}[endpoint]
            if answer is not None:
                packed = answer if isinstance(answer, bytes) else msgpack.packb(answer, default=_to_npy)
                self._socket.send_multipart([client, empty, packed])

    def __enter__(self) -> "Gr00tServer":
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self._thread.join()
        self._socket.close()
        self._context.term()


def _to_npy(value: Any) -> Any:
    file = io.BytesIO()
    np.save(file, value, allow_pickle=False)
    return {"__ndarray_class__": True, "as_npy": file.getvalue()}


def _from_npy(value: dict) -> Any:
    return np.load(io.BytesIO(value["as_npy"])) if "__ndarray_class__" in value else value
