"""A LeRobot checkpoint: where its files are, and what its configuration says."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import Any

import lerobot

# Importing the package registers all of LeRobot's policy types. It loads torch (an environment has done so already),
# and in a command no model (see `deferred`).
import lerobot.policies
from huggingface_hub import snapshot_download
from huggingface_hub.constants import CONFIG_NAME, SAFETENSORS_SINGLE_FILE
from huggingface_hub.errors import HFValidationError
from lerobot.configs import PreTrainedConfig
from lerobot.processor import ProcessorStepRegistry
from lerobot.utils.constants import PRETRAINED_MODEL_DIR
from lerobot.utils.import_utils import register_third_party_plugins

from lerobot_env_leisaac.deferred import run
from lerobot_env_leisaac.folders import require_own_files
from lerobot_env_leisaac.json_files import read_json
from lerobot_env_leisaac.resources import packaged_checkpoints

from .files import POSTPROCESSOR_NAME, PREPROCESSOR_NAME, VLM_DIR, read_steps
from .untrusted import find_demands, refuse, say_allowed

_PACKAGED = re.compile("packaged(-[^/]*)?")
"""Words for the policies that ship with the package."""

_SMALL_FILES = ("*.json", "policy_*.safetensors", f"{VLM_DIR}/*")


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint on this machine.

    Attributes:
        name: Directory, Hub id or word for a packaged policy, as it was asked for, for messages.
        folder: Directory with ``config.json``.
        config: The policy's configuration.
        demands: What its files ask for that would run code; empty for a checkpoint of data alone.
        trusted: The user said that it may.
    """

    name: str
    folder: Path
    config: PreTrainedConfig
    demands: tuple[str, ...] = ()
    trusted: bool = False

    @property
    def refused(self) -> bool:
        """It asks to run code, and the user did not say that it may: LeRobot is not handed it."""
        return bool(self.demands) and not self.trusted

    @property
    def is_snapshot(self) -> bool:
        """It lies in the Hub's cache, where not all of its files may have been fetched."""
        return self.folder.resolve().parent.name == "snapshots"

    def steps(self, processor: str) -> list[dict[str, Any]]:
        """Return the steps of ``policy_preprocessor.json`` or ``policy_postprocessor.json``; empty without the file.

        Raises:
            ValueError: The file is not one that LeRobot wrote.
        """
        return read_steps(self.folder, processor)

    def step_config(self, processor: str, step: str) -> dict[str, Any] | None:
        """Return the configuration of the first step that is registered as `step`; None where there is none."""
        for entry in self.steps(processor):
            if entry.get("registry_name") == step:
                return entry.get("config", {})
        return None

    def require_files(self, *, weights: bool = True) -> None:
        """Raise where a file is missing without which the policy cannot act.

        Args:
            weights: The weights are needed too.

        Raises:
            FileNotFoundError: Weights, a processor or a file that a processor names is missing.
            ValueError: Its weights are a PEFT adapter's.
        """
        if self.config.use_peft:
            raise ValueError(
                f"checkpoint {self.name!r} is a PEFT adapter, expected a whole policy: merge it into its base policy, "
                "as with PEFT's merge_and_unload, and save that with use_peft false"
            )
        missing = [name for name in (PREPROCESSOR_NAME, POSTPROCESSOR_NAME) if not (self.folder / name).is_file()]
        if len(missing) == 2:
            raise FileNotFoundError(
                f"checkpoint {self.name!r} has neither {PREPROCESSOR_NAME} nor {POSTPROCESSOR_NAME}, so it is from a "
                "LeRobot before 0.4: convert it once with `python -m lerobot.processor.migrate_policy_normalization "
                f"--pretrained-path {self.name} --output-dir NEW_DIR` and pass NEW_DIR"
            )
        needed = [*self._state_files(), *([SAFETENSORS_SINGLE_FILE] if weights else [])]
        missing += [name for name in needed if not (self.folder / name).is_file()]
        if missing:
            raise FileNotFoundError(
                f"checkpoint {self.name!r} has no {', '.join(missing)} in {self.folder}, expected all files of the "
                f"{PRETRAINED_MODEL_DIR} directory that lerobot-train wrote: copy the whole directory"
            )

    def sha256(self) -> str:
        """Return a hash of what makes the policy act as it does: its configuration, weights and processors."""
        files = (CONFIG_NAME, SAFETENSORS_SINGLE_FILE, PREPROCESSOR_NAME, POSTPROCESSOR_NAME, *self._state_files())
        total = hashlib.sha256()
        for name in files:
            with open(self.folder / name, "rb") as file:
                total.update(name.encode() + hashlib.file_digest(file, "sha256").digest())
        return total.hexdigest()

    def _state_files(self) -> list[str]:
        """Return the names of the files that the processors' steps keep tensors in."""
        processors = (PREPROCESSOR_NAME, POSTPROCESSOR_NAME)
        return [step["state_file"] for name in processors for step in self.steps(name) if "state_file" in step]


def open_checkpoint(
    checkpoint: str | Path,
    *,
    device: str = "cpu",
    weights: bool = False,
    trust: bool = False,
    only_audit: bool = False,
) -> Checkpoint:
    """Find a checkpoint, on the Hub if need be, and read its configuration. None of its code is run.

    Args:
        checkpoint: Directory that `lerobot-train` wrote (`pretrained_model`, the one that holds it, such as
            `checkpoints/last`, or that of the whole run), the id of a policy on the Hugging Face Hub, or ``packaged``,
            the policy that ships with the package (see `resources.packaged_checkpoints`); a directory of that name is
            ``./packaged``.
        device: Where the policy is to run.
        weights: Fetch the weights too, from the Hub.
        trust: Do not refuse a checkpoint that asks to run code; say on stderr what it asks for.
        only_audit: Do not refuse it either, for LeRobot will not be handed it: an audit says what it asks for.

    Raises:
        FileNotFoundError: There is no such directory or Hub repository, or no configuration in it.
        ValueError: It is no LeRobot policy of this version, or asks to run code.
    """
    name, folder = str(checkpoint), _folder(checkpoint, weights)
    demands = find_demands(folder)
    if trust:
        say_allowed(name, demands)
    elif not only_audit:
        refuse(name, demands)
    try:
        config = _policy_config(name, folder, device)
    except ValueError:
        if not trust:
            refuse(name, demands)  # which is worse than what is wrong with the rest
        raise
    return Checkpoint(name, folder, config, demands, trust)


def _folder(checkpoint: str | Path, weights: bool) -> Path:
    """Return the directory with the checkpoint's configuration files."""
    is_packaged = isinstance(checkpoint, str) and _PACKAGED.fullmatch(checkpoint)
    folder = _packaged_folder(str(checkpoint)) if is_packaged else Path(checkpoint).expanduser()
    if not folder.is_dir():
        folder = _download(str(checkpoint), (*_SMALL_FILES, *((SAFETENSORS_SINGLE_FILE,) if weights else ())))
    named = folder
    for inner in ("checkpoints/last", PRETRAINED_MODEL_DIR):  # a whole run, and a checkpoint of one
        folder = folder / inner if (folder / inner).is_dir() else folder
    if not folder.resolve().is_relative_to(named.resolve()):
        raise ValueError(f"{folder} is a link that leads out of {named}: pass the directory that is meant")
    if not (folder / CONFIG_NAME).is_file():
        raise FileNotFoundError(
            f"checkpoint {str(checkpoint)!r} has no {CONFIG_NAME} in {folder}, expected the {PRETRAINED_MODEL_DIR} "
            "directory that lerobot-train writes, such as outputs/train/RUN/checkpoints/last/pretrained_model"
        )
    if not is_packaged:
        require_own_files(folder)
    return folder


def _packaged_folder(word: str) -> Path:
    packaged = packaged_checkpoints()
    if word not in packaged:
        raise FileNotFoundError(
            f"no checkpoint {word!r} ships with this install of lerobot_env_leisaac, which has "
            f"{', '.join(packaged) or 'none'}: pass another checkpoint, or write ./{word} for a directory of that name"
        )
    return packaged[word]


def _download(repo_id: str, patterns: Sequence[str]) -> Path:
    try:
        return Path(snapshot_download(repo_id, allow_patterns=list(patterns)))
    except (OSError, HFValidationError) as error:
        raise FileNotFoundError(
            f"checkpoint {repo_id!r} is no directory here and not to be had from the Hub "
            f"({type(error).__name__}), expected a directory that lerobot-train wrote, or a Hub id such as "
            "user/policy: correct the path or id, or the network connection"
        ) from error


@functools.cache  # once a process: it looks through everything that is installed
def _register_plugins() -> None:
    """Let LeRobot know the policy types that other installed packages bring."""
    register_third_party_plugins()


@functools.cache  # once a process
def _register_steps_of_all_types() -> None:
    """Import the policy types that a command has left out, for a policy may take a step of another type's."""
    for module in pkgutil.iter_modules(lerobot.policies.__path__):
        with contextlib.suppress(ImportError):  # a type whose libraries are not installed
            run(importlib.import_module(f"{lerobot.policies.__name__}.{module.name}"))


def _policy_config(name: str, folder: Path, device: str) -> PreTrainedConfig:
    _register_plugins()
    if unknown := list(_unknown_parts(folder)):
        raise ValueError(
            f"checkpoint {name!r} has what this LeRobot ({lerobot.__version__}) does not know: {'; '.join(unknown)}. "
            "It is of another version, or of a plugin that is not installed: install that, or remove from the files "
            "what the policy does without"
        )
    try:
        # as an override, so that LeRobot does not first complain about a saved device that this machine lacks
        return PreTrainedConfig.from_pretrained(folder, cli_overrides=[f"--device={device}"])
    except Exception as error:  # LeRobot lets through whatever json, draccus and the policy's own checks raise
        raise ValueError(
            f"checkpoint {name!r} has a {CONFIG_NAME} that LeRobot makes no policy of "
            f"({shorten(_with_cause(error), 200)}), expected the one that lerobot-train wrote: pass that directory"
        ) from error


def _with_cause(error: BaseException) -> str:
    """Return what an error says, and the one that it was raised for: draccus wraps it in words of its own."""
    first = error
    while (cause := first.__cause__ or (None if first.__suppress_context__ else first.__context__)) is not None:
        first = cause
    return str(error) if first is error else f"{error}: {first}"


def _unknown_parts(folder: Path) -> Iterator[str]:
    """Yield settings and steps that the installed LeRobot and its plugins do not have."""
    saved = read_json(folder / CONFIG_NAME)
    if "type" not in saved:
        return  # LeRobot's own words say so
    if saved["type"] not in list(PreTrainedConfig.get_known_choices()):
        yield f"the policy type {shorten(repr(saved['type']), 60)}"
        return
    config_class = PreTrainedConfig.get_choice_class(saved["type"])
    settings = saved.keys() - {field.name for field in dataclasses.fields(config_class)} - {"type"}
    if settings:
        yield f"{', '.join(sorted(settings))} in {CONFIG_NAME}"
    with contextlib.suppress(ImportError):  # a plugin's steps are registered by the module beside its configuration
        importlib.import_module(config_class.__module__.replace("configuration_", "processor_"))
    for processor in (PREPROCESSOR_NAME, POSTPROCESSOR_NAME):
        for step in read_steps(folder, processor):
            registered = step.get("registry_name")
            if registered is None:
                continue
            if registered not in ProcessorStepRegistry.list():
                _register_steps_of_all_types()
            if registered not in ProcessorStepRegistry.list():
                yield f"the step {registered} in {processor}"
                continue
            legal = inspect.signature(ProcessorStepRegistry.get(registered)).parameters
            if any(parameter.kind is parameter.VAR_KEYWORD for parameter in legal.values()):
                continue
            if settings := step.get("config", {}).keys() - legal.keys():
                yield f"{', '.join(sorted(settings))} of {registered} in {processor}"
