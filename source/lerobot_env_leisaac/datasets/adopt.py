"""Note in a dataset that LeRobot's own editing made of others what is known of its episodes from those.

``lerobot-edit-dataset`` writes a new dataset, without the manifest: units, outcomes and the states that episodes
started from are lost. The episodes are found again by their actions, whatever their numbers. What the dataset says of
itself, its cameras and its instruction, is its own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lerobot.datasets import LeRobotDatasetMetadata
from lerobot.utils.constants import OBS_IMAGES

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.declaration import OF_DATASET
from lerobot_env_leisaac.versions import own_version

from . import manifest as manifests
from .camera_frames import declared_size
from .episode_content import digests, match
from .findings import listing
from .manifest import Manifest, RecordedEpisode
from .open import open_metadata
from .subtask_index import SUBTASK_INDEX

_SHARED = (
    *("task", "env_id", "fps", "noise_deg", "device"),
    *("variation", "variation_values", "physics", "servo", "look", "arm_shapes"),
)
"""What one manifest says of all its episodes."""


@dataclass(frozen=True)
class Adoption:
    """What was noted.

    Attributes:
        path: The manifest that was written.
        by_original: How many episodes were found of each original.
    """

    path: Path
    by_original: dict[Path, int]

    def __str__(self) -> str:
        found = ", ".join(f"{count} episodes of {original}" for original, count in self.by_original.items())
        return f"wrote {self.path}: {found}"


def adopt(root: Path, originals: Sequence[Path], *, overwrite: bool = False) -> Adoption:
    """Write the manifest of an edited dataset.

    Args:
        root: Directory of the dataset.
        originals: Directories of the datasets that it was made of.
        overwrite: Write it also where there is one.

    Raises:
        FileNotFoundError: There is no dataset, or an original has no manifest.
        FileExistsError: The dataset has one, or declares other units.
        ValueError: The originals differ in what one manifest says of all episodes, the units say; or an episode is of
            none of them.
    """
    meta = open_metadata(root)
    known = {original: _manifest(original) for original in originals}
    first, *_ = known.values()
    for original, manifest in known.items():
        _require_alike(originals[0], first, original, manifest)
    if not overwrite:
        _require_undeclared(root, first)
    unclaimed = digests(root, catalog.robot_of(first.task).channel_names)
    episodes: list[RecordedEpisode] = []
    by_original: dict[Path, int] = {}
    for original, manifest in known.items():
        found = match(unclaimed, manifest)
        if found is None:
            raise ValueError(f"{original / OF_DATASET} is of a version that did not note what its episodes hold")
        if not found.episodes:
            raise ValueError(f"no episode of {root} is one of {original}: name the datasets that it was made of")
        episodes += [replace(each, seed=manifest.seed_of(each)) for each in found.episodes]
        by_original[original] = len(found.episodes)
        unclaimed = {index: unclaimed[index] for index in found.strangers}
    if unclaimed:
        raise ValueError(
            f"episode {listing(list(unclaimed))} of {root} is of none of {listing(originals)}: name the dataset that it"
            " is of with --original, too"
        )
    edited = {"version": own_version(), "originals": [str(original) for original in originals]}
    replace(
        first,
        **_of_itself(meta),
        **_demonstrators(known.values()),
        dropped=[number for manifest in known.values() for number in manifest.dropped],
        conversions=[*(done for manifest in known.values() for done in manifest.conversions), edited],
        episodes=sorted(episodes, key=lambda each: each.episode_index),
    ).write(root)
    return Adoption(root / OF_DATASET, by_original)


def _require_undeclared(root: Path, first: Manifest) -> None:
    """Refuse a dataset that has a manifest, or one that declares other units."""
    if manifests.read(root) is not None:
        raise FileExistsError(f"{root / OF_DATASET} is there already: add --replace if it is wrong")
    declared = manifests.declared_units(root)
    if declared is not None and declared != first.units:
        raise FileExistsError(
            f"{root / OF_DATASET} declares {declared.name} already, the original {first.units.name}: add --replace if"
            " that is wrong"
        )


def _demonstrators(originals: Collection[Manifest]) -> dict[str, Any]:
    """Return who demonstrated; nobody where the originals do not agree.

    Raises:
        ValueError: In some of them a policy acted, and they differ in which one: their actions mean different things.
    """
    if len({(each.policy_sha256, each.beta) for each in originals}) > 1:
        raise ValueError(
            "the actions of some originals are corrections of a policy, those of others are not, or of another one: one"
            " manifest cannot say both; declare the units of the dataset with --units"
        )
    experts = {(each.expert, each.expert_sha256) for each in originals}
    expert, digest = experts.pop() if len(experts) == 1 else (None, None)
    return {"expert": expert, "expert_sha256": digest}


def _of_itself(meta: LeRobotDatasetMetadata) -> dict[str, Any]:
    """Return those fields of a manifest that a dataset says itself: editing removes cameras and rewords tasks."""
    texts = sorted(meta.tasks.index)
    cameras = {key.removeprefix(f"{OBS_IMAGES}."): declared_size(meta, key) for key in meta.camera_keys}
    codecs = {meta.features[key].get("info", {}).get("video.codec") for key in meta.video_keys} - {None}
    own: dict[str, Any] = {"cameras": cameras, "instruction": texts[0] if len(texts) == 1 else None}
    if SUBTASK_INDEX not in meta.features:
        own["subtasks"] = ()
    if cameras:
        own["video"] = bool(meta.video_keys)
    return own | ({"vcodec": codecs.pop()} if len(codecs) == 1 else {})


def _manifest(original: Path) -> Manifest:
    manifest = manifests.read(original)
    if manifest is None:
        raise FileNotFoundError(
            f"{original} has no manifest of leisaac record or leisaac convert ({OF_DATASET}): declare the units of the"
            " edited dataset with --units"
        )
    return manifest


def _require_alike(name: Path, first: Manifest, other_name: Path, other: Manifest) -> None:
    """Refuse originals whose episodes do not go into one dataset."""
    if first.units != other.units:
        raise ValueError(
            f"{name} is in {first.units.name}, {other_name} in {other.units.name}: their episodes do not go into one"
            f" dataset. Convert one with leisaac convert --units {first.units.name} and merge them again"
        )
    for field in _SHARED:
        if (here := getattr(first, field)) != (there := getattr(other, field)):
            raise ValueError(
                f"{name} was recorded with {field} {here!s:.80}, {other_name} with {there!s:.80}: one manifest cannot"
                " say both"
            )
