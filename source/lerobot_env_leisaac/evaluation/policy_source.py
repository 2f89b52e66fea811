"""Where the policy of an evaluation comes from: a checkpoint that is loaded here, or a server that has it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
from lerobot_env_leisaac.policies.checkpoint import open_checkpoint
from lerobot_env_leisaac.policies.finding import Finding
from lerobot_env_leisaac.policies.load import LoadedPolicy, load
from lerobot_env_leisaac.policies.planning import n_action_steps
from lerobot_env_leisaac.policies.remote.fit import fitted, image_sizes, open_policy
from lerobot_env_leisaac.policies.remote.policy import RemotePolicy
from lerobot_env_leisaac.policies.threads import compute_in_one_thread
from lerobot_env_leisaac.printable import printable

from . import environment
from .options import EpisodeOptions


@dataclass(frozen=True)
class PolicyIdentity:
    """What tells one policy from another.

    Attributes:
        checkpoint: Name of it: a directory, an id of the Hub, or an address.
        hash: SHA-256 of it.
        type: LeRobot's name of its type, or the protocol that it is asked by.
        n_action_steps: How many actions of a chunk are played.
    """

    checkpoint: str
    hash: str
    type: str
    n_action_steps: int


class PolicySource(Protocol):
    """A policy that is known, and perhaps not loaded yet."""

    def resolve_cfg(self) -> Any:
        """Return the configuration of the environment that the options ask for and the policy fits."""

    def identity(self) -> PolicyIdentity:
        """Return what tells it from others; reads a checkpoint's weights."""

    def load(self, env: LeRobotEnv) -> LoadedPolicy | RemotePolicy:
        """Return the policy, ready to act in an environment, and print what its audit found."""

    def close(self) -> None:
        """End what was begun with a server."""


def policy_source(options: EpisodeOptions) -> PolicySource:
    """Return where the policy of some checked options comes from.

    Raises:
        ConnectionError: There is no server.
        ValueError: The server's policy does not fit.
    """
    return _Local(options) if options.policy_server is None else _Server(options)


class _Local:
    """A checkpoint."""

    def __init__(self, options: EpisodeOptions):
        self._options = options

    def resolve_cfg(self) -> Any:
        return environment.resolve_cfg(self._options)

    def identity(self) -> PolicyIdentity:
        options = self._options
        checkpoint = open_checkpoint(str(options.checkpoint), weights=True, trust=options.trust_checkpoint)
        checkpoint.require_files()
        steps = options.n_action_steps or n_action_steps(checkpoint.config)
        return PolicyIdentity(checkpoint.name, checkpoint.sha256(), checkpoint.config.type, steps)

    def load(self, env: LeRobotEnv) -> LoadedPolicy:
        options = self._options
        compute_in_one_thread(env.device)
        policy = load(
            str(options.checkpoint),
            env,
            units=options.units,
            rename_map=options.rename_map,
            vlm_path=options.vlm_path,
            n_action_steps=options.n_action_steps,
            overrule=options.overrule,
            trust_checkpoint=options.trust_checkpoint,
        )
        _print(policy.audit.findings)  # logged as well, where nobody listens
        return policy

    def close(self) -> None:
        pass


class _Server:
    """A server, connected to."""

    def __init__(self, options: EpisodeOptions):
        self._task = catalog.lerobot_task(options.task)
        self._policy = open_policy(self._task, options, options.n_action_steps)
        self._options = fitted(options, self._policy)

    def resolve_cfg(self) -> Any:
        cfg = environment.resolve_cfg(self._options)
        for camera, size in image_sizes(self._task, self._options, self._policy.format).items():
            sensor = getattr(cfg.scene, camera)
            sensor.height, sensor.width = size
        return cfg

    def identity(self) -> PolicyIdentity:
        policy = self._policy
        return PolicyIdentity(policy.checkpoint, policy.hash, policy.type, policy.n_action_steps)

    def load(self, env: LeRobotEnv) -> RemotePolicy:
        _print(self._policy.findings)
        return self._policy

    def close(self) -> None:
        self._policy.close()


def _print(findings: Iterable[Finding]) -> None:
    for finding in findings:
        print(printable(f"{finding.level}: {finding.verdict}"), file=sys.stderr)
