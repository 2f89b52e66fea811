"""``leisaac serve``."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass
from typing import Annotated

import tyro

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.arguments import whole_number
from lerobot_env_leisaac.interrupts import sigterm_interrupts
from lerobot_env_leisaac.keywords import checked
from lerobot_env_leisaac.options import (
    Cameras,
    Device,
    FitOptions,
    NActionSteps,
    TaskOptions,
    VlmPath,
    words,
)
from lerobot_env_leisaac.policies.remote.door import Door
from lerobot_env_leisaac.policies.remote.protocol import Address, library
from lerobot_env_leisaac.printable import printable
from lerobot_env_leisaac.quiet import quiet
from lerobot_env_leisaac.tasks.spec import TaskSpec

_HIGHEST_PORT = 65535


@dataclass(kw_only=True)
class ServeOptions(FitOptions, TaskOptions):
    """Which policy is served, and how it is tied to what clients send."""

    cameras: Annotated[Cameras, words("the checkpoint's")] = None
    device: Device = None
    n_action_steps: NActionSteps = None
    vlm_path: VlmPath = None


def serve(
    host: Annotated[str, tyro.conf.arg(metavar="ADDRESS")] = "127.0.0.1",
    port: Annotated[int, tyro.conf.arg(metavar="INT")] = 8000,
    *,
    options: Annotated[ServeOptions, tyro.conf.arg(name="policy")],
) -> int:
    """Serve a LeRobot policy by openpi's protocol, until Ctrl-C: to leisaac eval --policy-server, or to a robot.

    Clients are told units, channels, cameras, image sizes and the length of a chunk when they connect.

    Args:
        host: Where to listen; 0.0.0.0 for every machine that reaches this one.
        port: Port to listen at; 0 for any that is free.
    """
    spec = catalog.lerobot_task(options.task)
    whole_number("port", port, 0, _HIGHEST_PORT)
    if options.checkpoint is None:
        raise ValueError("pass --checkpoint DIR, or --checkpoint packaged")
    options = checked(options, spec.cameras)
    library("websockets"), library("msgpack")
    with contextlib.closing(Door(host, port)) as door:  # before the policy is loaded: the port may be taken
        from lerobot_env_leisaac.policies.fit import require_playable

        require_playable(spec, options, options.vlm_path, options.n_action_steps)
        _serve(spec, options, host, door)
    return 0


def _serve(spec: TaskSpec, options: ServeOptions, host: str, door: Door) -> None:
    import torch

    from lerobot_env_leisaac.policies.remote import service as services

    device = options.device or ("cuda:0" if torch.cuda.is_available() else "cpu")
    with quiet():
        service = services.load_service(
            spec, options, device, vlm_path=options.vlm_path, n_action_steps=options.n_action_steps
        )
    port = door.getsockname()[1]
    if not Address("ws", host, port).is_loopback:
        print(printable(f"warning: whoever reaches {host} may ask: nobody has to log in"), file=sys.stderr)

    def ready(port: int) -> None:
        where = f"[{host}]" if ":" in host else host
        print(printable(f"serving {options.checkpoint} at ws://{where}:{port} on {device}"), flush=True)

    with sigterm_interrupts():
        services.serve(service, door, ready)
