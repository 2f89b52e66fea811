"""What an evaluation comes to."""

from __future__ import annotations

import collections
import statistics
from collections.abc import Sequence
from typing import Any

from .episode import Episode
from .statistics import wilson_interval


def summarize(episodes: Sequence[Episode]) -> dict[str, Any]:
    """Return the figures of some episodes: rate of success with Wilson's 95 % interval, why the rest failed, times.

    Args:
        episodes: One or more episodes.
    """
    successes = [episode for episode in episodes if episode.success]
    return {
        "episodes": len(episodes),
        "successes": len(successes),
        "success_rate": len(successes) / len(episodes),
        "success_rate_interval": list(wilson_interval(len(successes), len(episodes))),
        "failures": dict(sorted(collections.Counter(e.failure for e in episodes if e.failure).items())),
        "time_to_success": _mean_and_median([e.time_to_success for e in successes if e.time_to_success is not None]),
        "length": _mean_and_median([episode.length for episode in episodes]),
        "return": _mean_and_median([episode.total_reward for episode in episodes]),
    }


def summary_rows(summary: dict[str, Any]) -> list[tuple[str, str]]:
    """Return a summary as lines of name and value for people."""
    low, high = summary["success_rate_interval"]
    timing, limit = summary["timing"], summary["time_limit"]
    rows = [
        ("success rate", f"{summary['successes']} of {summary['episodes']}, {summary['success_rate']:.1%}"),
        ("95 % interval", f"{low:.1%} to {high:.1%} (Wilson)"),
        ("failures", ", ".join(f"{count} {reason}" for reason, count in summary["failures"].items()) or "none"),
        ("time to success", _as_text(summary["time_to_success"], "s")),
        ("episode length", _as_text(summary["length"], "steps")),
        ("return", _as_text(summary["return"], "")),
        ("policy", f"{summary['checkpoint']} ({summary['policy_type']}, {summary['checkpoint_hash'][:12]})"),
        ("actions of a chunk", str(summary["n_action_steps"])),
        ("environment", f"{summary['env_id']}, seed {summary['seed']}, {summary['units']['name']}"),
        ("instruction", summary["instruction"]),
        ("time limit", f"{limit:g} s"),
        ("variation", variation_in_words(summary["variation"])),
        ("physics", summary["physics"]["name"] if "physics" in summary else "not noted"),
    ]
    for run in summary["runs"]:
        ranges = ", ".join(f"{first}" if first == last else f"{first} to {last}" for first, last in run["episodes"])
        versions = run["versions"] or {}
        differing = [f"{name} {version}" for name, version in versions.items() if name not in summary["versions"]]
        rows.append(("device", ", ".join([f"{run['device']}", *differing, f"for episodes {ranges}"])))
    if timing.get("episodes"):
        rows += [
            ("speed", f"{timing['env_steps_per_s']:,.0f} env-steps/s, {timing['num_envs']} environments"),
            (
                "wall time",
                f"{timing['wall_s']:.1f} s for {timing['episodes']} episodes (policy {timing['policy_s']:.1f} s, "
                f"simulation {timing['simulation_s']:.1f} s), start-up {timing['startup_s']:.1f} s",
            ),
        ]
    return rows


def variation_in_words(variation: dict[str, Any] | str | None) -> str:
    """Return a variation of a summary for people: its name, and what it changes; earlier versions have the name."""
    if not isinstance(variation, dict):
        return variation or "none"
    changes = variation["changes"]
    return (
        variation["name"]
        if not changes
        else f"{variation['name']} ({', '.join(f'{key} {_range(value)}' for key, value in changes.items())})"
    )


def _range(ends: list[Any]) -> str:
    return str(ends[0]) if len(ends) == 2 and ends[0] == ends[1] else str(ends)


def _mean_and_median(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    return {"mean": statistics.fmean(values), "median": float(statistics.median(values))}


def _as_text(figures: dict[str, float] | None, unit: str) -> str:
    return "-" if figures is None else f"mean {figures['mean']:.2f}, median {figures['median']:.2f} {unit}".rstrip()
