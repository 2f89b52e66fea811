"""What the protocols of policy servers have in common: addresses, questions, and how a connection is used."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal
from typing import Protocol as Interface
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import numpy as np

    from .request_format import RequestFormat

Protocol = Literal["openpi", "gr00t_n1.5", "gr00t", "lerobot"]
"""Whose protocol a server speaks; ``gr00t`` is that of N1.6 and N1.7, ``lerobot`` of its asynchronous inference."""

LEROBOT = "grpc"
"""What the address of LeRobot's policy server begins with, which loads a checkpoint that the client names."""

SCHEMES: dict[str, tuple[Protocol, ...]] = {
    "ws": ("openpi",),
    "wss": ("openpi",),
    "tcp": ("gr00t", "gr00t_n1.5"),
    "zmq": ("gr00t", "gr00t_n1.5"),
    LEROBOT: ("lerobot",),
}
"""The protocols that an address may mean, by what it begins with."""

SELF_DESCRIBING = ("ws", "wss")
"""What addresses of servers begin with that may say themselves what they are asked with, as ``leisaac serve``."""

PORTS = {"ws": 8000, "wss": 443, "tcp": 5555, "zmq": 5555, LEROBOT: 8080}
"""The ports that such servers listen at where nobody says another."""

ImageSize = tuple[int, int]
"""Height and width [px]."""

_LONGEST_LINE = 300


def last_line(text: str) -> str:
    """Return the last line of what a server says, in bearable length; that of a traceback says what went wrong."""
    return " ".join((text.strip() or "no message").splitlines()[-1].split())[:_LONGEST_LINE]


class NoAnswer(Exception):
    """A server answered with an error, with what is no answer, or not in time. The message says it."""


class ConnectionLost(NoAnswer):
    """The connection ended before the answer came; a new one may bring it."""


@dataclass(frozen=True)
class Question:
    """What a policy is asked for one environment, on the host.

    Attributes:
        state: State in the server's units by channel.
        images: Images by camera, of the environment's names. Shape of each is (H, W, 3), uint8.
        prompt: What the policy is told to do.
        noise: What the chunk is to be made from, where the server takes it. Shape is (T, D), float32.
    """

    state: Mapping[str, float]
    images: Mapping[str, np.ndarray]
    prompt: str
    noise: np.ndarray | None = None


type Answer = Mapping[str, np.ndarray] | NoAnswer
"""The parts of a chunk by their names in the answer, each (T, c) or (T,); or why there is none."""


class Connection(Interface):
    """A connection to a server, made when it is constructed, which raises ConnectionLost where that fails.

    Attributes:
        metadata: What the server says of its policy; empty where it says nothing.
        timeout: How long to wait for each answer [s].
        latencies: How long each answer took [s].
    """

    metadata: Mapping[str, Any]
    timeout: float
    latencies: list[float]

    def ask(self, questions: list[Question], format: RequestFormat) -> Iterator[Answer]:
        """Ask, all at once or one after another as the protocol allows, and yield the answers in that order."""

    def close(self) -> None:
        """End the connection; an answer that comes late is not taken for another question's."""


@dataclass(frozen=True)
class Address:
    """Where a server is.

    Attributes:
        scheme: A key of `SCHEMES`.
        host: Name or number of the machine.
        port: Port that it listens at.
        path: What follows.
    """

    scheme: str
    host: str
    port: int
    path: str = ""

    @classmethod
    def of(cls, url: str) -> Address:
        """Read an address.

        Raises:
            ValueError: It is none; the message says what one looks like.
        """
        expected = (
            "expected an address such as ws://127.0.0.1:8000 (openpi, leisaac serve), zmq://HOST:5555 (GR00T) or "
            "grpc://127.0.0.1:8080 (LeRobot)"
        )
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError(f"policy_server is {url!r}, {expected}") from None
        if parts.scheme not in SCHEMES or not parts.hostname or parts.username is not None or parts.fragment:
            raise ValueError(f"policy_server is {url!r}, {expected}")
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        if port == 0 or (path and parts.scheme not in ("ws", "wss")):
            raise ValueError(f"policy_server is {url!r}, {expected}")
        return cls(parts.scheme, parts.hostname, port or PORTS[parts.scheme], path)

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def netloc(self) -> str:
        """Host and port, an IPv6 number in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}{self.path}"


def library(name: str) -> ModuleType:
    """Import a library of the extra ``server``.

    Raises:
        ModuleNotFoundError: It is not installed; the message says how to.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"policy servers need the package {error.name}: pip install 'lerobot_env_leisaac[server]', or in a clone "
            "uv sync --inexact --extra server"
        ) from error
