"""GR00T's protocol: msgpack over ZeroMQ, a request and its answer at a time.

N1.5 takes one environment's observation with names such as ``video.front``; N1.6 and N1.7 take those of many, by
modality: ``{"video": {"front": ...}}``.
"""

from __future__ import annotations

import collections
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .protocol import Address, Answer, ConnectionLost, NoAnswer, Question, last_line, library
from .request_format import RequestFormat

_LANGUAGE = "language"


class Gr00tConnection:
    """A ZeroMQ socket to a server of GR00T.

    Attributes:
        metadata: The names and horizons that the policy is configured with, by modality: ``video``, ``state``,
            ``action``, ``language``.
        timeout: How long to wait for each answer [s].
        latencies: How long each answer took [s].
    """

    def __init__(self, address: Address, timeout: float, open_timeout: float):
        """Connect.

        Args:
            address: Where the server is.
            timeout: How long to wait for each answer [s].
            open_timeout: How long to wait for a sign of life [s].

        Raises:
            ConnectionLost: Nobody answers there, or not as a server of GR00T.
        """
        self._zmq, self._messages = library("zmq"), library(f"{__package__}.messages")
        self.timeout = open_timeout
        self.latencies: list[float] = []
        self._context = self._zmq.Context()
        self._socket = self._context.socket(self._zmq.REQ)
        self._socket.setsockopt(self._zmq.LINGER, 0)
        self._socket.setsockopt(self._zmq.MAXMSGSIZE, 2**28)
        self._socket.setsockopt(self._zmq.IPV6, 1)
        try:
            self._socket.connect(f"tcp://{address.netloc}")
        except self._zmq.ZMQError as error:
            self.close()
            raise ConnectionLost(" ".join(str(error).split())) from error
        try:
            self._call("ping")
            metadata = self._call("get_modality_config")
        except NoAnswer as error:
            self.close()
            raise ConnectionLost(f"it does not answer as GR00T's servers do ({error})") from error
        self.timeout = timeout
        self.latencies.clear()
        self.metadata: Mapping[str, Any] = metadata if isinstance(metadata, Mapping) else {}

    def ask(self, questions: list[Question], format: RequestFormat) -> Iterator[Answer]:
        """Ask for all environments at once, or for one after another where the server is one of N1.5."""
        if format.protocol == "gr00t_n1.5":
            for question in questions:
                try:
                    yield self._chunk(self._call("get_action", _flat(question, format)))
                except NoAnswer as error:
                    yield error
            return
        try:
            answer = self._call("get_action", {"observation": _by_modality(questions, format), "options": None})
            if not isinstance(answer, Sequence) or not answer:
                raise NoAnswer("an answer that is no pair of actions and information")
            together = self._chunk(answer[0])
        except NoAnswer as error:
            yield from [error] * len(questions)
            return
        names = {name: name if name in together else name.partition(".")[2] for name in format.actions}
        parts = {name: together[inner] for name, inner in names.items() if inner in together}
        count = len(questions)
        fits = all(isinstance(part, np.ndarray) and part.ndim and len(part) == count for part in parts.values())
        for row in range(count):
            if fits:
                yield {name: part[row] for name, part in parts.items()}
            else:
                yield NoAnswer("an answer for another number of environments")

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
        self._context.term()

    def _call(self, endpoint: str, data: Any = None) -> Any:
        started = time.perf_counter()
        request = {"endpoint": endpoint} if data is None else {"endpoint": endpoint, "data": data}
        try:
            self._socket.send(self._messages.pack_gr00t(request))
            if not self._socket.poll(1000 * self.timeout):
                self.close()  # its answer may come yet, when another question's is waited for
                raise NoAnswer(f"no answer for {self.timeout:g} s")
            message = self._socket.recv()
            self.latencies.append(time.perf_counter() - started)
        except self._zmq.ZMQError as error:
            raise ConnectionLost(str(error)) from error
        try:
            answer = self._messages.unpack_gr00t(message)
        except ValueError as error:
            raise NoAnswer(str(error)) from error
        if isinstance(answer, Mapping) and "error" in answer:
            raise NoAnswer(f"its error {last_line(str(answer['error']))!r}")
        return answer

    @staticmethod
    def _chunk(answer: Any) -> Mapping[str, Any]:
        if not isinstance(answer, Mapping):
            raise NoAnswer(f"a message that is {type(answer).__name__}, expected names with values")
        return answer


def _states(question: Question, format: RequestFormat) -> dict[str, np.ndarray]:
    return {
        name: np.array([question.state[channel] for channel in channels or question.state], np.float32)
        for name, channels in format.state.items()
    }


def _flat(question: Question, format: RequestFormat) -> dict[str, Any]:
    """Return a request of N1.5: each entry has an axis for time, of length 1."""
    request: dict[str, Any] = {name: state[None] for name, state in _states(question, format).items()}
    request |= {name: question.images[camera][None] for camera, name in format.cameras.items()}
    return request | {format.prompt: [question.prompt]}


def _by_modality(questions: list[Question], format: RequestFormat) -> dict[str, dict[str, Any]]:
    """Return a request of N1.6 and N1.7: modalities, axes for environments and time."""
    request: dict[str, dict[str, Any]] = collections.defaultdict(dict)
    entries = [_states(question, format) for question in questions]
    for name in format.state:
        modality, _, inner = name.partition(".")
        request[modality][inner] = np.stack([entry[name][None] for entry in entries])
    for camera, name in format.cameras.items():
        modality, _, inner = name.partition(".")
        request[modality][inner] = np.stack([question.images[camera][None] for question in questions])
    request[_LANGUAGE][format.prompt] = [[question.prompt] for question in questions]
    return dict(request)
