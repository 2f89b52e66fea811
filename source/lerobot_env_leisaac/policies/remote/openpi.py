"""openpi's protocol: msgpack over a websocket, metadata first, then an answer for each observation, in order."""

from __future__ import annotations

import collections
import math
import socket
import struct
import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from .protocol import Address, Answer, ConnectionLost, NoAnswer, Question, last_line, library
from .request_format import NOISE, RequestFormat

OWN = "leisaac"
"""Key of a server's metadata under which ``leisaac serve`` says what its policy takes and gives."""

BATCH = "batch"
"""Key of what it says there: a request may be of many environments."""

LARGEST_MESSAGE = 2**28
"""Bytes of a message: sixteen environments with three cameras of 480 x 640 send 44 MB."""

_IN_FLIGHT = 4
"""How many requests may be on their way before the first answer has come: the server need not wait for the next."""


class OpenpiConnection:
    """A websocket to a server of openpi, or to ``leisaac serve``, which takes the questions of a step in one request.

    Attributes:
        metadata: What the server says first.
        timeout: How long to wait for each answer [s].
        latencies: How long each answer took [s], of several on their way since the one before.
    """

    def __init__(self, address: Address, timeout: float, open_timeout: float):
        """Connect.

        Args:
            address: Where the server is.
            timeout: How long to wait for each answer [s].
            open_timeout: How long to wait for the connection [s].

        Raises:
            ConnectionLost: There is no such server, or it says no metadata.
        """
        self.timeout = timeout
        self.latencies: list[float] = []
        client, self._messages = library("websockets.sync.client"), library(f"{__package__}.messages")
        self._errors = library("websockets.exceptions").WebSocketException
        try:
            self._socket = client.connect(
                str(address), compression=None, max_size=LARGEST_MESSAGE, open_timeout=open_timeout, close_timeout=1
            )
        except (OSError, TimeoutError, self._errors, EOFError, UnicodeError) as error:  # a name that is none
            raise ConnectionLost(_words(error)) from error
        # a server that reads no more would hold up a request that is larger than what lies between
        limit = struct.pack("ll", math.ceil(timeout), 0)
        self._socket.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        try:
            metadata = self._receive(open_timeout)
        except NoAnswer as error:
            self.close()
            raise ConnectionLost(f"it does not begin with metadata, as openpi's servers do ({error})") from error
        self.metadata: Mapping[str, Any] = metadata

    def ask(self, questions: list[Question], format: RequestFormat) -> Iterator[Answer]:
        """Send questions, a few ahead of the answers or all in one request, and yield the answers in order."""
        if takes_batches(self.metadata):
            yield from self._ask_together([_request(question, format) for question in questions])
            return
        left, sent = collections.deque(questions), 0
        for number in range(len(questions)):
            started = time.perf_counter()
            try:
                while left and sent < _IN_FLIGHT:
                    self._send(_request(left.popleft(), format))
                    sent += 1
                answer = self._receive(self.timeout)
                sent -= 1
                self.latencies.append(time.perf_counter() - started)
                yield answer
            except ConnectionLost as error:  # an answer that still comes would be taken for another question's
                yield from [error] * (len(questions) - number)
                return
            except NoAnswer as error:
                sent -= 1
                yield error

    def _ask_together(self, requests: list[dict[str, Any]]) -> list[Answer]:
        together = {
            name: np.stack(values) if isinstance(values[0], np.ndarray) else values
            for name in requests[0]
            for values in [[request[name] for request in requests]]
        }
        started = time.perf_counter()
        try:
            self._send(together)
            answer = self._receive(self.timeout)
            self.latencies.append(time.perf_counter() - started)
        except NoAnswer as error:
            return [error] * len(requests)
        rows = {name: value for name, value in answer.items() if isinstance(value, np.ndarray) and value.ndim}
        if any(len(value) != len(requests) for value in rows.values()):
            return [NoAnswer("an answer for another number of environments")] * len(requests)
        return [{name: value[row] for name, value in rows.items()} for row in range(len(requests))]

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _send(self, request: dict[str, Any]) -> None:
        try:
            self._socket.send(self._messages.pack_openpi(request))
        except (OSError, self._errors) as error:
            raise ConnectionLost(_words(error)) from error

    def _receive(self, timeout: float) -> Mapping[str, Any]:
        """Return the next message.

        Raises:
            ConnectionLost: The connection is closed, or nothing comes in time: what comes later would be taken for the
                answer to the next question.
            NoAnswer: It is an error of the server's, or garbage.
        """
        try:
            message = self._socket.recv(timeout)
        except TimeoutError as error:
            self.close()
            raise NoAnswer(f"no answer for {timeout:g} s") from error
        except (OSError, self._errors, EOFError) as error:
            raise ConnectionLost(_words(error)) from error
        if isinstance(message, str):  # which is how openpi's servers send an error, a traceback whose last line says it
            raise NoAnswer(f"its error {last_line(message)!r}")
        try:
            answer = self._messages.unpack_openpi(message)
        except ValueError as error:
            raise NoAnswer(str(error)) from error
        if not isinstance(answer, Mapping):
            raise NoAnswer(f"a message that is {type(answer).__name__}, expected names with values")
        return answer


def takes_batches(metadata: Mapping[str, Any]) -> bool:
    """Return whether a server says that it answers for many environments at once."""
    own = metadata.get(OWN)
    return isinstance(own, Mapping) and own.get(BATCH) is True


def _request(question: Question, format: RequestFormat) -> dict[str, Any]:
    request: dict[str, Any] = {
        name: np.array([question.state[channel] for channel in channels or question.state], np.float32)
        for name, channels in format.state.items()
    }
    request |= {name: question.images[camera] for camera, name in format.cameras.items()}
    request[format.prompt] = question.prompt
    if question.noise is not None:
        request[NOISE] = question.noise
    return request


def _words(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
