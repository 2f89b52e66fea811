"""Find the policy of a server, and refuse it where it does not fit a task: before the simulator is built."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from lerobot.utils.constants import OBS_IMAGES, OBS_STATE

from lerobot_env_leisaac import unit_equality
from lerobot_env_leisaac import units as unit_conventions
from lerobot_env_leisaac.arguments import short
from lerobot_env_leisaac.keywords import LONGEST_TEXT
from lerobot_env_leisaac.options import InterfaceOptions
from lerobot_env_leisaac.policies.checkpoint import open_checkpoint
from lerobot_env_leisaac.policies.environment_facts import EnvironmentFacts
from lerobot_env_leisaac.policies.features import features_of
from lerobot_env_leisaac.policies.finding import Finding
from lerobot_env_leisaac.policies.fit import require_fit
from lerobot_env_leisaac.policies.planning import chunk_size
from lerobot_env_leisaac.policies.planning import n_action_steps as planned_steps
from lerobot_env_leisaac.tasks.spec import TaskSpec

from .askable import require_askable, without_format
from .gr00t import Gr00tConnection
from .lerobot_async import ACTIONS, TASK, Instructions, LerobotConnection
from .openpi import OWN, OpenpiConnection
from .policy import RemotePolicy
from .protocol import LEROBOT, Address, Connection, ConnectionLost, last_line
from .request_format import RequestFormat
from .staged import staged

_PICKLES = (
    "LeRobot's policy server unpickles what it receives: whoever reaches {} runs code there, keep it on 127.0.0.1"
)

_OPENING_S = 10.0
"""How long to wait at least for the first word of a server that is there [s]."""

_MOST_NOISE = 1_000_000
"""Values that an environment's chunk may be made from; LeRobot's SmolVLA takes 1,600."""

_LARGEST_SAID = 2048
"""Side of the images that a server may ask for [px]: it decides what is rendered here."""

_CONNECTIONS: dict[str, type[OpenpiConnection] | type[Gr00tConnection]] = {
    "ws": OpenpiConnection,
    "wss": OpenpiConnection,
    "tcp": Gr00tConnection,
    "zmq": Gr00tConnection,
}


def open_policy(task: TaskSpec, options: Any, n_action_steps: int | None = None) -> RemotePolicy:
    """Connect to a server and audit its policy, as far as the server says what it is; and ask it once.

    Args:
        task: The task.
        options: Checked options, ``policy_server`` among them.
        n_action_steps: How many actions of a chunk are to be played; what the policy's format says by default.

    Raises:
        ConnectionError: There is no server, or one of another protocol.
        ModuleNotFoundError: A library of the extra ``server`` is missing.
        ValueError: The policy does not fit, or it is not known what it is to be asked with.
    """
    address, timeout = Address.of(options.policy_server), options.server_timeout
    given = require_askable(task, options)
    if address.scheme == LEROBOT:
        return _open_lerobot(task, options, address, n_action_steps)
    kind = _CONNECTIONS[address.scheme]

    def connect(open_timeout: float) -> Connection:
        return kind(address, timeout, open_timeout)

    connection = _connection(connect, address, timeout)
    try:
        return _audited(task, options, connect, address, given, connection, n_action_steps)
    except BaseException:
        connection.close()
        raise


def _connection(connect: Callable[[float], Connection], address: Address, timeout: float) -> Connection:
    try:
        return connect(max(_OPENING_S, timeout))  # it may be loading
    except ConnectionLost as error:
        raise ConnectionError(f"no policy server at {address} ({error}): start it, or give its address") from error


def _open_lerobot(task: TaskSpec, options: Any, address: Address, n_action_steps: int | None) -> RemotePolicy:
    """Let LeRobot's server load the checkpoint, which is audited as one that plays here; see :func:`open_policy`."""
    require_fit(task, options)
    name, trust = str(options.checkpoint), bool(options.trust_checkpoint)
    checkpoint = open_checkpoint(name, weights=True, trust=trust)
    features = features_of(checkpoint, options.rename_map)
    cameras = (
        features.cameras_among(tuple(task.cameras), task.optional_cameras)
        if options.cameras is None
        else tuple(options.cameras)
    )
    format = RequestFormat(
        name=checkpoint.name,
        protocol="lerobot",
        units=unit_conventions.load(options.units or features.units or task.units),
        state={OBS_STATE: None},
        cameras={camera: features.renames.of_camera(camera) for camera in cameras},
        image_sizes={camera: features.image_sizes.get(camera) for camera in cameras},
        prompt=TASK,
        actions={ACTIONS: None},
        n_action_steps=planned_steps(checkpoint.config),
    )
    prompt = options.instruction or features.instruction or task.instruction
    sizes = image_sizes(task, options, format)
    instructions = Instructions(
        name=checkpoint.name,
        checkpoint=str(checkpoint.folder),
        type=checkpoint.config.type,
        device=(options.device or ("cuda" if torch.cuda.is_available() else "cpu")),
        chunk_size=chunk_size(checkpoint.config),
        channels=tuple(channel.lerobot_key for channel in task.robot.channels),
        image_sizes={format.cameras[camera]: size for camera, size in sizes.items()},
    )

    def connect(open_timeout: float) -> Connection:
        if not address.is_loopback:
            return LerobotConnection(address, options.server_timeout, open_timeout, instructions)
        with staged(checkpoint.folder) as folder:  # which the server has loaded when it is connected
            here = dataclasses.replace(instructions, checkpoint=str(folder))
            return LerobotConnection(address, options.server_timeout, open_timeout, here)

    connection = _connection(connect, address, options.server_timeout)
    try:
        policy = RemotePolicy(
            connect,
            address,
            format,
            task.robot.channel_names,
            timeout=options.server_timeout,
            connection=connection,
            identity={"checkpoint": checkpoint.name, "type": checkpoint.config.type, "hash": checkpoint.sha256()},
        )
        policy.findings = [Finding("warning", "code", _PICKLES.format(address))]
        policy.instruction = prompt
        facts = EnvironmentFacts.of_task(task, format.units, sizes, prompt)
        policy.try_out(_observation_at_rest(facts, prompt), n_action_steps)
        return policy
    except BaseException:
        connection.close()
        raise


def fitted[Options: InterfaceOptions](options: Options, policy: RemotePolicy) -> Options:
    """Return options with units, cameras and instruction as a server's policy has them, where they are not given."""
    return dataclasses.replace(
        options,
        units=policy.format.units,
        cameras=tuple(policy.format.cameras),
        instruction=options.instruction or policy.instruction,
    )


def _audited(
    task: TaskSpec,
    options: Any,
    connect: Callable[[float], Connection],
    address: Address,
    given: RequestFormat | None,
    connection: Connection,
    n_action_steps: int | None,
) -> RemotePolicy:
    own = _own(connection.metadata)
    if given is not None and isinstance(own.get("format"), Mapping):
        raise ValueError(f"policy server {address} says itself what it is asked with: leave out --policy-format")
    if given is None and not isinstance(own.get("format"), Mapping):
        raise ValueError(without_format(address))
    format = given or _said(own["format"], str(address))
    mistakes, findings = format.mistakes(task.robot, task.cameras), []
    mistakes += list(_differences(format, connection.metadata))
    if options.cameras is not None and set(options.cameras) != set(format.cameras):
        mistakes.append(
            f"cameras is {', '.join(options.cameras) or 'none'}, and the policy looks through "
            f"{', '.join(format.cameras)}: leave it out"
        )
    if mistakes:
        raise ValueError(f"policy server {address} does not fit the environment: {'; '.join(mistakes)}")
    prompt = options.instruction or _instruction(own, address) or task.instruction
    facts = EnvironmentFacts.of_task(task, format.units, image_sizes(task, options, format), prompt)
    if options.units is not None:
        asked = unit_conventions.load(options.units)
        if found := unit_equality.difference(facts.units, asked.of(task.robot), facts.joint_limits):
            raise ValueError(
                f"policy server {address} does not fit the environment: units is {asked.name}, and the policy's are "
                f"{format.units.name}, {found}: leave it out"
            )
    fps = own.get("fps")
    if isinstance(fps, int | float) and not isinstance(fps, bool) and fps != task.control_hz:
        findings.append(
            Finding("warning", "rate", f"the policy is one of {fps:g} Hz, and {task.name} runs at {task.control_hz} Hz")
        )
    identity = {key: last_line(str(own[key])) for key in ("checkpoint", "type", "hash") if key in own}
    policy = RemotePolicy(
        connect,
        address,
        format,
        task.robot.channel_names,
        timeout=options.server_timeout,
        connection=connection,
        identity=identity if len(identity) == 3 else None,
        noise_shape=_noise_shape(own, address),
    )
    policy.findings = findings
    policy.instruction = prompt
    policy.try_out(_observation_at_rest(facts, prompt), n_action_steps)
    return policy


def _own(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what ``leisaac serve`` says of its policy; nothing of another server."""
    own = metadata.get(OWN)
    return own if isinstance(own, Mapping) else {}


def _said(table: Mapping[str, Any], address: str) -> RequestFormat:
    """Return the format that a server says; it may name no file of this machine."""
    if not isinstance(table.get("units"), Mapping):
        raise ValueError(f"policy server {address} does not say its units in figures: give --policy-format")
    format = RequestFormat.from_table(dict(table), where=f"policy server {address}", name=address)
    for size in (format.sent_size, *format.image_sizes.values()):
        if size is not None and max(size) > _LARGEST_SAID:
            raise ValueError(
                f"policy server {address} asks for images of {size[0]} x {size[1]}, expected {_LARGEST_SAID} at most"
            )
    return format


def _instruction(own: Mapping[str, Any], address: Address) -> str | None:
    text = own.get("instruction")
    if text is not None and not (isinstance(text, str) and text.isprintable() and len(text) <= LONGEST_TEXT):
        raise ValueError(
            f"policy server {address} says the instruction {short(text)}, expected a line of {LONGEST_TEXT:,} "
            "characters at most: give --instruction"
        )
    return text


def _noise_shape(own: Mapping[str, Any], address: Address) -> tuple[int, ...] | None:
    shape = own.get("noise_shape")
    if shape is None:
        return None
    legal = isinstance(shape, list) and len(shape) == 2
    if not legal or not all(isinstance(side, int) and side > 0 for side in shape) or math.prod(shape) > _MOST_NOISE:
        raise ValueError(
            f"policy server {address} takes noise of shape {short(shape)}, expected two numbers, and {_MOST_NOISE:,} "
            "values at most"
        )
    return tuple(shape)


def _differences(format: RequestFormat, metadata: Mapping[str, Any]) -> list[str]:
    """Return in what a format differs from the names that a server of GR00T says, a line each."""
    lines = []
    modalities = {
        "video": list(format.cameras.values()),
        "state": list(format.state),
        "action": list(format.actions),
    }
    for modality, names in modalities.items():
        config = metadata.get(modality)
        known = config.get("modality_keys") if isinstance(config, Mapping) else None
        if not isinstance(known, list):
            continue
        ours = {name.removeprefix(f"{modality}.") for name in names}
        theirs = {str(name).removeprefix(f"{modality}.") for name in known}
        if ours != theirs:
            lines.append(
                f"{format.name} has {modality} {', '.join(sorted(ours))}, and the server {', '.join(sorted(theirs))}"
            )
    return lines


def _observation_at_rest(facts: EnvironmentFacts, prompt: str) -> dict[str, Any]:
    """Return an observation of one environment: black images, joints in the middle of their limits."""
    state = facts.units.limits_from_radians(facts.joint_limits).mean(dim=-1).float()
    return {
        OBS_STATE: state[None],
        **{
            f"{OBS_IMAGES}.{camera}": torch.zeros(1, *size, 3, dtype=torch.uint8)
            for camera, size in facts.image_sizes.items()
        },
        "task": [prompt],
    }


def image_sizes(task: TaskSpec, options: Any, format: RequestFormat) -> dict[str, tuple[int, int]]:
    """Return height and width of each camera's images [px]: as given, as the policy has them, as the task has them."""
    return {
        camera: options.image_size or format.image_sizes[camera] or task.cameras[camera] for camera in format.cameras
    }
