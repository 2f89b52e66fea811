"""LeRobot's asynchronous inference of 0.6.1: pickles over gRPC, one client, one observation and its chunk at a time.

The server loads the checkpoint itself, and unpickles what it receives: whoever reaches its port runs code there. Here
only actions are taken from what it sends; a pickle that names anything else is refused before it is run.
"""

from __future__ import annotations

import io
import pickle
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from .protocol import Address, Answer, ConnectionLost, ImageSize, NoAnswer, Question
from .request_format import RequestFormat

ACTIONS, TASK = "actions", "task"
"""Names of a chunk and of the instruction."""


@dataclass(frozen=True)
class Instructions:
    """What the server is to load.

    Attributes:
        name: What the checkpoint is called here.
        checkpoint: Its directory, as the server finds it.
        type: LeRobot's name of its type.
        device: Where the server is to run it.
        chunk_size: How many actions it is to send at once.
        channels: LeRobot's names of the robot's channels.
        image_sizes: Height and width [px] by the policy's names of cameras.
    """

    name: str
    checkpoint: str
    type: str
    device: str
    chunk_size: int
    channels: tuple[str, ...]
    image_sizes: Mapping[str, ImageSize]


class LerobotConnection:
    """A gRPC channel to LeRobot's policy server, which has loaded the policy.

    Attributes:
        metadata: Nothing: the server says nothing of itself.
        timeout: How long to wait for each answer [s].
        latencies: How long each answer took [s].
    """

    def __init__(self, address: Address, timeout: float, open_timeout: float, instructions: Instructions):
        """Connect, and let the server load the policy.

        Args:
            address: Where the server is.
            timeout: How long to wait for each answer [s].
            open_timeout: How long to wait for the server [s]; loading may take longer.
            instructions: What it is to load.

        Raises:
            ConnectionLost: There is no such server.
            ValueError: The server cannot load the policy.
        """
        import grpc  # type: ignore[import-untyped]
        from lerobot.async_inference import helpers
        from lerobot.transport import services_pb2, services_pb2_grpc, utils

        self.metadata: Mapping[str, Any] = {}
        self.timeout = timeout
        self.latencies: list[float] = []
        self._grpc, self._helpers, self._messages, self._transport = grpc, helpers, services_pb2, utils
        self._channels = instructions.channels
        self._timestep = 0
        options = [("grpc.max_receive_message_length", 2**28), ("grpc.enable_retries", 0)]
        if address.is_loopback:  # a proxy that the environment names would take 127.0.0.1 for itself
            options.append(("grpc.enable_http_proxy", 0))
        self._channel = grpc.insecure_channel(address.netloc, options)
        self._stub = services_pb2_grpc.AsyncInferenceStub(self._channel)
        try:
            grpc.channel_ready_future(self._channel).result(open_timeout)
            self._stub.Ready(services_pb2.Empty(), timeout=open_timeout)
        except (grpc.FutureTimeoutError, grpc.RpcError) as error:
            self.close()
            raise ConnectionLost(f"it does not answer as LeRobot's policy server does ({_words(error)})") from error
        policy = helpers.RemotePolicyConfig(
            instructions.type,
            instructions.checkpoint,
            _features(instructions),
            instructions.chunk_size,
            instructions.device,
        )
        try:
            setup = services_pb2.PolicySetup(data=pickle.dumps(policy))
            self._stub.SendPolicyInstructions(setup, timeout=_LOADING_S)
        except grpc.RpcError as error:
            self.close()
            if error.code() is grpc.StatusCode.UNAVAILABLE:
                raise ConnectionLost(_words(error)) from error
            raise ValueError(
                f"policy server {address} cannot load {instructions.name!r} ({_words(error)}): give a checkpoint that "
                "it finds under the same name, and whose VLM, if it has one, it finds under the name in its config.json"
            ) from error

    def ask(self, questions: list[Question], format: RequestFormat) -> Iterator[Answer]:
        """Ask for one environment after another: the server keeps one observation."""
        for question in questions:
            started = time.perf_counter()
            try:
                chunk = self._chunk(question, format)
                self.latencies.append(time.perf_counter() - started)
                yield {ACTIONS: chunk}
            except NoAnswer as error:
                yield error

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def _chunk(self, question: Question, format: RequestFormat) -> np.ndarray:
        self._timestep += 1
        observation = self._helpers.TimedObservation(
            timestamp=time.time(),
            timestep=self._timestep,
            observation={
                **dict(zip(self._channels, question.state.values(), strict=True)),
                **{name: question.images[camera] for camera, name in format.cameras.items()},
                TASK: question.prompt,
            },
            must_go=True,  # the server otherwise leaves out what looks like the observation before
        )
        parts = self._transport.send_bytes_in_chunks(pickle.dumps(observation), self._messages.Observation)
        try:
            self._stub.SendObservations(parts, timeout=self.timeout)
            answer = self._stub.GetActions(self._messages.Empty(), timeout=self.timeout)
        except ValueError as error:  # the channel is closed
            raise ConnectionLost(str(error)) from error
        except self._grpc.RpcError as error:
            if error.code() is self._grpc.StatusCode.DEADLINE_EXCEEDED:
                raise NoAnswer(f"no answer for {self.timeout:g} s") from error
            lost = error.code() is self._grpc.StatusCode.UNAVAILABLE
            raise (ConnectionLost if lost else NoAnswer)(_words(error)) from error
        if not answer.data:
            raise NoAnswer("an empty answer: the server's log says why")
        try:
            actions = _unpickle(answer.data, self._helpers.TimedAction)
            timestep = actions[0].timestep
            chunk: np.ndarray = torch.stack([action.action for action in actions]).float().cpu().numpy()
        except Exception as error:  # whatever a damaged pickle raises
            raise NoAnswer(f"no list of actions ({_words(error)})") from error
        if timestep != self._timestep:
            raise NoAnswer(f"the answer to question {timestep}, expected that to {self._timestep}")
        return chunk


_LOADING_S = 600.0
"""How long a server may take to load a policy [s]."""


def _unpickle(data: bytes, timed_action: type) -> Any:
    """Read a pickled list of actions.

    Raises:
        pickle.UnpicklingError: It names anything that a list of actions has not.
    """
    legal = {
        ("lerobot.async_inference.helpers", "TimedAction"): timed_action,
        ("torch._utils", "_rebuild_tensor_v2"): torch._utils._rebuild_tensor_v2,
        ("torch.storage", "_load_from_bytes"): _load_storage,
        ("collections", "OrderedDict"): OrderedDict,
    }

    class Actions(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            if (module, name) not in legal:
                raise pickle.UnpicklingError(f"it names {module}.{name}, which no action has")
            return legal[module, name]

    return Actions(io.BytesIO(data)).load()


def _load_storage(data: bytes) -> Any:
    """Read a tensor's numbers, as torch's own function of that place does, but no objects."""
    return torch.load(io.BytesIO(data), weights_only=True)


def _features(instructions: Instructions) -> dict[str, dict[str, Any]]:
    """Return the features of an observation, as LeRobot writes them of a robot."""
    names = list(instructions.channels)
    return {
        "observation.state": {"dtype": "float32", "shape": (len(names),), "names": names},
        **{
            f"observation.images.{camera}": {
                "dtype": "image",
                "shape": (*size, 3),
                "names": ["height", "width", "channels"],
            }
            for camera, size in instructions.image_sizes.items()
        },
    }


def _words(error: BaseException) -> str:
    details = getattr(error, "details", None)
    return " ".join(str((details() if callable(details) else "") or error).split()) or type(error).__name__
