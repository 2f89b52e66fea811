"""Evaluate a policy on numbered episodes, into a folder, so that a killed run can go on."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from lerobot_env_leisaac import catalog, stages
from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
from lerobot_env_leisaac.folders import require_own_files
from lerobot_env_leisaac.interrupts import Stopped, cause, exit_status, sigterm_interrupts
from lerobot_env_leisaac.json_files import read_json, write_json
from lerobot_env_leisaac.keywords import checked_for
from lerobot_env_leisaac.locks import exclusive
from lerobot_env_leisaac.policies.remote.policy import ServerGone
from lerobot_env_leisaac.printable import printable
from lerobot_env_leisaac.quiet import quiet

from . import configuration, environment
from .episode import SERVER
from .episode_log import EpisodeLog
from .folder import CONFIG, EPISODES, EXAMPLES, SUMMARY, require_new
from .options import EvaluationOptions, require_server_alone
from .players import Players
from .policy_source import policy_source
from .ray_cluster import connected
from .ray_players import RayPlayers
from .replay_page import require_replay_path
from .report import write_report
from .summary import summarize
from .team import ProcessesDied, Team, require_playable_by
from .world import World


def evaluate(
    options: EvaluationOptions,
    episodes: int,
    out: Path,
    *,
    resume: bool = False,
    report: bool = True,
    replay: Path | None = None,
    world: World | None = None,
    team: Team | None = None,
) -> dict[str, Any]:
    """Play episodes 0, 1, ... of a seed, those that the folder does not hold yet, and sum up.

    Args:
        options: What to evaluate.
        episodes: How many episodes.
        out: Folder of the results.
        resume: Go on with the evaluation that is in the folder.
        report: Write ``report.html`` as well.
        replay: HTML file in which the first episode of environment 0 can be played, turned and zoomed; the report
            then links such pages of its examples.
        world: Keeps the environment for the next evaluation; it is closed at the end without it.
        team: Processes that play, each on `num_envs` environments; this one alone without it.

    Returns:
        What ``summary.json`` says.

    Raises:
        ValueError: An argument is not legal, or the folder holds another evaluation.
        FileExistsError: The folder holds an evaluation, and `resume` is not set.
        BlockingIOError: Another process evaluates into the folder.
        ConnectionError: There is no policy server, or it went away; what was played is in the folder.
        OSError: The folder cannot be written.
        RuntimeError: One process of the team after another died; what was played is in the folder.
        Stopped: Ctrl-C or SIGTERM came; what was played is in the folder, and no summary of it.
    """
    environment.require_legal(options, episodes)
    if options.checkpoint is None and options.policy_server is None:
        raise ValueError("checkpoint is missing: expected a directory, an id of the Hub, or 'packaged'")
    if replay is not None:
        require_replay_path(replay)
    require_server_alone(options)
    if team is not None:
        require_playable_by(team, options, replay)
    out.mkdir(parents=True, exist_ok=True)
    if resume or os.path.lexists(out / EPISODES):
        require_own_files(out)
    with exclusive(out):
        require_new(out, resume=resume)
        log = EpisodeLog(out / EPISODES)

        def so_far() -> str:
            finished = len(_finished(log, episodes))
            return f"{finished} of {episodes} episodes are in {out}, the same command with --resume plays the rest"

        try:
            with sigterm_interrupts(), contextlib.nullcontext(world) if world else World() as world_:
                return _evaluate(options, episodes, out, log, report, replay, world_, team)
        except KeyboardInterrupt as interrupt:
            message = f"stopped by {cause(interrupt)}: {so_far()}"
            raise Stopped(message, exit_status(interrupt)) from interrupt
        except ServerGone as error:
            raise ServerGone(f"{error}: {so_far()}") from error
        except ProcessesDied as error:
            raise ProcessesDied(f"{error}: {so_far()}") from error


def make_env(options: EvaluationOptions, episodes: int) -> LeRobotEnv:
    """Make the environment of an evaluation, of no more sub-environments than episodes."""
    return environment.make_env(options, environment.resolve_cfg(options), episodes)


def _finished(log: EpisodeLog, episodes: int) -> set[int]:
    """Return the numbers of the episodes that need not be played any more: all but those that a server let down."""
    return {number for number, each in log.episodes.items() if number < episodes and each.failure != SERVER}


def _evaluate(
    options: EvaluationOptions,
    episodes: int,
    out: Path,
    log: EpisodeLog,
    report: bool,
    replay: Path | None,
    world: World,
    team: Team | None,
) -> dict[str, Any]:
    started = stages.start_time() if world.is_new else time.perf_counter()
    spec = catalog.lerobot_task(options.task)
    options = checked_for(options, spec)
    finished = _finished(log, episodes)
    numbers = [number for number in range(episodes) if number not in finished]
    with contextlib.ExitStack() as cleanup:
        with quiet():
            if team is not None and numbers:  # first: a cluster that is too small is soon refused
                cleanup.enter_context(connected(team))
            source = cleanup.enter_context(contextlib.closing(policy_source(options)))
            cfg = source.resolve_cfg()
            config = configuration.describe(options, cfg, source.identity())
        if log.episodes:
            config = configuration.resumed(out, config)
        if numbers:
            folder = out / EXAMPLES if report else None
            players: Players | RayPlayers
            if team is None:
                players = Players(options, source, cfg, config, world, len(numbers), folder, replay)
            else:
                stages.begin(stages.PROCESSES)
                players = cleanup.enter_context(RayPlayers(team, options, config, len(numbers), folder))
            config["runs"].append(players.run)
            for note in configuration.changed_runs(config["runs"]):
                print(printable(f"note: {note}"), file=sys.stderr)
            write_json(config, out / CONFIG, indent=2)
            stages.end()
            startup = time.perf_counter() - started
            played = _play(players, numbers, len(config["runs"]) - 1, log)
            if isinstance(players, Players):
                players.write_example_pages()
            timing = {
                **{key: value for key, value in players.run.items() if key != "versions"},
                "startup_s": startup,
                **played,
                **players.statistics(),
            }
        else:
            timing = read_json(out / SUMMARY).get("timing", {})
        log.sort()
        results = [log.episodes[number] for number in range(episodes)]
        summary = {**summarize(results), **configuration.of_summary(config, results), "timing": timing}
        write_json(summary, out / SUMMARY, indent=2)
        if report:
            write_report(out, summary, results)
        return summary


def _play(players: Players | RayPlayers, numbers: Sequence[int], run: int, log: EpisodeLog) -> dict[str, Any]:
    """Let episodes be played and log them, show how far it is, and return how long it took.

    Args:
        players: Who plays.
        numbers: Numbers of the episodes.
        run: Number of this run of the evaluation.
        log: Gets each episode as it ends.
    """
    timing, started = players.timing, time.perf_counter()
    with tqdm(total=len(numbers), unit="episode", mininterval=1.0) as progress:

        def show() -> None:
            progress.set_postfix(simulated=f"{timing.env_steps * players.step_dt:.0f}s", refresh=False)
            progress.update(0)

        for episode in players.play(numbers, show):
            log.append(dataclasses.replace(episode, run=run))
            progress.update()
    wall = time.perf_counter() - started
    return {
        "episodes": len(numbers),
        **asdict(timing),
        "wall_s": wall,
        "env_steps_per_s": timing.env_steps / wall,
    }
