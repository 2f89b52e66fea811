"""What RSL-RL trained, without RSL-RL, and no code of a file is run: from state observations to joint targets."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

_NORMALIZER_EPS = 0.01
"""What RSL-RL adds to the standard deviation of an observation."""

MAX_STEP = "max_step"
"""What an actor whose actions are steps from where the joints stand calls the limit of these steps."""


def targets(observation: torch.Tensor, outputs: torch.Tensor, max_step: torch.Tensor) -> torch.Tensor:
    """Return joint targets (N, A) [rad] that are steps from the joints' positions.

    Args:
        observation: What begins with these positions [rad]. Shape is (N, O).
        outputs: What a network says. Shape is (N, A).
        max_step: How far a target is from its joint at most [rad].
    """
    return observation[..., : outputs.shape[-1]] + max_step * torch.tanh(outputs)


class Actor(nn.Module):
    """Normalises observations (N, O) and returns the mean of the actions (N, A): what training found, without noise."""

    mean: torch.Tensor
    std: torch.Tensor
    max_step: torch.Tensor | None

    def __init__(self, state: Mapping[str, torch.Tensor]):
        """Build the network of an ``actor_state_dict``.

        Args:
            state: Its tensors by RSL-RL's names: ``obs_normalizer``, an ``mlp`` with ELU between its layers, and
                ``max_step`` where its actions are steps from where the joints stand.

        Raises:
            ValueError: Tensors are missing, or their shapes do not fit.
        """
        super().__init__()
        try:
            self.register_buffer("mean", state["obs_normalizer._mean"])
            self.register_buffer("std", state["obs_normalizer._std"])
            self.register_buffer(MAX_STEP, state.get(MAX_STEP))
            layers: list[nn.Module] = []
            for number in sorted({int(name.split(".")[1]) for name in state if name.startswith("mlp.")}):
                weight, bias = state[f"mlp.{number}.weight"], state[f"mlp.{number}.bias"]
                layer = nn.Linear(weight.shape[1], weight.shape[0])
                layer.load_state_dict({"weight": weight, "bias": bias})
                layers += [layer, nn.ELU()]
            if not layers:
                raise ValueError("it has no mlp")
            self.mlp = nn.Sequential(*layers[:-1])
            self(self.mean)
        except (KeyError, IndexError, ValueError, RuntimeError) as error:
            raise ValueError(f"no actor of RSL-RL with normalised observations: {error}") from error

    @torch.inference_mode()
    def forward(self, observation: torch.Tensor) -> torch.Tensor:
        """Return actions (N, A) for observations (N, O)."""
        outputs: torch.Tensor = self.mlp((observation - self.mean) / (self.std + _NORMALIZER_EPS))
        return outputs if self.max_step is None else targets(observation, outputs, self.max_step)


def load_states(path: Path) -> dict[str, dict[str, torch.Tensor]]:
    """Load the ``state_dict`` of ``actor`` and of ``critic``.

    Args:
        path: A ``model_N.pt`` of RSL-RL, of which tensors alone are read and nothing is run; or a safetensors file,
            whose names begin with either.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no such file, or holds something else.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no actor at {path}")
    if path.suffix == ".pt":
        return _load_model(path)
    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise ValueError(f"{path} is no safetensors file: {error}") from error
    states: dict[str, dict[str, torch.Tensor]] = {"actor": {}, "critic": {}}
    for name, tensor in tensors.items():
        network, _, rest = name.partition(".")
        if network not in states:
            raise ValueError(f"{path} holds {name}, expected tensors of an actor and a critic")
        states[network][rest] = tensor
    return states


def _load_model(path: Path) -> dict[str, dict[str, torch.Tensor]]:
    """Load what RSL-RL saved."""
    try:
        model = torch.load(path, map_location="cpu", weights_only=True)
        states = {network: dict(model[f"{network}_state_dict"]) for network in ("actor", "critic")}
    except (pickle.UnpicklingError, RuntimeError, EOFError, KeyError, TypeError, ValueError) as error:
        reason = f"missing {error}" if isinstance(error, KeyError) else f"{error} "
        raise ValueError(f"{path} is no checkpoint of RSL-RL's PPO: {' '.join(reason.split())[:160]}") from error
    if not all(isinstance(each, torch.Tensor) for state in states.values() for each in state.values()):
        raise ValueError(f"{path} is no checkpoint of RSL-RL's PPO: its networks hold more than tensors")
    return states
