"""What can be told of a dataset's folder without LeRobot or the simulator, before either is imported."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from lerobot_env_leisaac import catalog, locks, units
from lerobot_env_leisaac.arguments import HIGHEST_SEED, whole_number
from lerobot_env_leisaac.assets.look import DEFAULT_LOOK
from lerobot_env_leisaac.declaration import OF_DATASET
from lerobot_env_leisaac.evaluation.configuration import leaves
from lerobot_env_leisaac.experts.named import PRETRAINED, SCRIPTED, sha256
from lerobot_env_leisaac.folders import require_own_files
from lerobot_env_leisaac.json_files import read_json
from lerobot_env_leisaac.keywords import Keywords, checked, checked_for
from lerobot_env_leisaac.options import FitOptions, InterfaceOptions, taken
from lerobot_env_leisaac.robots.servo import DEFAULT_SERVO
from lerobot_env_leisaac.robots.so101 import exact_meshes
from lerobot_env_leisaac.tasks.common import variations
from lerobot_env_leisaac.writable import require_writable_folder

from . import manifest as manifests
from .columns import EXECUTED_ACTION
from .encodable import require_encodable
from .manifest import SCRATCH, Manifest, Vcodec
from .options import BETA, RecordOptions, ReplayOptions
from .start_states import impossible, missing

if TYPE_CHECKING:
    from .episode_content import Identified


def require_legal(options: RecordOptions, episodes: int, workers: int | None) -> None:
    """Refuse numbers that make no sense.

    Args:
        options: What is recorded.
        episodes: How many episodes the dataset shall hold.
        workers: How many processes encode and write; None for a default.

    Raises:
        ValueError: One of them does; the message names it.
    """
    whole_number("episodes", episodes, 1, HIGHEST_SEED)
    if not 0 <= options.noise_deg < math.inf:
        raise ValueError(f"noise is {options.noise_deg}, expected a standard deviation of 0 degrees or more")
    if workers is not None:
        whole_number("workers", workers, 1, 1024)
    if options.vcodec not in (None, *get_args(Vcodec)):
        raise ValueError(f"vcodec is {options.vcodec!r}, expected one of {', '.join(get_args(Vcodec))}")
    if options.policy is None and (options.beta is not None or options.dagger_round != 1):
        raise ValueError("--beta and --round are about a policy that acts beside the demonstrator: say --policy, too")
    if options.beta is not None and not 0 <= options.beta <= 1:
        raise ValueError(f"beta is {options.beta}, expected a share from 0 to 1")
    whole_number("round", options.dagger_round, 1, 1000)
    if options.video and options.vcodec == "h264" and options.image_size is not None:  # AV1 takes any
        require_encodable(options.image_size, "--image-size")
    if not options.video and options.vcodec is not None:
        raise ValueError(f"--no-video stores images, which have no --vcodec {options.vcodec}: leave one of them out")


def checked_with_policy(options: RecordOptions) -> RecordOptions:
    """Return the options of a recording as plain values, images in the size of the policy that is to be corrected.

    Raises:
        ValueError: An option is not legal, or the policy does not fit the task, or cannot be asked at any step.
        FileNotFoundError: A file that is named is missing.
    """
    spec = catalog.lerobot_task(options.task)
    options = checked_for(replace(options, cameras=options.cameras or None), spec)
    if options.policy is None:
        return options
    # LeRobot takes seconds to import
    from lerobot_env_leisaac.policies.checkpoint import open_checkpoint
    from lerobot_env_leisaac.policies.features import read_features
    from lerobot_env_leisaac.policies.fit import require_playable
    from lerobot_env_leisaac.policies.planning import needs_lock_step

    fit = checked(FitOptions(checkpoint=options.policy, **taken(options, InterfaceOptions)), spec.cameras)
    opened = open_checkpoint(str(options.policy))
    if needs_lock_step(opened.config):
        raise ValueError(
            f"policy {opened.name!r} of type {opened.config.type} remembers what it saw of all episodes of a batch, and"
            " cannot take turns: expected one that plans from what it sees"
        )
    sizes = read_features(options.policy, robot=spec.robot).image_sizes
    options = replace(options, image_size=options.image_size or next(iter(sizes.values()), None))
    require_playable(spec, replace(fit, image_size=options.image_size))
    return options


def planned(options: RecordOptions) -> Manifest:
    """Return the manifest of a recording before it has begun: no episodes, and a device that is not known yet.

    Raises:
        ValueError: There is no such task, demonstrator, unit convention or variation.
        FileNotFoundError: There is no such file.
    """
    expert = options.expert or SCRIPTED
    spec = catalog.demonstrated_task(options.task, expert)
    image_size = options.image_size or next(iter(spec.cameras.values()))
    world = None if options.variation is None else variations.load(options.variation)
    look = options.look or DEFAULT_LOOK
    told = spec.instruction if options.instruction is None else options.instruction
    return Manifest(
        task=spec.name,
        env_id=spec.lerobot_id,
        units=units.load(spec.units if options.units is None else options.units),
        seed=options.seed,
        fps=spec.control_hz,
        noise_deg=options.noise_deg,
        variation=None if world is None else str(options.variation),
        variation_values=None if world is None else world.changes,
        instruction=told if world is None else world.instruction_of(spec, told),
        subtasks=spec.subtasks,
        expert=expert if expert in (SCRIPTED, PRETRAINED) else Path(expert).name,
        expert_sha256=sha256(spec, expert),
        **_correction(options),
        cameras=dict.fromkeys(spec.cameras_asked_for(options.cameras), image_size),
        video=options.video,
        vcodec=options.vcodec or "av1",
        physics=spec.physics[0] if options.physics is None else options.physics,
        servo=options.servo or DEFAULT_SERVO,
        look=look,
        arm_shapes=None if look == DEFAULT_LOOK else exact_meshes.arm_shapes(),
    )


def _correction(options: RecordOptions) -> dict[str, Any]:
    """Return what a manifest says of the policy that is corrected."""
    if options.policy is None:
        return {}
    from lerobot_env_leisaac.policies.checkpoint import open_checkpoint

    opened = open_checkpoint(str(options.policy), weights=True)
    beta = (BETA if options.beta is None else options.beta) ** options.dagger_round
    return {"policy": opened.name, "policy_sha256": opened.sha256(), "beta": beta}


def joint_names(options: ReplayOptions) -> dict[str, str]:
    """Return the robot's names of joints by those of a dataset that is somebody else's.

    Raises:
        ValueError: They are names of joints that the robot has not.
    """
    robot = catalog.lerobot_task(options.task).robot
    names = {old: new for old, new in (options.rename_map or {}).items() if new is not None}
    legal = [*robot.channel_names, *(channel.lerobot_key for channel in robot.channels)]
    if strangers := [new for new in names.values() if new not in legal]:
        raise ValueError(
            f"rename map names {strangers[0]!r:.60}, expected some of {', '.join(robot.channel_names)} to the right"
        )
    return names


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
    of_world = ("physics", "servo", "look", "arm_shapes")
    fields = ("task", "seed", "fps", "noise_deg", "cameras", "video", "vcodec", *of_world)
    for field in (*fields, "expert", "expert_sha256", "policy_sha256", "beta"):
        old, new = getattr(before, field), getattr(now, field)
        if old != new:
            yield f"{field} {old}, now it is {new}"
    if before.instruction is not None and before.instruction != now.instruction:
        yield f"instruction {before.instruction!r}, now it is {now.instruction!r}"
    if before.subtasks and before.subtasks != now.subtasks:  # older recordings have none, and go on so
        yield f"sub-tasks {', '.join(before.subtasks)}, now they are {', '.join(now.subtasks) or 'none'}"
    if before.units != now.units:
        names = f"units {before.units.name}, now it is {now.units.name}"
        yield names if before.units.name != now.units.name else f"{names} with other figures"
    if before.variation_values is None and before.variation is not None:  # by name, all that files of format 1 hold
        if before.variation != now.variation:
            yield f"variation {before.variation}, now it is {now.variation}"
    elif world := list(_different_values(leaves(before.variation_values or {}), leaves(now.variation_values or {}))):
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
    world = {name: getattr(manifest, name) for name in ("physics", "servo", "look")}
    checked_for(Keywords(**world, variation=manifest.world), catalog.lerobot_task(manifest.env_id))
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
    if manifest.policy is not None and EXECUTED_ACTION not in _features(dataset):
        raise ValueError(
            f"dataset {dataset} has lost {EXECUTED_ACTION}: its actions are what a demonstrator would have done, and"
            " what moved the arm is not on record any more"
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


def _features(dataset: Path) -> Mapping[str, Any]:
    """Return the features of a dataset in LeRobot's form."""
    try:
        features = read_json(dataset / "meta" / "info.json")["features"]
    except (ValueError, TypeError, KeyError):
        return {}
    return features if isinstance(features, Mapping) else {}


def _episode_count(dataset: Path, recorded: int) -> int:
    """Return how many episodes a dataset counts; as many as were recorded where it does not say."""
    try:
        return int(read_json(dataset / "meta" / "info.json")["total_episodes"])
    except (ValueError, TypeError, KeyError):
        return recorded
