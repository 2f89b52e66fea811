"""Which cameras a policy looks through, which of them training had no data of, and what size its images had."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lerobot.configs import FeatureType, PreTrainedConfig
from lerobot.configs.train import TRAIN_CONFIG_NAME
from lerobot.utils.constants import OBS_IMAGES

from lerobot_env_leisaac import declaration
from lerobot_env_leisaac.json_files import read_json

from .checkpoint import Checkpoint
from .files import PREPROCESSOR_NAME
from .renames import Renames, saved_rename_map
from .statistics import NORMALIZER_STEP, read_statistics
from .training_data import TrainingData

ImageSize = tuple[int, int]

_DOES_WITHOUT = ("pi0", "pi05", "pi0_fast", "smolvla", "xvla")
"""Policy types of LeRobot 0.6.1 that act when a camera that they declare is not there, as they were trained then."""

_RESIZE = ("resize_imgs_with_padding", "resize_shape", "image_resize_shape", "image_resolution")
"""Settings by which LeRobot's policies resize images to what they were trained on."""

_RESIZE_BY_TYPE = ("eo1", "fastwam", "groot", "lingbot_va", "molmoact2", "vla_jepa", "wall_x")
"""Policy types of LeRobot 0.6.1 whose processors always resize."""

_FROM_SCRATCH = ("diffusion", "multi_task_dit")
"""Types that resize and are trained from nothing, so that the size which they declare is that of their data."""


@dataclass(frozen=True)
class PolicyCamera:
    """A camera that a policy looks through.

    Attributes:
        declared: Height and width [px] in its ``config.json``.
        trained: Height and width [px] of the images that it was trained on; None where nothing tells.
        source: What tells.
    """

    declared: ImageSize
    trained: ImageSize | None
    source: str


@dataclass(frozen=True)
class PolicyCameras:
    """The cameras of a policy, by its names without ``observation.images.``.

    Attributes:
        fed: Those that are to be given to it.
        empty: Those that it declares and is not given, as in its training.
        seen: Those of all, by its names of observations, of which something tells that training had images.
    """

    fed: Mapping[str, PolicyCamera]
    empty: tuple[str, ...]
    seen: frozenset[str] = frozenset()


def policy_cameras(checkpoint: Checkpoint, data: TrainingData | None, renames: Renames) -> PolicyCameras:
    """Return the cameras of a policy.

    Args:
        checkpoint: The checkpoint. It declares cameras and sizes, but one that was fine-tuned from another declares
            that one's.
        data: The dataset that it was trained on, if it is here: it knows.
        renames: How observations are renamed.

    Raises:
        ValueError: The policy looks at images that are not in colour, or its manifest is damaged.
    """
    declared = _declared_sizes(checkpoint)
    in_training = saved_rename_map(checkpoint) or read_json(checkpoint.folder / TRAIN_CONFIG_NAME).get("rename_map")
    in_training = in_training if isinstance(in_training, dict) else {}
    sources: list[tuple[str, dict[str, ImageSize]]] = [
        (declaration.OF_CHECKPOINT, _manifest_sizes(checkpoint)),
        *([(f"the dataset {data.root}", data.image_sizes)] if data else []),
    ]
    known: dict[str, PolicyCamera] = {}
    for source, sizes in reversed(sources):  # the first wins
        for key, size in sizes.items():
            known[in_training.get(key, key)] = PolicyCamera(declared.get(in_training.get(key, key), size), size, source)
    empty = _empty(checkpoint, declared, renames, in_training, {key for _, sizes in sources for key in sizes})
    resizes = resizes_images(checkpoint.config) and checkpoint.config.type not in _FROM_SCRATCH
    fed = {
        _short(key): known.get(key) or PolicyCamera(size, None if resizes else size, "config.json")
        for key, size in declared.items()
        if key not in empty
    }
    return PolicyCameras(fed, tuple(_short(key) for key in declared if key in empty), frozenset(known))


def does_without(config: PreTrainedConfig) -> bool:
    """Return whether a policy acts when a camera that it declares is not there."""
    return config.type in _DOES_WITHOUT


def resizes_images(config: PreTrainedConfig) -> bool:
    """Return whether a policy resizes images by itself."""
    return config.type in _RESIZE_BY_TYPE or any(getattr(config, name, None) is not None for name in _RESIZE)


def camera_question(
    missing: Sequence[str], available: Sequence[str], taken: Collection[str], config: PreTrainedConfig
) -> str:
    """Return what to do about cameras that the policy looks through and the environment does not have.

    Args:
        missing: The policy's names of the cameras that it would not be given.
        available: The environment's cameras.
        taken: Those of them that the policy is given.
        config: The policy's configuration.
    """
    free = [camera for camera in available if camera not in taken]
    verdict = (
        f"the policy looks through {', '.join(missing)}, the environment's "
        f"{'camera is' if len(available) == 1 else 'cameras are'} {', '.join(available) or 'none'} and LeRobot would "
        "leave the missing out: "
    )
    null = f'"{OBS_IMAGES}.{missing[-1]}": null'
    leave = f"; if training had no data of one, say so with {null}" if does_without(config) else ""
    if len(free) < len(missing):
        return f"{verdict}make the environment with more cameras, or train on fewer{leave}"
    answers = ", ".join(f'"{OBS_IMAGES}.?": "{OBS_IMAGES}.{name}"' for name in missing)
    return (
        f"{verdict}which of {', '.join(free)} shows what {' and what '.join(missing)} showed in training? Answer with "
        f"--rename-map '{{{answers}}}', a camera for each question mark{leave}"
    )


def _declared_sizes(checkpoint: Checkpoint) -> dict[str, ImageSize]:
    """Return the sizes in ``config.json`` by observation, without the cameras that LeRobot adds to be left empty."""
    config = checkpoint.config
    filled_in = {f"{OBS_IMAGES}.empty_camera_{index}" for index in range(getattr(config, "empty_cameras", 0))}
    sizes = {}
    for key, feature in (config.input_features or {}).items():
        if feature.type is not FeatureType.VISUAL or key in filled_in:
            continue
        if len(feature.shape) != 3 or feature.shape[0] != 3:
            raise ValueError(
                f"checkpoint {checkpoint.name!r} declares {key} of shape {tuple(feature.shape)}, expected "
                "(3, height, width): pass a policy that was trained on colour images"
            )
        sizes[key] = (feature.shape[1], feature.shape[2])
    return sizes


def _manifest_sizes(checkpoint: Checkpoint) -> dict[str, ImageSize]:
    """Return the sizes that a checkpoint's own manifest gives, by observation."""
    path = checkpoint.folder / declaration.OF_CHECKPOINT
    cameras = read_json(path).get("cameras", {})
    if not isinstance(cameras, dict) or not all(_is_size(size) for size in cameras.values()):
        raise ValueError(f"{path}: cameras: expected height and width [px] by camera, such as {{'front': [128, 128]}}")
    return {f"{OBS_IMAGES}.{name}": (size[0], size[1]) for name, size in cameras.items()}


def _is_size(size: Any) -> bool:
    return (
        isinstance(size, list)
        and len(size) == 2
        and all(type(pixels) is int and 0 < pixels < 10_000 for pixels in size)
    )


def _empty(
    checkpoint: Checkpoint,
    declared: Mapping[str, ImageSize],
    renames: Renames,
    in_training: Mapping[str, str],
    recorded: Collection[str],
) -> set[str]:
    """Return the declared cameras that training had no data of, by its statistics or else its dataset."""
    said = set(renames.without)
    if not does_without(checkpoint.config):
        return said
    steps = checkpoint.steps(PREPROCESSOR_NAME)
    has_figures = any(step.get("registry_name") == NORMALIZER_STEP and "state_file" in step for step in steps)
    normalized = read_statistics(checkpoint.folder) if has_figures else {}
    for evidence in (normalized, recorded):
        trained = {in_training.get(key, key) for key in evidence} & declared.keys()
        if trained:
            asked_for = set(renames.names.values()) if renames.given else set()
            return said | (declared.keys() - trained - asked_for)
    return said


def _short(key: str) -> str:
    return key.removeprefix(f"{OBS_IMAGES}.")
