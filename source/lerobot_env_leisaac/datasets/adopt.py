"""Note in a dataset that LeRobot's own editing made of others what is known of its episodes from those.

``lerobot-edit-dataset`` writes a new dataset, without the manifest: units, outcomes and the states that episodes
started from are lost. The episodes are found again by their actions, whatever their numbers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lerobot_env_leisaac.declaration import OF_DATASET

from . import manifest as manifests
from .episode_content import identify
from .findings import listing
from .manifest import Manifest, RecordedEpisode

_SHARED = ("task", "env_id", "fps", "noise_deg", "variation", "variation_values", "physics", "device")
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


def adopt(root: Path, originals: Sequence[Path], *, replace: bool = False) -> Adoption:
    """Write the manifest of an edited dataset.

    Args:
        root: Directory of the dataset.
        originals: Directories of the datasets that it was made of.
        replace: Write it also where there is one.

    Raises:
        FileNotFoundError: An original has no manifest.
        FileExistsError: The dataset has one.
        ValueError: The originals differ in what one manifest says of all episodes, the units say; or an episode is of
            none of them.
    """
    if manifests.read(root) is not None and not replace:
        raise FileExistsError(f"{root / OF_DATASET} is there already: add --replace if it is wrong")
    known = {original: _manifest(original) for original in originals}
    first, *_ = known.values()
    for original, manifest in known.items():
        _require_alike(originals[0], first, original, manifest)
    episodes: dict[int, RecordedEpisode] = {}
    by_original: dict[Path, int] = {}
    strangers: list[int] = []
    for original, manifest in known.items():
        found = identify(root, manifest)
        if found is None:
            raise ValueError(f"{original / OF_DATASET} is of a version that did not note what its episodes hold")
        mine = [each for each in found.episodes if each.episode_index not in episodes]
        if not mine:
            raise ValueError(f"no episode of {root} is one of {original}: name the datasets that it was made of")
        seeds = {each.episode_index: manifest.seed if each.seed is None else each.seed for each in mine}
        episodes |= {each.episode_index: dataclasses.replace(each, seed=seeds[each.episode_index]) for each in mine}
        by_original[original] = len(mine)
        strangers = [index for index in found.strangers if index not in episodes]
    if strangers:
        raise ValueError(
            f"episode {listing(strangers)} of {root} is of none of {listing(originals)}: name the dataset that it is"
            " of with --original, too"
        )
    numbers = [(each.seed, each.episode) for each in episodes.values()]
    if len(set(numbers)) < len(numbers):
        raise ValueError(
            f"{listing(originals)} number their episodes alike, one manifest cannot tell them apart: declare the units"
            f" of {root} with --units"
        )
    instructions = {manifest.instruction for manifest in known.values()}
    dataclasses.replace(
        first,
        instruction=first.instruction if len(instructions) == 1 else None,
        dropped=[],
        episodes=[episodes[index] for index in sorted(episodes)],
    ).write(root)
    return Adoption(root / OF_DATASET, by_original)


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
