"""From the environment's names of observations to the policy's, as the user or the checkpoint says it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from lerobot.utils.constants import OBS_IMAGES

from .checkpoint import Checkpoint
from .files import PREPROCESSOR_NAME
from .processors import RENAME_STEP

RenameMap = Mapping[str, str | None]
"""Names of an environment's observations to the policy's; one of the policy's to None: training had no data of it."""


@dataclass(frozen=True)
class Renames:
    """How observations are renamed.

    Attributes:
        names: From the environment's names of observations to the policy's.
        without: Cameras of the policy, by its names of observations, that are left empty.
        given: They are the user's, in place of those that the checkpoint saved.
    """

    names: Mapping[str, str]
    without: frozenset[str] = frozenset()
    given: bool = False

    @classmethod
    def of(cls, checkpoint: Checkpoint, rename_map: RenameMap | None) -> Renames:
        """Return what a user's map says; what it does not say is as the checkpoint's preprocessor was saved."""
        saved = saved_rename_map(checkpoint)
        given = {old: new for old, new in (rename_map or {}).items() if new is not None}
        without = frozenset(name for name, new in (rename_map or {}).items() if new is None)
        # a map of nothing, as opposed to none, takes the saved one away; one that only empties cameras keeps it
        keeps_saved = rename_map is None or (not given and bool(without))
        return cls(saved if keeps_saved else given, without, given=not keeps_saved)

    def of_camera(self, camera: str) -> str:
        """Return the policy's name of an environment's camera, both without ``observation.images.``."""
        name = f"{OBS_IMAGES}.{camera}"
        return self.names.get(name, name).removeprefix(f"{OBS_IMAGES}.")

    def mistakes(self, observations: Collection[str], inputs: Collection[str]) -> Iterator[str]:
        """Yield what is wrong with a map that the user gave, a line each.

        Args:
            observations: The environment's names of observations.
            inputs: The policy's.
        """
        known = f"the environment's names are {', '.join(observations)}, the policy's {', '.join(inputs)}"
        for old, new in self.names.items() if self.given else ():
            if old not in observations and new not in inputs:
                reverse = "; it is the wrong way round" if old in inputs and new in observations else ""
                yield f"the rename map's {old} -> {new} matches nothing on either side{reverse}: {known}"
        for name in sorted(self.without - set(inputs)):
            yield f"the rename map leaves {name} empty, which the policy does not look at: {known}"
        targets = Counter(self.names.get(name, name) for name in observations)
        for name in (name for name, count in targets.items() if count > 1 and name in inputs):
            both = [old for old in observations if self.names.get(old, old) == name]
            yield f"{' and '.join(both)} are both the policy's {name}: let the rename map send one of them elsewhere"


def saved_rename_map(checkpoint: Checkpoint) -> dict[str, str]:
    """Return the map that the checkpoint's preprocessor renames observations by."""
    return (checkpoint.step_config(PREPROCESSOR_NAME, RENAME_STEP) or {}).get("rename_map", {})
