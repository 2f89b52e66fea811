"""Load a LeRobot policy so that it acts in an environment as it did where it was trained."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.constants import SAFETENSORS_SINGLE_FILE
from lerobot.policies import PreTrainedPolicy, get_policy_class
from lerobot.processor import PolicyProcessorPipeline
from lerobot.utils.constants import OBS_IMAGES, OBS_STATE
from safetensors import SafetensorError, safe_open

from lerobot_env_leisaac.printable import printable
from lerobot_env_leisaac.units import UnitConvention

from .audit import Audit, audit
from .build import settle
from .checkpoint import Checkpoint, open_checkpoint
from .environment_facts import EnvironmentFacts
from .planning import chunk_size, needs_lock_step, noise_shape
from .planning import n_action_steps as planned_steps
from .processors import load_processors
from .renames import RenameMap, Renames
from .vlm import find_vlm

_LOGGER = logging.getLogger(__name__)


class LoadedPolicy:
    """A policy with its own processors, which takes an environment's observations and gives actions in its units.

    Most policies are functions of one observation: :meth:`predict_chunk` may be called for any subset of environments,
    at any time. A policy with a memory of its own (``needs_lock_step``) is called for all environments at every step,
    through :meth:`act_lock_step`.

    Attributes:
        checkpoint: Directory or Hub id it was loaded from.
        folder: Directory with its files.
        hash: SHA-256 over its configuration, weights and processors.
        config: Its configuration.
        chunk_size: How many actions it predicts at once, at most.
        n_action_steps: How many of them are to be played before the next prediction.
        audit: How it fits the environment; its warnings are logged.
        needs_lock_step: It keeps a history of observations or plans of the whole batch (Diffusion Policy, VQ-BeT, ACT
            with temporal ensembling, ...).
        action_size: How many numbers an action has, C.
        noise_shape: Shape of the noise that one environment's chunk is made from, such as (50, 32); None for a policy
            that takes none: a deterministic one, or one that draws its noise itself from torch's generator, so that
            its rollouts depend on their neighbours.
        asks_for_all_at_once: Never: on a CPU the last bits depend on how many environments are asked for together.
        unanswered: Rows of the last call that got no answer: never one, of a policy that is here.
    """

    asks_for_all_at_once = False
    unanswered: tuple[int, ...] = ()

    def __init__(
        self,
        checkpoint: Checkpoint,
        policy: PreTrainedPolicy,
        preprocessor: PolicyProcessorPipeline,
        postprocessor: PolicyProcessorPipeline,
        audit: Audit,
        renames: Renames,
    ):
        self.checkpoint = checkpoint.name
        self.folder = checkpoint.folder
        self.hash = checkpoint.sha256()
        self.config = checkpoint.config
        self.audit = audit
        self.chunk_size = chunk_size(self.config)
        self.n_action_steps = planned_steps(self.config)
        self.needs_lock_step = needs_lock_step(self.config)
        self.noise_shape = noise_shape(self.config)
        self.action_size = self.config.action_feature.shape[0]
        self._renames = renames
        self._empty = {f"{OBS_IMAGES}.{name}" for name in audit.empty_cameras}
        self._policy = policy
        self._preprocessor = preprocessor
        self._postprocessor = postprocessor

    def predict_chunk(self, observation: Mapping[str, Any], *, noise: torch.Tensor | None = None) -> torch.Tensor:
        """Predict the next actions of some environments.

        Args:
            observation: Rows of an environment's observation: ``observation.state`` (n, C) in its units, images in
                either of its formats, ``task``, a list of n strings.
            noise: What the chunks are made from, standard normal. Shape is (n, ``*noise_shape``). Without it a policy
                with a ``noise_shape`` draws from torch's generator.

        Returns:
            Actions in the environment's units, on its device. Shape is (n, T, C) with T of ``n_action_steps`` or more.

        Raises:
            RuntimeError: The policy needs lock-step, or LeRobot fails on it.
            ValueError: Noise is given to a policy that takes none.
        """
        if self.needs_lock_step:
            raise RuntimeError(
                f"policy {self.checkpoint!r} of type {self.config.type} keeps a memory of the whole batch: "
                "call act_lock_step() at every step, and reset() when episodes start"
            )
        keywords = {} if noise is None else {"noise": noise}
        if keywords and self.noise_shape is None:
            raise ValueError(f"policy {self.checkpoint!r} of type {self.config.type} takes no noise: leave it out")
        with torch.inference_mode(), self._autocast(), self._one_line_errors():
            chunk = self._policy.predict_action_chunk(self._preprocess(observation), **keywords)
            actions = self._postprocessor(chunk.float())
        return actions.clone()  # outside of inference mode, so that the caller may write into it

    def act_lock_step(self, observation: Mapping[str, Any]) -> torch.Tensor:
        """Return the next action of all environments, from the policy's own queues.

        LeRobot keeps one queue of observations and one of actions for the whole batch: an environment that starts an
        episode while others go on sees the end of its last one in its history, and plays what was planned there until
        the queue runs out. Call :meth:`reset` when all start together, and start them together.

        Args:
            observation: The environment's observation, of the same N environments at every step.

        Returns:
            Actions in the environment's units, on its device. Shape is (N, 6).

        Raises:
            RuntimeError: LeRobot fails on it.
        """
        with torch.inference_mode(), self._autocast(), self._one_line_errors():
            action = self._postprocessor(self._policy.select_action(self._preprocess(observation)).float())
        return action.clone()

    def reset(self) -> None:
        """Forget what the policy and its processors remember of past steps."""
        for part in (self._policy, self._preprocessor, self._postprocessor):
            part.reset()

    def _preprocess(self, observation: Mapping[str, Any]) -> dict[str, Any]:
        names = self._renames.names
        given = {key: value for key, value in observation.items() if names.get(key, key) not in self._empty}
        return self._preprocessor({key: _as_lerobot(key, value) for key, value in given.items()})

    @contextlib.contextmanager
    def _one_line_errors(self) -> Iterator[None]:
        """Name the policy where LeRobot fails on an observation, in words that its own errors often lack."""
        try:
            yield
        except torch.OutOfMemoryError:
            raise
        except Exception as error:  # LeRobot's policies assert, and raise KeyError, NotImplementedError and others
            raise RuntimeError(
                f"policy {self.checkpoint!r} of type {self.config.type} cannot act: LeRobot fails with "
                f"{type(error).__name__} ({_one_line(error) or 'no message'}); use --debug for where"
            ) from error

    def _autocast(self) -> contextlib.AbstractContextManager:
        device = torch.device(self.config.device).type
        return torch.autocast(device) if self.config.use_amp else contextlib.nullcontext()


def load(
    checkpoint: str | Path,
    env: Any,
    *,
    units: str | Path | UnitConvention | None = None,
    rename_map: RenameMap | None = None,
    vlm_path: str | Path | None = None,
    n_action_steps: int | None = None,
    overrule: Collection[str] = (),
    trust_checkpoint: bool = False,
) -> LoadedPolicy:
    """Load a policy for an environment, with its own processors and all of its weights, on the environment's device.

    Args:
        checkpoint: Directory that `lerobot-train` wrote, the id of a policy on the Hugging Face Hub, or ``packaged``.
        env: The environment, as ``gym.make`` returns it.
        units: Unit convention that the policy was trained in: a name of ``config/units`` or a path to a YAML file. It
            must be the environment's, and what the training data declare of themselves.
        rename_map: From the environment's names of observations to the policy's, in place of the saved map, such as
            ``{"observation.images.front": "observation.images.camera1"}``; a name of the policy's to None for a camera
            that training had no data of.
        vlm_path: Directory with the configuration and tokenizer of the policy's VLM. Without it they come from a folder
            ``vlm`` of the checkpoint, or from where the checkpoint says: a directory, or the Hub.
        n_action_steps: How many actions of a chunk to play; what the checkpoint says by default.
        overrule: Checks whose errors are only warnings: ``units``, ``images``.
        trust_checkpoint: Load it also where its files ask to run code, which stderr then says; refused by default.

    Raises:
        FileNotFoundError: The checkpoint, one of its files or its VLM is missing, or the Hub cannot be reached.
        ImportError: The policy's type needs a package that is not installed.
        ValueError: It is no LeRobot policy, its files are damaged or ask to run code, or it does not fit the
            environment.
    """
    return load_for(
        EnvironmentFacts.of(env.unwrapped.cfg),
        str(env.unwrapped.device),
        checkpoint,
        units=units,
        rename_map=rename_map,
        vlm_path=vlm_path,
        n_action_steps=n_action_steps,
        overrule=overrule,
        trust_checkpoint=trust_checkpoint,
    )


def load_for(
    environment: EnvironmentFacts,
    device: str,
    checkpoint: str | Path,
    *,
    units: str | Path | UnitConvention | None = None,
    rename_map: RenameMap | None = None,
    vlm_path: str | Path | None = None,
    n_action_steps: int | None = None,
    overrule: Collection[str] = (),
    trust_checkpoint: bool = False,
) -> LoadedPolicy:
    """Load a policy for an environment of which the facts are known, on a device; for the rest see :func:`load`."""
    opened = open_checkpoint(checkpoint, device=device, weights=True, trust=trust_checkpoint)
    opened.require_files()
    fit = audit(opened, environment, units=units, rename_map=rename_map, overrule=overrule)
    fit.refuse_errors()
    for finding in fit.findings:
        _LOGGER.warning("checkpoint %r: %s", opened.name, printable(finding.verdict))
    if n_action_steps is not None:
        set_n_action_steps(opened, n_action_steps)
    vlm = find_vlm(opened, vlm_path)
    renames = Renames.of(opened, rename_map)
    processors = load_processors(opened, rename_map=dict(renames.names) if renames.given else None, tokenizer=vlm)
    return LoadedPolicy(opened, _load_policy(opened, vlm), *processors, fit, renames)


def _load_policy(checkpoint: Checkpoint, vlm: Path | None) -> PreTrainedPolicy:
    """Build the policy and load all of its weights."""
    config = checkpoint.config
    over_downloaded_vlm = getattr(config, "load_vlm_weights", False)
    settle(config, vlm)
    try:
        policy_class = get_policy_class(config.type)
        with contextlib.redirect_stdout(io.StringIO()):  # LeRobot prints what it does
            policy = policy_class.from_pretrained(checkpoint.folder, config=config, strict=True)
    except ImportError as error:
        raise ImportError(
            f"checkpoint {checkpoint.name!r} of type {config.type} needs a package that is not installed "
            f"({_one_line(error)})"
        ) from error
    except (SafetensorError, RuntimeError, OSError, ValueError) as error:
        if isinstance(error, SafetensorError) or "state_dict" in str(error):
            raise ValueError(
                f"checkpoint {checkpoint.name!r} has weights that are damaged or do not fit its config.json "
                f"({_one_line(error)}): copy the directory that lerobot-train wrote once more"
            ) from error
        raise ValueError(f"checkpoint {checkpoint.name!r} cannot be built: {_one_line(error)}") from error
    if over_downloaded_vlm:
        _restore_half_precision(policy, checkpoint.folder / SAFETENSORS_SINGLE_FILE)
    return policy


def _restore_half_precision(policy: PreTrainedPolicy, weights: Path) -> None:
    """Give parameters that were saved as bfloat16 that type again.

    LeRobot downloads a VLM in half precision, and trains and saves it so; built without the download it is float32.
    """
    with safe_open(weights, "pt") as file:
        half = {name for name in file.keys() if file.get_slice(name).get_dtype() == "BF16"}  # noqa: SIM118 - no dict
    for name, parameter in policy.named_parameters():
        if name in half:
            parameter.data = parameter.data.bfloat16()


def set_n_action_steps(checkpoint: Checkpoint, n_action_steps: int) -> None:
    """Let a policy play so many actions of each chunk.

    Raises:
        ValueError: It cannot; the message says how many it can.
    """
    longest = chunk_size(checkpoint.config)
    if not 1 <= n_action_steps <= longest:
        raise ValueError(
            f"n_action_steps is {n_action_steps}, expected 1 to {longest}, the chunk size of checkpoint "
            f"{checkpoint.name!r}"
        )
    if not hasattr(checkpoint.config, "n_action_steps") and n_action_steps != longest:
        raise ValueError(
            f"n_action_steps is {n_action_steps}, and policies of type {checkpoint.config.type} always play the whole "
            f"chunk of {longest}: leave it out"
        )
    checkpoint.config.n_action_steps = n_action_steps


def _as_lerobot(key: str, value: Any) -> Any:
    """Return an entry of an observation as LeRobot's processors take it: images float32 (n, 3, H, W) in [0, 1]."""
    if key.startswith(OBS_IMAGES) and value.dtype == torch.uint8:
        return value.permute(0, 3, 1, 2) / 255
    return value.float() if key == OBS_STATE else value


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
