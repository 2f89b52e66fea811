"""Compare two evaluations on the episodes that both have played."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lerobot_env_leisaac.folders import require_own_files

from . import configuration
from .episode import Episode
from .episode_log import read_episodes
from .folder import CONFIG, EPISODES
from .statistics import mcnemar_p_value, paired_difference


def compare_folders(first: Path, second: Path) -> dict[str, Any]:
    """Compare two evaluations, episode by episode.

    Args:
        first: Folder of an evaluation.
        second: Folder of another, of the same task and seed.

    Returns:
        Rates of success, their difference (second minus first) with its 95 % interval, the exact McNemar test, and
        under ``differences`` and ``not_noted`` what else than the policy may be the reason.

    Raises:
        FileNotFoundError: A folder holds no evaluation.
        ValueError: The evaluations have no episode in common, since task or seed differ or none was played twice.
    """
    (first_config, first_episodes), (second_config, second_episodes) = _read(first), _read(second)
    for key in ("env_id", "seed"):
        if first_config[key] != second_config[key]:
            raise ValueError(
                f"{first} has {key} {first_config[key]!r} and {second} {second_config[key]!r}: only evaluations of the "
                "same episodes can be compared, evaluate one of them again"
            )
    common = sorted(first_episodes.keys() & second_episodes.keys())
    if not common:
        raise ValueError(f"{first} and {second} have no episode in common: evaluate one of them again")
    outcomes = [(first_episodes[number].success, second_episodes[number].success) for number in common]
    counts = {
        "both": outcomes.count((True, True)),
        "only_first": outcomes.count((True, False)),
        "only_second": outcomes.count((False, True)),
        "neither": outcomes.count((False, False)),
    }
    difference, interval = paired_difference(**counts)
    return {
        "first": str(first),
        "second": str(second),
        "episodes": len(common),
        "first_success_rate": (counts["both"] + counts["only_first"]) / len(common),
        "second_success_rate": (counts["both"] + counts["only_second"]) / len(common),
        **counts,
        "difference": difference,
        "difference_interval": list(interval),
        "mcnemar_p_value": mcnemar_p_value(counts["only_first"], counts["only_second"]),
        "differences": configuration.differences(first_config, second_config, policy=False)
        | _run_differences(first_config, second_config),
        "not_noted": {
            str(folder): absent
            for folder, config in ((first, first_config), (second, second_config))
            if (absent := configuration.not_noted(config))
        },
    }


def warnings(comparison: dict[str, Any]) -> list[str]:
    """Return what else than the policy may be why two evaluations differ, a line each."""
    return [
        *(
            "{} differs as well: {} and {}".format(key, *configuration.in_words(key, values))
            for key, values in comparison["differences"].items()
        ),
        *(f"{folder} does not say {', '.join(absent)}" for folder, absent in comparison["not_noted"].items()),
    ]


def comparison_rows(comparison: dict[str, Any]) -> list[tuple[str, str]]:
    """Return a comparison as lines of name and value for people."""
    low, high = comparison["difference_interval"]
    return [
        ("episodes", f"{comparison['episodes']} in common"),
        (comparison["first"], f"{comparison['first_success_rate']:.1%}"),
        (comparison["second"], f"{comparison['second_success_rate']:.1%}"),
        ("difference", f"{100 * comparison['difference']:+.1f} points"),
        ("95 % interval", f"{100 * low:+.1f} to {100 * high:+.1f} points (Newcombe, paired)"),
        ("only the first", f"{comparison['only_first']} episodes"),
        ("only the second", f"{comparison['only_second']} episodes"),
        ("exact McNemar", f"p = {comparison['mcnemar_p_value']:.3g}"),
    ]


def _read(folder: Path) -> tuple[dict[str, Any], dict[int, Episode]]:
    try:
        require_own_files(folder)
        return configuration.read(folder), read_episodes(folder / EPISODES)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FileNotFoundError(
            f"{folder} holds no evaluation ({CONFIG} or {EPISODES} is missing): pass the --out of leisaac eval"
        ) from error


def _run_differences(first: dict[str, Any], second: dict[str, Any]) -> dict[str, list[str]]:
    """Return in which devices and versions two evaluations differ."""
    one, other = _run_facts(first), _run_facts(second)
    return {key: [one[key], other[key]] for key in one if key in other and one[key] != other[key]}


def _run_facts(config: dict[str, Any]) -> dict[str, str]:
    """Return device and versions of an evaluation, all that its runs had."""
    facts: dict[str, set[str]] = {}
    for run in config["runs"]:
        for key, value in {"device": run["device"], **(run["versions"] or {})}.items():
            if value is not None:
                facts.setdefault(key, set()).add(value)
    return {key: ", ".join(sorted(values)) for key, values in facts.items()}
