"""A policy that a server has, used as one that is loaded here."""

from __future__ import annotations

import hashlib
import json
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
import torch
from lerobot.utils.constants import OBS_IMAGES, OBS_STATE

from lerobot_env_leisaac.policies.finding import Finding

from .images import resize_with_pad
from .openpi import OWN
from .protocol import Address, Answer, Connection, ConnectionLost, NoAnswer, Question
from .request_format import MOST_ACTIONS, RequestFormat

_FIRST_ANSWER_S = 300.0
"""How long to wait for the first answer at least, before which openpi's servers compile the policy [s]."""

_PAUSE_S = 0.2
"""How long to wait before a server that is not there is looked for again [s]."""


class ServerGone(ConnectionError):
    """A server that answered before cannot be reached any more."""


class RemotePolicy:
    """A policy on a server: what :class:`~lerobot_env_leisaac.policies.load.LoadedPolicy` is for one that is here.

    A server that gives no answer for an environment, or none that is a chunk, fails that environment's episode alone,
    see `unanswered`. A connection that breaks is made again, and what was not answered is asked once more.

    Attributes:
        checkpoint: Name of the policy: what the server calls it, or its address.
        type: Type of the policy, or the protocol where the server does not say it.
        hash: SHA-256 of the policy where the server says it, else of its address and of all that is known of it.
        format: What it is asked with.
        n_action_steps: How many actions of a chunk are played before the next is asked for.
        chunk_size: How many there are.
        action_size: How many numbers an action has, C.
        noise_shape: Shape of the noise that one environment's chunk is made from; None where the server takes none.
        needs_lock_step: Never: a server keeps no history.
        asks_for_all_at_once: Always: how they reach the server is up to its protocol.
        findings: What its audit warns of.
        instruction: What it is told to do where nobody says something else; None where the server does not say it.
        unanswered: Rows of the last call that got no answer.
    """

    needs_lock_step = False
    asks_for_all_at_once = True

    def __init__(
        self,
        connect: Callable[[float], Connection],
        address: Address,
        format: RequestFormat,
        channels: tuple[str, ...],
        *,
        timeout: float,
        connection: Connection,
        identity: Mapping[str, str] | None = None,
        noise_shape: tuple[int, ...] | None = None,
    ):
        """Keep what is known of a policy; nothing is asked.

        Args:
            connect: Makes another connection, given how long to wait for it [s].
            address: Where the server is.
            format: What the policy is asked with.
            channels: Names of the robot's channels.
            timeout: How long to wait for an answer, and for a server that went away [s].
            connection: The connection.
            identity: ``checkpoint``, ``type`` and ``hash`` as the server says them.
            noise_shape: Shape of the noise that the server takes for an environment.
        """
        self._connect, self._connection, self._timeout = connect, connection, timeout
        self._address, self._channels = address, channels
        self._places = {name: [channels.index(c) for c in of or channels] for name, of in format.actions.items()}
        self.format = format
        self._said = _in_words(connection.metadata)
        known = json.dumps([str(address), format.table, _named(connection.metadata)], sort_keys=True, default=str)
        identity = identity or {"hash": hashlib.sha256(known.encode()).hexdigest()}
        self.checkpoint = identity.get("checkpoint", str(address))
        self.type = identity.get("type", format.protocol)
        self.hash = identity["hash"]
        self.action_size = len(channels)
        self.noise_shape = noise_shape
        self.n_action_steps = format.n_action_steps or 1
        self.chunk_size = self.n_action_steps
        self.findings: list[Finding] = []
        self.instruction: str | None = None
        self.unanswered: tuple[int, ...] = ()
        self._latencies: list[float] = []
        self._reconnections = 0
        self._failures: dict[str, int] = {}
        self._gone = False

    def predict_chunk(self, observation: Mapping[str, Any], *, noise: torch.Tensor | None = None) -> torch.Tensor:
        """Ask for the next actions of some environments.

        Args:
            observation: Rows of an environment's observation: ``observation.state`` (n, C), images (n, H, W, 3) uint8,
                ``task``, a list of n strings.
            noise: What the chunks are to be made from, where the server takes it. Shape is (n, ``*noise_shape``).

        Returns:
            Actions in the environment's units, on its device; NaN for an environment that got no answer. Shape is
            (n, T, C) with T = ``n_action_steps``.

        Raises:
            ServerGone: The server went away in an earlier call, and has not come back.
        """
        if self._gone:
            self._reconnect(patience=0)
        state = cast(torch.Tensor, observation[OBS_STATE])
        chunks = np.full((len(state), self.n_action_steps, self.action_size), np.nan, np.float32)
        failed = []
        for row, answer in enumerate(self._ask(self._questions(observation, noise))):
            try:
                chunks[row] = self._chunk(answer)[: self.n_action_steps]
            except NoAnswer as error:
                self._failures[str(error)] = self._failures.get(str(error), 0) + 1
                failed.append(row)
        self.unanswered = tuple(failed)
        return torch.from_numpy(chunks).to(state.device)

    def try_out(self, observation: Mapping[str, Any], n_action_steps: int | None) -> None:
        """Ask once, before anything depends on it, which also lets a server compile, and learn how long a chunk is.

        Args:
            observation: Rows of an observation, as for :meth:`predict_chunk`.
            n_action_steps: How many actions of a chunk are to be played; what the format says by default.

        Raises:
            ValueError: There is no chunk of actions to be had, or none so long.
        """
        noise = None if self.noise_shape is None else torch.zeros(len(observation[OBS_STATE]), *self.noise_shape)
        self._connection.timeout = max(self._timeout, _FIRST_ANSWER_S)
        try:
            chunks = [self._chunk(answer, least=1) for answer in self._ask(self._questions(observation, noise))]
        except NoAnswer as error:
            raise ValueError(f"policy server {self._address} gives no actions: {error}") from error
        self._connection.timeout = self._timeout
        self.chunk_size = min(map(len, chunks))
        steps = n_action_steps or self.format.n_action_steps or self.chunk_size
        if not 1 <= steps <= self.chunk_size:
            raise ValueError(
                f"n_action_steps is {steps}, expected 1 to {self.chunk_size}, the chunk size of policy server "
                f"{self._address}"
            )
        self.n_action_steps = steps
        self._latencies.clear()

    def statistics(self) -> dict[str, Any]:
        """Return how the server answered: address, requests, latency [ms], reconnections, and why it did not."""
        ordered = sorted(self._latencies)
        return {
            "address": str(self._address),
            "answers": len(ordered),
            "latency_ms": None
            if not ordered
            else {
                "median": 1000 * statistics.median(ordered),
                "p95": 1000 * ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))],
                "highest": 1000 * ordered[-1],
            },
            "reconnections": self._reconnections,
            "unanswered": dict(self._failures),
        }

    def reset(self) -> None:
        """Do nothing: a server keeps no history."""

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _questions(self, observation: Mapping[str, Any], noise: torch.Tensor | None) -> list[Question]:
        """Return the rows of an observation, on the host."""
        states = cast(torch.Tensor, observation[OBS_STATE]).tolist()
        images = {camera: self._images(observation[f"{OBS_IMAGES}.{camera}"]) for camera in self.format.cameras}
        noises = None if noise is None else noise.cpu().numpy()
        return [
            Question(
                state=dict(zip(self._channels, state, strict=True)),
                images={camera: of_all[row] for camera, of_all in images.items()},
                prompt=observation["task"][row],
                noise=None if noises is None else noises[row],
            )
            for row, state in enumerate(states)
        ]

    def _images(self, images: torch.Tensor) -> np.ndarray:
        resized = images if self.format.sent_size is None else resize_with_pad(images, self.format.sent_size)
        return resized.contiguous().cpu().numpy()

    def _ask(self, questions: list[Question]) -> list[Answer]:
        """Return the answers; what a broken connection swallowed is asked once more over a new one."""
        answers = self._timed(questions)
        lost = [row for row, answer in enumerate(answers) if isinstance(answer, ConnectionLost)]
        if lost:
            try:
                self._reconnect(self._timeout)
            except ServerGone:
                self._gone = True
                return answers
            for row, answer in zip(lost, self._timed([questions[row] for row in lost]), strict=True):
                answers[row] = answer
        return answers

    def _timed(self, questions: list[Question]) -> list[Answer]:
        answers = list(self._connection.ask(questions, self.format))
        self._latencies += self._connection.latencies
        self._connection.latencies.clear()
        return answers

    def _reconnect(self, patience: float) -> None:
        self._connection.close()
        deadline = time.monotonic() + patience
        while True:
            try:
                self._connection = self._connect(max(1.0, min(self._timeout, deadline - time.monotonic())))
                break
            except ConnectionLost as error:
                if time.monotonic() + _PAUSE_S > deadline:
                    raise ServerGone(f"policy server {self._address} is gone ({error})") from error
                time.sleep(_PAUSE_S)
        if _in_words(self._connection.metadata) != self._said:
            raise ServerGone(f"policy server {self._address} is another one now, by what it says of its policy")
        self._reconnections += 1
        self._gone = False

    def _chunk(self, answer: Answer, least: int | None = None) -> np.ndarray:
        """Return the chunk of an answer, (T, C), with the channels in the robot's order.

        Raises:
            NoAnswer: It has none, or one of fewer actions than `least`, by default those that are to be played.
        """
        if isinstance(answer, NoAnswer):
            raise answer
        parts = []
        for name, places in self._places.items():
            part = answer.get(name)
            if not isinstance(part, np.ndarray) or part.dtype.kind not in "fiu":
                found = ", ".join(sorted(map(str, answer))) or "nothing"
                raise NoAnswer(f"an answer without {name}, it has {found[:200]}")
            part = part[:, None] if part.ndim == 1 and len(places) == 1 else part
            if part.ndim != 2 or part.shape[1] != len(places):
                raise NoAnswer(f"{name} of shape {part.shape}, expected (T, {len(places)})")
            parts.append((part, places))
        lengths = {len(part) for part, _ in parts}
        least = self.n_action_steps if least is None else least
        if max(lengths) > MOST_ACTIONS:
            raise NoAnswer(f"a chunk of {max(lengths):,} actions, expected {MOST_ACTIONS:,} at most")
        if len(lengths) > 1 or min(lengths) < least:
            raise NoAnswer(f"chunks of {' and '.join(map(str, sorted(lengths)))} actions, expected {least} or more")
        chunk = np.empty((lengths.pop(), self.action_size), np.float32)
        with np.errstate(over="ignore"):  # what is too large becomes infinite, and fails its episode
            for part, places in parts:
                chunk[:, places] = part
        return chunk


def _in_words(metadata: Mapping[str, Any]) -> str:
    """Return what a server says of its policy as text, the same for the same policy wherever its files are."""
    own = metadata.get(OWN)
    if isinstance(own, Mapping):
        format = own.get("format")
        alike = {key: value for key, value in own.items() if key not in ("checkpoint", "version")}
        if isinstance(format, Mapping):
            alike["format"] = {key: value for key, value in format.items() if key != "source"}
        metadata = {**metadata, OWN: alike}
    return json.dumps(_named(metadata), sort_keys=True, default=str)


def _named(value: Any) -> Any:
    """Return plain data whose names are all text."""
    if isinstance(value, Mapping):
        return {str(key): _named(each) for key, each in value.items()}
    return [_named(each) for each in value] if isinstance(value, list | tuple) else value
