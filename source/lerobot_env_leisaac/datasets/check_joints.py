"""Checks of states and actions: missing numbers, joints that stand still or at a stop, jumps, lag, statistics."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from shlex import quote

import numpy as np
from lerobot.datasets import LeRobotDataset
from lerobot.datasets.utils import STATS_PATH
from lerobot.utils.constants import ACTION, OBS_STATE

from lerobot_env_leisaac.datasets.check_units import beyond_limits, joint_limits
from lerobot_env_leisaac.datasets.findings import Finding, Level, listing
from lerobot_env_leisaac.datasets.open import joint_columns
from lerobot_env_leisaac.datasets.pixel_counts import QUANTILES
from lerobot_env_leisaac.datasets.row_statistics import wrong_statistics
from lerobot_env_leisaac.datasets.trajectories import Trajectories
from lerobot_env_leisaac.units import UnitConvention

_UNDECLARED = "not checked without a declared unit"

_MOST_LAG = 15
"""Frames by which an action may come before the state that follows it; half a second at 30 Hz."""


def check_numbers(data: Trajectories) -> Iterator[Finding]:
    """Every state and action is a finite number."""
    names = data.robot.channel_names
    for what, values in (("state", data.state), ("action", data.action), ("executed action", data.executed)):
        if values is data.executed and np.array_equal(values, data.action, equal_nan=True):
            continue
        if len(rows := np.flatnonzero(~np.isfinite(values).all(axis=1))):
            joints = [names[number] for number in np.flatnonzero(~np.isfinite(values[rows]).all(axis=0))]
            places = listing(data.place(row) for row in rows)
            yield Finding("error", f"{what} numbers", f"not finite in {len(rows)} rows ({', '.join(joints)}): {places}")
        else:
            yield Finding("ok", f"{what} numbers", f"all {values.size} are finite")


def check_constant(data: Trajectories) -> Iterator[Finding]:
    """Every joint moves, and its state does not stand still while it is told to move."""
    still = {name: np.ptp(values, axis=0) == 0 for name, values in (("state", data.state), ("action", data.executed))}
    names = data.robot.channel_names
    deaf = [names[number] for number in np.flatnonzero(still["state"] & ~still["action"])]
    both = [names[number] for number in np.flatnonzero(still["state"] & still["action"])]
    fixed = [names[number] for number in np.flatnonzero(~still["state"] & still["action"])]
    stuck = _stuck(data)
    if deaf:
        yield Finding("error", "constant joints", f"the state of {', '.join(deaf)} never changes, its action does")
    elif stuck:
        yield Finding("error", "constant joints", f"the state stands still while actions move: {listing(stuck)}")
    elif len(both) == len(names):
        yield Finding("error", "constant joints", "no joint ever moves")
    elif both or fixed:
        verdict = f"never moved: {', '.join(both) or 'none'}; never told to: {', '.join(fixed) or 'none'}"
        yield Finding("warning", "constant joints", verdict)
    else:
        yield Finding("ok", "constant joints", "every joint moves")


def _stuck(data: Trajectories) -> list[str]:
    """Return the stretches in which no state changes at all while the actions go far, as when readings hang."""
    arm = data.executed[:, data.robot.columns("arm")]  # a gripper is told to squeeze, and cannot move
    span = np.ptp(arm, axis=0)
    path = arm / np.where(span > 0, span, np.inf)
    found = []
    for episode, rows in enumerate(data.episodes):
        changes = np.flatnonzero(np.abs(np.diff(data.state[rows], axis=0)).max(axis=1, initial=0) > 0) + 1
        bounds = [0, *changes.tolist(), len(data.state[rows])]
        for start, stop in itertools.pairwise(bounds):
            moved = np.ptp(path[rows][start:stop], axis=0).max() if stop - start >= 10 else 0
            if moved > 0.3:
                found.append(f"episode {episode} frames {start}..{stop - 1}")
    return found


def check_limits(data: Trajectories, convention: UnitConvention | None) -> Iterator[Finding]:
    """States lie within the joint limits, and body joints do not stand at a stop for long."""
    if convention is None:
        yield Finding("warning", "joint limits", _UNDECLARED)
        return
    names = convention.joints
    excess, tolerance = beyond_limits(data.robot, convention, data.state)
    rows, joints = np.nonzero(excess > np.minimum(0.01, tolerance))
    if len(rows):
        worst = np.unravel_index(np.argmax(excess), excess.shape)
        level: Level = "error" if (excess > tolerance).any() else "warning"
        yield Finding(
            level,
            "joint limits",
            f"{len(np.unique(rows))} rows beyond ({', '.join(names[number] for number in np.unique(joints))}), "
            f"furthest {names[worst[1]]} at {data.state[worst]:.4g} {convention.units[worst[1]]} in "
            f"{data.place(worst[0])}",
        )
    else:
        yield Finding("ok", "joint limits", "all states are within")
    shares = _share_at_stops(data.state, joint_limits(data.robot, convention))
    by_joint = dict(zip(names, shares.tolist(), strict=True))
    stopped = [f"{names[column]} {shares[column]:.0%}" for column in data.robot.columns("arm") if shares[column] > 0.05]
    if stopped:
        yield Finding("warning", "saturated joints", f"at a stop for long: {', '.join(stopped)} of the rows", by_joint)
    else:
        # a hand that is open or shut may stay at its stop
        gripper = ", ".join(f"the {names[n]} is in {shares[n]:.0%} of the rows" for n in data.robot.columns("gripper"))
        yield Finding("ok", "saturated joints", f"no body joint is at a stop for long; {gripper}", by_joint)


def _share_at_stops(state: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Return the share of rows in which each joint is at its own extreme, where that is near a limit. Shape is (C,)."""
    low, high = limits.T
    span = high - low
    least, most = np.min(state, axis=0), np.max(state, axis=0)
    at_low = (state <= least + 0.002 * span).mean(axis=0) * (least < low + 0.03 * span)
    at_high = (state >= most - 0.002 * span).mean(axis=0) * (most > high - 0.03 * span)
    return at_low + at_high


def check_jumps(data: Trajectories, convention: UnitConvention | None) -> Iterator[Finding]:
    """No joint moves faster than its servo turns without load, and no action asks for twice that."""
    if convention is None:
        yield Finding("warning", "jumps", _UNDECLARED)
        return
    most, names = data.robot.no_load_speed, [convention.joints[column] for column in data.robot.positions]
    inside = np.concatenate([np.arange(rows.start, rows.stop - 1) for rows in data.episodes])
    for what, values, warn, refuse in (("state", data.state, 1.2, 2.0), ("action", data.executed, 2.0, np.inf)):
        steps = np.abs(values[inside + 1] - values[inside]) / np.abs(convention.scale)
        speed = steps[:, data.robot.positions] * data.fps
        fastest = np.unravel_index(np.argmax(speed), speed.shape)
        jumps = np.flatnonzero((speed > warn * most).any(axis=1))
        top = f"{speed[fastest]:.2g} rad/s ({names[fastest[1]]}), the servo does {most} without load"
        figures = {"fastest_rad_s": float(speed[fastest]), "jumps": len(jumps)}
        if len(jumps):
            level: Level = "error" if speed[fastest] > refuse * most else "warning"
            places = listing(data.place(inside[row] + 1) for row in jumps)
            yield Finding(level, f"{what} jumps", f"{len(jumps)}, up to {top}: {places}", figures)
        else:
            yield Finding("ok", f"{what} jumps", f"fastest {top}", figures)


def check_lag(data: Trajectories, convention: UnitConvention | None) -> Iterator[Finding]:
    """The state follows the action, a few frames later and not far off."""
    spread = np.std(data.executed, axis=0), np.std(data.state, axis=0)
    names = data.robot.channel_names
    arm = np.isin(np.arange(len(names)), data.robot.columns("arm")) & (spread[0] > 0) & (spread[1] > 0)
    if not arm.any():
        yield Finding("error", "action to state", "no joint moves, so nothing follows anything")
        return
    ratio = np.median(spread[0][arm] / spread[1][arm])
    if not 0.2 < ratio < 5:
        verdict = f"actions spread {ratio:.3g} times as far as states: they are in another unit"
        yield Finding("error", "action to state", verdict, {"spread_ratio": float(ratio)})
        return
    errors = np.stack([_mean_error(data, lag) for lag in range(_MOST_LAG + 1)])
    lags = errors.argmin(axis=0)
    best = errors.min(axis=0)
    lag = int(np.median(lags[arm]))
    units = convention.units if convention else ("",) * len(names)
    by_joint = ", ".join(
        f"{joint} {error:.2g} {unit}".strip() for joint, error, unit in zip(names, best, units, strict=True)
    )
    figures = {
        "lag_frames": dict(zip(names, lags.tolist(), strict=True)),
        "mean_error": dict(zip(names, best.tolist(), strict=True)),
    }
    summary = f"the state follows after {lag} frames ({1e3 * lag / data.fps:.0f} ms), mean error {by_joint}"
    if not errors[0][arm].any():
        yield Finding(
            "warning", "action to state", "every action is the state of its own frame: it says stand still", figures
        )
    elif lag >= 0.3 * data.fps:
        yield Finding("warning", "action to state", f"slow, or shifted against each other: {summary}", figures)
    elif (best > 0.5 * spread[1])[arm].any():
        far = ", ".join(names[number] for number in np.flatnonzero((best > 0.5 * spread[1]) & arm))
        yield Finding("warning", "action to state", f"{far} does not follow its action: {summary}", figures)
    else:
        yield Finding("ok", "action to state", summary, figures)


def _mean_error(data: Trajectories, lag: int) -> np.ndarray:
    """Return the mean distance of each action from the state ``lag`` frames later. Shape is (C,)."""
    pairs = [
        (data.executed[rows.start : max(rows.start, rows.stop - lag)], data.state[rows][lag:]) for rows in data.episodes
    ]
    differences = [np.abs(action - state) for action, state in pairs]
    return np.mean(np.concatenate(differences), axis=0)


def check_statistics(dataset: LeRobotDataset, data: Trajectories) -> Iterator[Finding]:
    """The stored statistics, which a policy is normalised with, are those of the rows; a number each and finite."""
    remedy = f"write those of the rows with leisaac check {quote(str(dataset.root))} --repair-stats"
    stats = dataset.meta.stats or {}
    features = (OBS_STATE, ACTION, *dataset.meta.camera_keys)
    if missing := [key for key in features if "mean" not in stats.get(key, {})]:
        if set(missing) & set(dataset.meta.camera_keys):  # they are not made anew
            remedy = f"copy {STATS_PATH} from where it is whole, or record the dataset again"
        yield Finding("error", "statistics", f"none stored of {listing(missing)}; {remedy}")
        return
    broken = [
        f"{name} of {feature}"
        for feature in features
        for name, value in stats[feature].items()
        if not np.isfinite(np.asarray(value, dtype=float)).all()
    ]
    if broken:
        yield Finding("error", "statistics", f"not a finite number: {listing(broken)}; {remedy}")
        return
    wrong: list[str] = []
    averaged: list[str] = []
    for feature, values in ((OBS_STATE, data.state), (ACTION, data.action)):
        columns = joint_columns(dataset, feature, data.robot)
        known = {name: np.asarray(value).reshape(-1) for name, value in stats[feature].items()}
        if any(value.shape != (len(columns),) for name, value in known.items() if name != "count"):
            wrong.append(f"{feature}, of other shapes than ({len(columns)},)")
            continue
        in_order = {name: value if name == "count" else value[columns] for name, value in known.items()}
        for name in wrong_statistics(in_order, values):
            (averaged if name in QUANTILES else wrong).append(f"{name} of {feature}")
    if wrong:
        verdict = f"the stored ones are not those of the rows: {listing([*wrong, *averaged])}; {remedy}"
        yield Finding("error", "statistics", verdict)
    elif averaged:
        verdict = (
            f"{listing(averaged)} are no quantiles of the rows, but LeRobot's averages over episodes: policies that "
            f"normalise by quantiles (pi0.5) are trained off; {remedy}"
        )
        yield Finding("warning", "statistics", verdict)
    else:
        yield Finding("ok", "statistics", "those stored are those of the rows")
