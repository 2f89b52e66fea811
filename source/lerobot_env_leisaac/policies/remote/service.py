"""Serve a policy by openpi's protocol, to this package and to anybody's robot."""

from __future__ import annotations

import dataclasses
import http
import logging
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lerobot.utils.constants import OBS_IMAGES, OBS_STATE

from lerobot_env_leisaac import units as unit_conventions
from lerobot_env_leisaac.options import FitOptions
from lerobot_env_leisaac.policies.environment_facts import EnvironmentFacts
from lerobot_env_leisaac.policies.features import read_features
from lerobot_env_leisaac.policies.fit import facts_for
from lerobot_env_leisaac.policies.load import LoadedPolicy, load_for
from lerobot_env_leisaac.policies.threads import compute_in_one_thread
from lerobot_env_leisaac.printable import printable
from lerobot_env_leisaac.quiet import is_verbose
from lerobot_env_leisaac.tasks.spec import TaskSpec
from lerobot_env_leisaac.units import UnitConvention
from lerobot_env_leisaac.versions import own_version

from .door import Door
from .openpi import BATCH, LARGEST_MESSAGE, OWN
from .protocol import library
from .request_format import NOISE, RequestFormat

_PROMPT, _ACTIONS = "prompt", "actions"
_LONGEST_PROMPT = 1000
_MOST_ROWS = 4096
_GOING_AWAY = 1001
_GOODBYE_S = 2.0
_TOLD = 3
"""How many bad requests of a client are told."""


class PolicyService:
    """Answers requests with chunks of a policy, those of several clients one after another.

    Attributes:
        format: What it is asked with.
        metadata: What a client is told first.
    """

    def __init__(self, policy: LoadedPolicy, facts: EnvironmentFacts, units: UnitConvention, device: str):
        """Prepare for requests.

        Args:
            policy: The policy; one that keeps a history cannot be shared.
            facts: Of the environment that it was loaded for.
            units: Its unit convention, a line for each joint of an arm.
            device: Where it is.

        Raises:
            ValueError: It keeps a history.
        """
        if policy.needs_lock_step:
            raise ValueError(
                f"checkpoint {policy.checkpoint!r} of type {policy.config.type} remembers past observations, which it "
                "would mix between clients: it cannot be served"
            )
        self._policy, self._facts, self._device = policy, facts, device
        self._lock = threading.Lock()
        self.format = RequestFormat(
            name=policy.checkpoint,
            protocol="openpi",
            units=units,
            state={OBS_STATE: None},
            cameras={camera: f"{OBS_IMAGES}.{camera}" for camera in facts.image_sizes},
            image_sizes=dict(facts.image_sizes),
            prompt=_PROMPT,
            actions={_ACTIONS: None},
            n_action_steps=policy.n_action_steps,
        )
        self.metadata: dict[str, Any] = {
            OWN: {
                "version": own_version(),
                "checkpoint": policy.checkpoint,
                "type": policy.config.type,
                "hash": policy.hash,
                "robot": facts.robot.name,
                "channels": list(facts.robot.channel_names),
                "task": facts.task.name,
                "instruction": facts.instruction,
                "fps": facts.fps,
                "chunk_size": policy.chunk_size,
                "noise_shape": None if policy.noise_shape is None else list(policy.noise_shape),
                BATCH: True,
                "format": self.format.table,
            }
        }

    def answer(self, request: Any) -> dict[str, Any]:
        """Return a chunk for a request, or a chunk for each of its rows.

        Args:
            request: ``observation.state`` (C,), images (H, W, 3) uint8, ``prompt``, and ``noise`` from a client that
                chooses what the policy would draw itself; or all of them with an axis for environments in front, and
                ``prompt`` a list.

        Returns:
            ``actions``, float32 (T, C) or (n, T, C), and how long they took [ms].

        Raises:
            ValueError: The request is not so; the message says what is not.
        """
        observation, noise, together = self._observation(request)
        started = time.perf_counter()
        with self._lock:
            chunks = self._predict(observation, noise).cpu().numpy()
        timing = {"infer_ms": 1000 * (time.perf_counter() - started)}
        return {_ACTIONS: chunks if together else chunks[0], "server_timing": timing}

    def _predict(self, observation: dict[str, Any], noise: torch.Tensor | None) -> torch.Tensor:
        """Return the chunks (n, T, C); on a CPU one after another, as the last bits depend on how many are together."""
        count = len(observation["task"])
        each = 1 if torch.device(self._device).type == "cpu" else count
        return torch.cat(
            [
                self._policy.predict_chunk(
                    {key: value[first : first + each] for key, value in observation.items()},
                    noise=None if noise is None else noise[first : first + each],
                )
                for first in range(0, count, each)
            ]
        )

    def _observation(self, request: Any) -> tuple[dict[str, Any], torch.Tensor | None, bool]:
        """Return a request as rows of an observation, the noise, and whether it has an axis for environments."""
        if not isinstance(request, Mapping):
            raise ValueError(f"a request that is {type(request).__name__}, expected names with values")
        expected = [OBS_STATE, *self.format.cameras.values(), _PROMPT]
        if missing := [name for name in expected if name not in request]:
            found = ", ".join(sorted(map(str, request)))[:200] or "nothing"
            raise ValueError(f"missing {', '.join(missing)}: expected {', '.join(expected)}, found {found}")
        channels = len(self.format.units.of(self._facts.robot).joints)
        together = np.ndim(request[OBS_STATE]) == 2
        count = len(request[OBS_STATE]) if together else 1
        if not 1 <= count <= _MOST_ROWS:
            raise ValueError(f"{count} environments, expected 1 to {_MOST_ROWS}")
        rows = (count,) if together else ()
        state = _array(request[OBS_STATE], OBS_STATE, (*rows, channels), "fiu")
        observation: dict[str, Any] = {OBS_STATE: _numbers(state, OBS_STATE, together).view(count, channels)}
        for camera, name in self.format.cameras.items():
            size = self._facts.image_sizes[camera]
            image = _array(request[name], name, (*rows, *size, 3), "u")
            observation[name] = torch.from_numpy(image.copy()).view(count, *size, 3)  # what came is read-only
        prompts = request[_PROMPT]
        prompts = [prompts] * count if isinstance(prompts, str) else prompts
        legal = isinstance(prompts, list) and len(prompts) == count
        if not legal or not all(isinstance(text, str) and len(text) <= _LONGEST_PROMPT for text in prompts):
            raise ValueError(f"{_PROMPT}: expected text of {_LONGEST_PROMPT} characters at most, or {count} of them")
        observation["task"] = prompts
        on_device = {k: v.to(self._device) if isinstance(v, torch.Tensor) else v for k, v in observation.items()}
        shape = self._policy.noise_shape
        if shape is None or request.get(NOISE) is None:
            return on_device, None, together
        noise = _numbers(_array(request[NOISE], NOISE, (*rows, *shape), "f"), NOISE, together)
        return on_device, noise.view(count, *shape).to(self._device), together


def load_service(
    task: TaskSpec,
    options: FitOptions,
    device: str,
    *,
    vlm_path: str | Path | None = None,
    n_action_steps: int | None = None,
) -> PolicyService:
    """Load a policy as it would act in a task's environment; for the rest and for errors see :func:`.load`.

    Args:
        task: The task.
        options: Checked options, ``checkpoint`` among them.
        device: Where the policy is to be.
        vlm_path: Directory of the policy's VLM.
        n_action_steps: How many actions of a chunk clients are told to play.
    """
    checkpoint, trust = str(options.checkpoint), bool(options.trust_checkpoint)
    features = read_features(checkpoint, options.rename_map, trust_checkpoint=trust, robot=task.robot)
    cameras = (
        features.cameras_among(tuple(task.cameras), task.optional_cameras)
        if options.cameras is None
        else options.cameras
    )
    facts = facts_for(task, dataclasses.replace(options, cameras=cameras), features)
    compute_in_one_thread(device)
    policy = load_for(
        facts,
        device,
        checkpoint,
        units=options.units,
        rename_map=options.rename_map,
        vlm_path=vlm_path,
        n_action_steps=n_action_steps,
        overrule=options.overrule,
        trust_checkpoint=trust,
    )
    units = unit_conventions.load(options.units or features.units or task.units)
    return PolicyService(policy, facts, units, device)


def serve(service: PolicyService, door: Door, on_ready: Callable[[int], None]) -> None:
    """Answer clients until the process is interrupted.

    Args:
        service: What answers.
        door: Where it listens.
        on_ready: Is told the port once clients are answered.

    Raises:
        OSError: The door was closed.
        KeyboardInterrupt: Ctrl-C or SIGTERM came.
    """
    messages, errors = library(f"{__package__}.messages"), library("websockets.exceptions")
    server_module = library("websockets.sync.server")

    clients = set()
    # who opens the port and says nothing, a balancer or a browser, is no error
    log = None if is_verbose() else logging.Logger("server", level=logging.CRITICAL + 1)

    def handle(connection: Any) -> None:
        clients.add(connection)
        refused = 0
        try:
            connection.send(messages.pack_openpi(service.metadata))
            for message in connection:
                try:
                    request = messages.unpack_openpi(message) if isinstance(message, bytes) else message
                    connection.send(messages.pack_openpi(service.answer(request)))
                except (ValueError, RuntimeError) as error:  # a text is what openpi's clients take for an error
                    line = " ".join(str(error).split())
                    if (refused := refused + 1) <= _TOLD:
                        more = "; those of this client that follow are not told" if refused == _TOLD else ""
                        print(printable(f"refused a request: {line}{more}"), file=sys.stderr, flush=True)
                    connection.send(line)
        except errors.ConnectionClosed:
            pass
        finally:
            clients.discard(connection)

    def health(connection: Any, request: Any) -> Any:
        return connection.respond(http.HTTPStatus.OK, "OK\n") if request.path == "/healthz" else None

    server = server_module.serve(
        handle,
        sock=door,
        compression=None,
        max_size=LARGEST_MESSAGE,
        close_timeout=1,
        process_request=health,
        logger=log,
    )
    port = door.getsockname()[1]
    with server:
        on_ready(port)
        try:
            server.serve_forever()  # which ends by itself where it cannot listen any more
            raise OSError(f"port {port} is not listened at any more: start the server again")
        finally:  # a client that goes on asking would keep its thread, and so the process
            _say_goodbye(list(clients))
            door.send_away()


def _say_goodbye(clients: list[Any]) -> None:
    """Close connections in order, all at once; one that reads nothing is not waited for."""
    goodbyes = [threading.Thread(target=client.close, args=(_GOING_AWAY,), daemon=True) for client in clients]
    deadline = time.monotonic() + _GOODBYE_S
    for goodbye in goodbyes:
        goodbye.start()
    for goodbye in goodbyes:
        goodbye.join(max(0.0, deadline - time.monotonic()))


def _numbers(value: np.ndarray, name: str, together: bool) -> torch.Tensor:
    """Return an array as a tensor of float32.

    Of a number that is none a policy makes a chunk of none: a row of several may be so, a robot's own may not.
    """
    with np.errstate(over="ignore"):
        numbers = torch.from_numpy(value.astype(np.float32))
    if not together and not bool(numbers.isfinite().all()):
        raise ValueError(f"{name}: expected finite numbers")
    return numbers


def _array(value: Any, name: str, shape: tuple[int, ...], kinds: str) -> np.ndarray:
    legal = isinstance(value, np.ndarray) and value.dtype.kind in kinds and value.shape == shape
    if not legal or (kinds == "u" and value.dtype != np.uint8):  # of more bits it would be another brightness
        found = f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
        what = {"u": "uint8", "f": "float32", "fiu": "numbers"}[kinds]
        raise ValueError(f"{name}: expected {what} of shape {shape}, found {found}")
    return value
