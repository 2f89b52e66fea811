"""What an evaluation comes to."""

from __future__ import annotations

import collections
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .configuration import leaves
from .episode import Episode
from .statistics import wilson_interval


def summarize(episodes: Sequence[Episode]) -> dict[str, Any]:
    """Return the figures of some episodes: rate of success with Wilson's 95 % interval, why the rest failed, times.

    Of each sub-task they say how many episodes reached it; of one that is the same for several objects, such as
    ``orange001_on_plate`` and its like, for how many objects an episode did on average, under ``on_plate``. Where
    episodes have to choose among objects they say how many made which ``mistakes``, and succeeded ``by_instruction``.

    Args:
        episodes: One or more episodes.
    """
    successes = [episode for episode in episodes if episode.success]
    return {
        "episodes": len(episodes),
        "successes": len(successes),
        "success_rate": len(successes) / len(episodes),
        "success_rate_interval": list(wilson_interval(len(successes), len(episodes))),
        "subtasks": _shares(episode.subtasks for episode in episodes),
        "objects": _objects(episodes),
        **_choices(episodes),
        "failures": dict(sorted(collections.Counter(e.failure for e in episodes if e.failure).items())),
        "time_to_success": _mean_and_median([e.time_to_success for e in successes if e.time_to_success is not None]),
        "length": _mean_and_median([episode.length for episode in episodes]),
        "return": _mean_and_median([episode.total_reward for episode in episodes]),
    }


def summary_rows(summary: dict[str, Any]) -> list[tuple[str, str]]:
    """Return a summary as lines of name and value for people."""
    low, high = summary["success_rate_interval"]
    timing = summary["timing"]
    rows = [
        ("success rate", f"{summary['successes']} of {summary['episodes']}, {summary['success_rate']:.1%}"),
        ("95 % interval", f"{low:.1%} to {high:.1%} (Wilson)"),
        *((name, _reached_in_words(figures)) for name, figures in summary.get("subtasks", {}).items()),
        *(
            (f"objects {what.replace('_', ' ')}", f"mean {figures['mean']:.2f} of {figures['of']} an episode")
            for what, figures in summary.get("objects", {}).items()
        ),
        *((name, _reached_in_words(figures)) for name, figures in summary.get("mistakes", {}).items()),
        *((text, _reached_in_words(figures)) for text, figures in summary.get("by_instruction", {}).items()),
        ("failures", ", ".join(f"{count} {reason}" for reason, count in summary["failures"].items()) or "none"),
        ("time to success", _as_text(summary["time_to_success"], "s")),
        ("episode length", _as_text(summary["length"], "steps")),
        ("return", _as_text(summary["return"], "")),
        *setting_rows(summary),
    ]
    for run in summary["runs"]:
        ranges = ", ".join(f"{first}" if first == last else f"{first} to {last}" for first, last in run["episodes"])
        versions = run["versions"] or {}
        differing = [f"{name} {version}" for name, version in versions.items() if name not in summary["versions"]]
        rows.append(("device", ", ".join([f"{run['device']}", *differing, f"for episodes {ranges}"])))
    if timing.get("episodes"):
        rows += [
            ("speed", f"{timing['env_steps_per_s']:,.0f} env-steps/s, {_environments(timing)}"),
            (
                "wall time",
                f"{timing['wall_s']:.1f} s for {timing['episodes']} episodes (policy {timing['policy_s']:.1f} s, "
                f"simulation {timing['simulation_s']:.1f} s), start-up {timing['startup_s']:.1f} s",
            ),
        ]
    if server := timing.get("server"):
        rows.append(("policy server", _server_in_words(server)))
    return rows


def setting_rows(summary: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what was evaluated as lines of name and value for people."""
    return [
        ("policy", f"{summary['checkpoint']} ({summary['policy_type']}, {summary['checkpoint_hash'][:12]})"),
        ("actions of a chunk", str(summary["n_action_steps"])),
        ("environment", f"{summary['env_id']}, seed {summary['seed']}, {summary['units']['name']}"),
        ("instruction", summary["instruction"]),
        ("time limit", f"{summary['time_limit']:g} s"),
        ("variation", variation_in_words(summary["variation"])),
        ("physics", summary["physics"]["name"] if "physics" in summary else "not noted"),
        *((key, summary[key]["name"]) for key in ("servo", "look", "grip") if summary.get(key)),
    ]


def _environments(timing: dict[str, Any]) -> str:
    """Return how many environments played, for people."""
    environments = f"{timing['num_envs']} environments"
    return f"{timing['processes']} processes of {environments}" if "processes" in timing else environments


def _server_in_words(server: dict[str, Any]) -> str:
    words = [f"{server['address']}, {server['answers']:,} answers"]
    if latency := server["latency_ms"]:
        median, most, longest = (f"{latency[key]:.0f}" for key in ("median", "p95", "highest"))
        words.append(f"latency median {median}, 95 % below {most}, longest {longest} ms")
    if server["reconnections"]:
        words.append(f"connected again {server['reconnections']} times")
    words += [f"{count} times {why}" for why, count in server["unanswered"].items()]
    return "; ".join(words)


def variation_in_words(variation: dict[str, Any] | str | None) -> str:
    """Return a variation of a summary for people: its name, and what it changes; earlier versions have the name."""
    if not isinstance(variation, dict):
        return variation or "none"
    changes = variation["changes"]
    return (
        variation["name"]
        if not changes
        else f"{variation['name']} ({', '.join(f'{key} {_range(value)}' for key, value in leaves(changes).items())})"
    )


def _choices(episodes: Sequence[Episode]) -> dict[str, Any]:
    """Return how many episodes made each mistake, and succeeded at each instruction; nothing where none chose."""
    mistakes = _shares(episode.mistakes for episode in episodes)
    by_instruction = _shares({each.instruction: each.success} for each in episodes if each.instruction is not None)
    figures = {"mistakes": mistakes, "by_instruction": dict(sorted(by_instruction.items()))}
    return {name: each for name, each in figures.items() if each}


def _shares(masks: Iterable[Mapping[str, bool]]) -> dict[str, dict[str, Any]]:
    """Return in how many episodes each of several things was so, by its name, of those that say so."""
    told: dict[str, list[bool]] = {}
    for mask in masks:
        for name, reached in mask.items():
            told.setdefault(name, []).append(reached)
    return {
        name: {
            "episodes": len(reached),
            "reached": sum(reached),
            "rate": sum(reached) / len(reached),
            "interval": list(wilson_interval(sum(reached), len(reached))),
        }
        for name, reached in told.items()
    }


def _objects(episodes: Sequence[Episode]) -> dict[str, dict[str, float]]:
    """Return for how many objects an episode reached a sub-task on average, by what several objects have in common."""
    told = [episode for episode in episodes if episode.subtasks]
    groups: dict[str, list[str]] = {}
    for name in told[0].subtasks if told else ():
        for item in told[0].initial_state:
            if name.startswith(prefix := f"{item.lower()}_"):
                groups.setdefault(name.removeprefix(prefix), []).append(name)
    return {
        what: {
            "mean": statistics.fmean(sum(episode.subtasks.get(name, False) for name in names) for episode in told),
            "of": len(names),
        }
        for what, names in groups.items()
        if len(names) > 1
    }


def _reached_in_words(figures: dict[str, Any]) -> str:
    low, high = figures["interval"]
    return f"{figures['reached']} of {figures['episodes']}, {figures['rate']:.1%} ({low:.1%} to {high:.1%})"


def _range(ends: list[Any]) -> str:
    return str(ends[0]) if len(ends) == 2 and ends[0] == ends[1] else str(ends)


def _mean_and_median(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    return {"mean": statistics.fmean(values), "median": float(statistics.median(values))}


def _as_text(figures: dict[str, float] | None, unit: str) -> str:
    return "-" if figures is None else f"mean {figures['mean']:.2f}, median {figures['median']:.2f} {unit}".rstrip()
