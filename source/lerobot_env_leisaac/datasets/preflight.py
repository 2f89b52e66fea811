"""What can be told of a dataset's folder without LeRobot or the simulator, before either is imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lerobot_env_leisaac import catalog, locks, units
from lerobot_env_leisaac.declaration import OF_DATASET
from lerobot_env_leisaac.folders import require_own_files
from lerobot_env_leisaac.json_files import read_json
from lerobot_env_leisaac.keywords import Keywords
from lerobot_env_leisaac.robots.servo import DEFAULT_SERVO
from lerobot_env_leisaac.tasks.common import variations
from lerobot_env_leisaac.writable import require_writable_folder

from . import manifest as manifests
from .manifest import SCRATCH, Manifest, Vcodec
from .start_states import impossible, missing

if TYPE_CHECKING:
    from .episode_content import Identified


def planned(
    task: str,
    *,
    units_name: str,
    seed: int,
    noise_deg: float,
    variation: str | None,
    image_size: tuple[int, int],
    cameras: Sequence[str],
    video: bool,
    vcodec: Vcodec | None,
    physics: str,
    instruction: str | None,
    servo: str = DEFAULT_SERVO,
) -> Manifest:
    """Return the manifest of a recording before it has begun: no episodes, and a device that is not known yet.

    Raises:
        ValueError: There is no such task, unit convention or variation.
    """
    spec = catalog.demonstrated_task(task)
    return Manifest(
        task=spec.name,
        env_id=spec.lerobot_id,
        units=units.load(units_name),
        seed=seed,
        fps=spec.control_hz,
        noise_deg=noise_deg,
        variation=variation,
        variation_values=None if variation is None else variations.load(variation).changes,
        instruction=spec.instruction if instruction is None else instruction,
        cameras={camera: image_size for camera in spec.cameras if camera in cameras},
        video=video,
        vcodec=vcodec or "av1",
        physics=physics,
        servo=servo,
    )


def require_recordable(out: Path, plan: Manifest, *, resume: bool) -> None:
    """Refuse a folder that nothing can be recorded into.

    Args:
        out: Folder of the dataset; it need not be there yet.
        plan: What is to be recorded.
        resume: Go on with the recording that is in it.

    Raises:
        FileExistsError: Something is in it that is not to be gone on with.
        ValueError: The recording to go on with is another one, is damaged, or another tool changed it.
        OSError: Nothing can be written there, or another process is writing there.
    """
    require_writable_folder(out)
    if resume:
        require_own_files(out)
    if (out / locks.NAME).exists():
        with locks.exclusive(out):
            pass
    if resume and (out / SCRATCH).exists():
        return  # what a kill left is put in order first
    manifest = manifests.read(out) if resume else None
    if manifest is None:
        require_empty(out, resume=resume)
        return
    from .untouched import require_extendable  # reads Parquet: other commands need not wait for its library

    require_same_settings(manifest, plan, out)
    require_extendable(out, manifest, plan)


def require_empty(out: Path, *, resume: bool) -> None:
    """Refuse a folder with something in it that is no recording to go on with; arguments as above.

    Raises:
        FileExistsError: There is something.
    """
    if not out.is_dir() or all(path.name == locks.NAME for path in out.iterdir()):
        return
    advice = "add --resume to go on with a recording"
    if resume:
        advice = f"there is no dataset of leisaac record in it (no {OF_DATASET}, which lerobot-edit-dataset drops)"
    raise FileExistsError(f"{out} is not empty: {advice}, or choose another folder")


def require_same_settings(before: Manifest, now: Manifest, out: Path) -> None:
    """Refuse settings that are not those of the recording to go on with; the device is not looked at.

    Raises:
        ValueError: One differs; the message names it, of the variation field by field.
    """
    if different := next(_differences(before, now), None):
        raise ValueError(f"{out} was recorded with {different}: resume it with the same, or choose another folder")


def _differences(before: Manifest, now: Manifest) -> Iterator[str]:
    for field in ("task", "seed", "fps", "noise_deg", "cameras", "video", "vcodec", "physics", "servo"):
        old, new = getattr(before, field), getattr(now, field)
        if old != new:
            yield f"{field} {old}, now it is {new}"
    if before.instruction is not None and before.instruction != now.instruction:
        yield f"instruction {before.instruction!r}, now it is {now.instruction!r}"
    if before.units != now.units:
        names = f"units {before.units.name}, now it is {now.units.name}"
        yield names if before.units.name != now.units.name else f"{names} with other figures"
    if before.variation_values is None and before.variation is not None:  # by name, all that files of format 1 hold
        if before.variation != now.variation:
            yield f"variation {before.variation}, now it is {now.variation}"
    elif world := list(_different_values(before.variation_values or {}, now.variation_values or {})):
        yield f"another variation ({', '.join(world)})"


def _different_values(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield f"{name} {old.get(name, 'unchanged')}, now it is {new.get(name, 'unchanged')}"


def require_replayable(dataset: Path, episodes: Sequence[int]) -> Manifest:
    """Return the manifest of a dataset that ``leisaac record`` wrote; arguments and errors as of :func:`replayable`."""
    return replayable(dataset, episodes)[0]


def replayable(dataset: Path, episodes: Sequence[int]) -> tuple[Manifest, Identified | None]:
    """Return the manifest of a dataset that ``leisaac record`` wrote, or refuse to replay it.

    Args:
        dataset: Folder of the dataset.
        episodes: Indices of the episodes; all if empty.

    Returns:
        The manifest of what it holds now, and what another tool did to it; None where it is as it was recorded.

    Raises:
        FileNotFoundError: It has no manifest.
        ValueError: It has no such episode, another tool changed it, its manifest is damaged, the task or the world
            that it was recorded in is not known here, or an episode starts where nothing of that task can.
    """
    manifest = manifests.read(dataset)
    if manifest is None:
        raise FileNotFoundError(
            f"dataset {dataset} has no {OF_DATASET}, so that nobody knows from which state its episodes started:"
            " expected one that leisaac record wrote; say --units to see how the simulated arm follows another"
        )
    catalog.lerobot_id(manifest.env_id)
    Keywords(physics=manifest.physics, servo=manifest.servo, variation=manifest.world).checked()
    count = _episode_count(dataset, len(manifest.episodes))
    for episode in episodes:
        if not 0 <= episode < count:
            raise ValueError(f"no episode {episode} in dataset {dataset}, expected one of 0..{count - 1}")
    from .untouched import present

    manifest, edited = present(dataset, manifest)
    known = {recorded.episode_index for recorded in manifest.episodes}
    for episode in episodes:
        if episode not in known:
            raise ValueError(
                f"{OF_DATASET} of dataset {dataset} does not know episode {episode}, which came in when it was edited:"
                " from which state it started is not on record"
            )
    _require_starts(dataset, manifest, episodes)
    return manifest, edited


def _require_starts(dataset: Path, manifest: Manifest, episodes: Sequence[int]) -> None:
    """Refuse starts in which the simulator would not find what it looks for, or find what cannot be."""
    spec = catalog.task(manifest.env_id)
    for recorded in manifest.episodes:
        state = recorded.initial_state
        if not state or (episodes and recorded.episode_index not in episodes):
            continue  # that there is none is said with what can be done instead
        where = f"the start of episode {recorded.episode_index} of dataset {dataset}"
        if (wrong := impossible(state, spec.robot)) is not None:
            raise ValueError(f"{where} is none: {wrong}")
        if (absent := missing(state, spec)) is not None:
            raise ValueError(
                f"{where} is none of {spec.name}: it has no {absent}; say --units to see how the arm follows"
            )


def _episode_count(dataset: Path, recorded: int) -> int:
    """Return how many episodes a dataset counts; as many as were recorded where it does not say."""
    try:
        return int(read_json(dataset / "meta" / "info.json")["total_episodes"])
    except (ValueError, TypeError, KeyError):
        return recorded
