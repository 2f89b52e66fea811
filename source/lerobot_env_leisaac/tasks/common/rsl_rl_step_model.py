"""A network for RSL-RL whose joint targets are steps from where the joints stand.

An action of our tasks is an absolute target. Noise on absolute targets shakes an arm about one pose, and a target that
has run far into the table takes long to come back from there. Noise on steps adds up to ways, and no target is farther
from its joint than a step.
"""

import copy
from typing import Any

import torch
from isaaclab.utils import configclass
from isaaclab_rl.rsl_rl import RslRlMLPModelCfg
from rsl_rl.models import MLPModel  # type: ignore[import-untyped]
from rsl_rl.utils import unpad_trajectories  # type: ignore[import-untyped]
from torch import nn

from lerobot_env_leisaac.experts.actor import MAX_STEP, targets


class StepModel(MLPModel):
    """Observations (N, O), which begin with the joints' positions [rad], to joint targets (N, A) [rad]."""

    max_step: torch.Tensor

    def __init__(self, *args: Any, max_step: float, **kwargs: Any):
        """Build it as RSL-RL does.

        Args:
            args: What RSL-RL's own network is built of.
            max_step: How far the mean of a target is from its joint at most [rad].
            kwargs: The same.
        """
        super().__init__(*args, **kwargs)
        self.register_buffer(MAX_STEP, torch.tensor(max_step))

    def forward(
        self,
        obs: Any,
        masks: torch.Tensor | None = None,
        hidden_state: Any = None,
        stochastic_output: bool = False,
    ) -> torch.Tensor:
        """Return targets (N, A) [rad], drawn or their mean."""
        if masks is not None:
            obs = unpad_trajectories(obs, masks)
        observation = torch.cat([obs[group] for group in self.obs_groups], dim=-1)
        mean = targets(observation, self.mlp(self.obs_normalizer(observation)), self.max_step)
        if not stochastic_output or self.distribution is None:
            return mean
        self.distribution.update(mean)
        return self.distribution.sample()

    def as_jit(self) -> nn.Module:
        """Return what Isaac Lab exports as TorchScript."""
        return _Exported(self)

    def as_onnx(self, verbose: bool) -> nn.Module:
        """Return what Isaac Lab exports as ONNX."""
        return _Exported(self, verbose)


class _Exported(nn.Module):
    """The mean of the targets (N, A) for observations (N, O), as RSL-RL's exporters ask for it."""

    max_step: torch.Tensor
    is_recurrent: bool = False
    input_names = ("obs",)
    output_names = ("actions",)

    def __init__(self, model: StepModel, verbose: bool = False):
        super().__init__()
        self.verbose = verbose
        self.obs_normalizer, self.mlp = copy.deepcopy(model.obs_normalizer), copy.deepcopy(model.mlp)
        self.register_buffer(MAX_STEP, model.max_step.clone())
        self.input_size = model.obs_dim

    def forward(self, observation: torch.Tensor) -> torch.Tensor:
        """Return the targets."""
        return targets(observation, self.mlp(self.obs_normalizer(observation)), self.max_step)

    @torch.jit.export
    def reset(self) -> None:
        """Nothing is remembered."""

    @torch.jit.ignore
    def get_dummy_inputs(self) -> tuple[torch.Tensor]:
        """Return an observation to trace with."""
        return (torch.zeros(1, self.input_size),)


@configclass
class StepModelCfg(RslRlMLPModelCfg):
    """Configuration of :class:`StepModel`."""

    class_name: str = f"{StepModel.__module__}:{StepModel.__name__}"
    max_step: float = 0.15
    """How far the mean of a target is from its joint at most [rad]."""
