"""Checks of a dataset's rows: indices, time stamps, episodes, tasks, and what its manifest says of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from lerobot.datasets import LeRobotDataset
from lerobot.utils.constants import ACTION, OBS_STATE

from lerobot_env_leisaac.datasets.camera_frames import cameras, declared_size
from lerobot_env_leisaac.datasets.episode_content import identify
from lerobot_env_leisaac.datasets.findings import Finding, Level, listing
from lerobot_env_leisaac.datasets.manifest import Manifest
from lerobot_env_leisaac.datasets.open import joint_columns
from lerobot_env_leisaac.datasets.trajectories import Trajectories
from lerobot_env_leisaac.datasets.untouched import changes
from lerobot_env_leisaac.robots.spec import RobotSpec


def check_rows(dataset: LeRobotDataset, data: Trajectories) -> Iterator[Finding]:
    """The rows are those that the metadata count, in order, each in its episode."""
    rows, expected, end = len(data.index), dataset.meta.total_frames, dataset.meta.episodes[-1]["dataset_to_index"]
    problems = []
    if not rows == expected == end:
        problems.append(f"{rows} rows, the metadata count {expected} and end the last episode at {end}")
    if not np.array_equal(data.index, np.arange(rows)):
        problems.append(f"index jumps at row {np.flatnonzero(data.index != np.arange(rows))[0]}")
    for episode, span in enumerate(data.episodes):
        if not np.array_equal(data.frame_index[span], np.arange(span.stop - span.start)):
            problems.append(f"frame_index of episode {episode} is not 0..{span.stop - span.start - 1}")
        if np.any(data.episode_index[span] != episode):
            problems.append(f"rows of another episode stand in episode {episode}")
    if problems:
        yield Finding("error", "rows", listing(problems))
    else:
        yield Finding("ok", "rows", f"{rows} rows in {len(data.episodes)} episodes, in order")


def check_timestamps(dataset: LeRobotDataset, data: Trajectories) -> Iterator[Finding]:
    """Time stamps are frame numbers over fps, within LeRobot's tolerance."""
    wrong, worst = {}, 0.0
    for episode, span in enumerate(data.episodes):
        times = data.timestamp[span].astype(np.float64)
        error = np.abs(times - np.arange(len(times)) / data.fps).max(initial=0)
        worst = max(worst, float(error))
        if not error <= dataset.tolerance_s:
            step = np.median(np.diff(times)) if len(times) > 1 else np.nan
            wrong[episode] = f"{1 / step:.3g} a second" if step > 0 else f"{error:.3g} s off"
    if wrong:
        yield Finding(
            "error",
            "time stamps",
            f"not those of {data.fps} frames a second in {len(wrong)} of {len(data.episodes)} episodes: "
            + listing(f"episode {episode} ({rate})" for episode, rate in wrong.items()),
            {"episodes": list(wrong), "worst_s": worst},
        )
    else:
        yield Finding("ok", "time stamps", f"{data.fps} frames a second, {worst * 1e3:.2g} ms off at most")


def check_episodes(data: Trajectories) -> Iterator[Finding]:
    """Episodes are of usual length, and none is there twice."""
    lengths = np.array([span.stop - span.start for span in data.episodes])
    middle = np.median(lengths)
    times_as_long = np.maximum(lengths, 1) / middle
    odd = [
        f"episode {episode} has {lengths[episode]}"
        for episode in np.flatnonzero((times_as_long > 3) | (times_as_long < 1 / 3))
    ]
    summary = (
        f"{len(lengths)} episodes of {lengths.min()}..{lengths.max()} frames, "
        f"median {middle:g} ({middle / data.fps:.1f} s)"
    )
    brief = [f"episode {episode} has {lengths[episode]}" for episode in np.flatnonzero(lengths < data.fps)]
    figures = {"count": len(lengths), "min": int(lengths.min()), "median": float(middle), "max": int(lengths.max())}
    if odd:
        yield Finding("warning", "episode lengths", f"{summary}; far from it: {listing(odd)}", figures)
    elif brief:
        verdict = f"{summary}; shorter than a second, as a slow machine leaves them: {listing(brief)}"
        yield Finding("warning", "episode lengths", verdict, figures)
    else:
        yield Finding("ok", "episode lengths", summary, figures)
    first_of: dict[bytes, int] = {}
    copies = []
    for episode, span in enumerate(data.episodes):
        content = data.state[span].tobytes() + data.action[span].tobytes()
        if first_of.setdefault(content, episode) != episode:
            copies.append(f"episode {episode} is episode {first_of[content]}")
    if copies:
        yield Finding("error", "copies", f"{len(copies)} episodes are there twice: {listing(copies)}")
    else:
        yield Finding("ok", "copies", "no two episodes are the same")


def check_tasks(dataset: LeRobotDataset, data: Trajectories) -> Iterator[Finding]:
    """Every row has a task text, that which its episode is said to have, and every text a row."""
    texts = [str(text) for text in dataset.meta.tasks.sort_values("task_index").index]
    counts = Counter(data.task_index.tolist())
    if unknown := sorted(number for number in counts if not 0 <= number < len(texts)):
        yield Finding("error", "tasks", f"rows name task {listing(unknown)}, there are {len(texts)} texts")
    elif empty := [number for number in counts if not texts[number].strip()]:
        yield Finding("error", "tasks", f"the text of task {listing(empty)} is empty: a policy is told nothing")
    elif other := dict(_other_tasks(dataset, data, texts)):
        verdict = f"rows have another text than the record of their episode in {len(other)} episodes: "
        verdict += listing(f"episode {episode} {difference}" for episode, difference in other.items())
        yield Finding("error", "tasks", verdict, {"episodes": list(other)})
    else:
        unused = [repr(text) for number, text in enumerate(texts) if number not in counts]
        used = listing(f"{texts[number]!r} in {count} rows" for number, count in counts.most_common())
        figures = {texts[number]: count for number, count in counts.items()}
        if unused:
            yield Finding("warning", "tasks", f"{used}; in none: {listing(unused)}", figures)
        else:
            yield Finding("ok", "tasks", used, figures)


def _other_tasks(dataset: LeRobotDataset, data: Trajectories, texts: list[str]) -> Iterator[tuple[int, str]]:
    """Yield the episodes whose rows have texts that are not those of their record, and the difference."""
    for episode, span in enumerate(data.episodes):
        recorded = dataset.meta.episodes[episode].get("tasks")
        found = {texts[number] for number in np.unique(data.task_index[span])}
        if recorded and found != {str(text) for text in recorded}:
            yield episode, f"({listing(map(repr, sorted(found)))}, not {listing(map(repr, map(str, recorded)))})"


def check_joint_order(dataset: LeRobotDataset, robot: RobotSpec) -> Iterator[Finding]:
    """Joints stand in the environment's order, which a policy that is trained on the dataset takes over."""
    names = {feature: joint_columns(dataset, feature, robot) for feature in (OBS_STATE, ACTION)}
    turned = [feature for feature, columns in names.items() if columns != sorted(columns)]
    if turned:
        order = ", ".join(robot.channel_names)
        verdict = f"that of {', '.join(turned)} is not {order}: an environment would feed a policy wrong"
        yield Finding("warning", "joint order", verdict)
    else:
        yield Finding("ok", "joint order", ", ".join(robot.channel_names))


def check_manifest(dataset: LeRobotDataset, data: Trajectories, manifest: Manifest | None) -> Iterator[Finding]:
    """The manifest speaks of these episodes, and they succeeded."""
    if manifest is None:
        verdict = "none: success and units are not on record (LeRobot's tools drop it: leisaac declare --original)"
        yield Finding("ok", "manifest", verdict)
        return
    lengths = {episode: span.stop - span.start for episode, span in enumerate(data.episodes)}
    edited = identify(dataset.root, manifest)
    if edited is not None and edited.episodes and not edited.is_as_recorded:
        level: Level = "error" if edited.strangers else "warning"
        yield Finding(level, "manifest", f"another tool edited the dataset: {edited}")
        if edited.strangers:
            return
        manifest = replace(manifest, episodes=edited.episodes)
    problems = list(changes(dataset.root, manifest))
    for camera, size in manifest.cameras.items():
        key = f"observation.images.{camera}"
        found = declared_size(dataset, key) if key in cameras(dataset) else "none"
        if found != size:
            problems.append(f"it says camera {camera} has images of {size}, the dataset {found}")
    if problems:
        yield Finding(
            "error", "manifest", f"it is not of this dataset, or another tool changed it: {listing(problems)}"
        )
        return
    if manifest.policy is not None:
        differ = (data.executed != data.action).any(axis=1).mean()
        verdict = (
            f"{manifest.expert} says what would have been right where {manifest.policy} acts, in {differ:.0%} of the"
            " rows something else was carried out"
        )
        yield Finding("ok", "corrections", verdict, {"beta": manifest.beta, "share_differing": float(differ)})
    failed = [episode.episode_index for episode in manifest.episodes if not episode.success]
    kept = len(lengths) - len(failed)
    seed = "" if manifest.seed is None else f", seed {manifest.seed}"
    summary = f"{manifest.task}{seed}: {kept} of {len(lengths)} episodes succeeded"
    figures = {"success": kept, "episodes": len(lengths), "dropped": len(manifest.dropped)}
    if failed:
        yield Finding("warning", "outcome", f"{summary}; not {listing(failed)}", figures)
    else:
        left_out = sum(len(each) for done in manifest.conversions if isinstance(each := done.get("dropped"), list))
        converted = f", {left_out} episodes of what it was converted from left out" if left_out else ""
        dropped = f"{len(manifest.dropped)} failures were dropped{converted}"
        yield Finding("ok", "outcome", f"{summary}; {dropped}", figures)
