"""Record demonstrations: what `leisaac record` does."""

from __future__ import annotations

import contextlib
import os
import time
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
from tqdm import tqdm

from lerobot_env_leisaac import catalog, locks, stages
from lerobot_env_leisaac.evaluation.ray_cluster import SMALL_STORE, connected
from lerobot_env_leisaac.evaluation.team import ProcessesDied, Team, require_cluster
from lerobot_env_leisaac.experts.base import require_correcting
from lerobot_env_leisaac.experts.named import SCRIPTED
from lerobot_env_leisaac.interrupts import Stopped, cause, exit_status, sigterm_interrupts
from lerobot_env_leisaac.quiet import quiet
from lerobot_env_leisaac.tasks.spec import TaskSpec
from lerobot_env_leisaac.versions import installed_versions

from .demonstrators import Demonstrators, Wanted
from .frame_memory import num_envs_that_fit
from .growing import explained, make_folder, open_folder
from .manifest import Manifest
from .options import RecordOptions
from .preflight import checked_with_policy, planned, require_legal
from .ray_demonstrators import RayDemonstrators
from .writer import DemonstrationWriter

_FIRST, _WORTHWHILE = 50, 0.05
"""Recording goes on while this share of the demonstrations succeeds, asked from so many on.

Those that fail take longest and so come last: the first of many that are played side by side look better than they are.
"""


_STORED = 8
"""Longest episodes for which there is memory between the processes that play and this one."""


@dataclass(frozen=True)
class RecordResult:
    """What was recorded.

    Attributes:
        out: Directory of the dataset.
        episodes: How many episodes it holds.
        frames: How many frames they have together.
        recorded: How many of the episodes were recorded now.
        dropped: How many were played now and not kept.
        startup_s: Wall time until the first step [s].
        wall_s: Wall time from there [s].
        playing_s: Part of it in which episodes were simulated and rendered, and their frames copied to the host [s].
        waiting_s: Part of it in which the simulator waited for the encoders [s].
        encoding_cpu_s: CPU time of the encoding processes [s].
    """

    out: Path
    episodes: int
    frames: int
    recorded: int
    dropped: int
    startup_s: float
    wall_s: float
    playing_s: float
    waiting_s: float
    encoding_cpu_s: float

    def __str__(self) -> str:
        return (
            f"{self.out}: {self.episodes} episodes, {self.frames} frames; {self.recorded} recorded now,"
            f" {self.dropped} dropped since they failed\n"
            f"{self.wall_s:.1f} s after a start-up of {self.startup_s:.1f} s: {self.playing_s:.1f} s playing,"
            f" {self.waiting_s:.1f} s waiting for encoders, which took {self.encoding_cpu_s:.1f} CPU-s"
        )


def record(
    options: RecordOptions,
    episodes: int,
    out: Path,
    *,
    resume: bool = False,
    workers: int | None = None,
    team: Team | None = None,
) -> RecordResult:
    """Record demonstrations.

    Args:
        options: What is demonstrated, and what is kept of it.
        episodes: How many episodes the dataset shall hold.
        out: Folder of the dataset.
        resume: Go on with the recording that is in the folder.
        workers: How many processes encode and write; one a core by default.
        team: Processes that play, each in `num_envs` environments; this one alone without it.

    Raises:
        ValueError: An argument is not legal, or contradicts what ``out`` was recorded with.
        ConnectionError: There is no cluster at the team's address.
        FileExistsError: There is something in ``out``, and it is not to be resumed.
        OSError: Nothing can be written there, or no longer; the episodes that are counted are whole.
        RuntimeError: Hardly any demonstration succeeds, or one process of the team after another died; those that
            succeeded are saved.
        Stopped: Ctrl-C or SIGTERM came; the episodes that are counted are whole.
    """
    require_legal(options, episodes, workers)
    spec = catalog.demonstrated_task(options.task, options.expert or SCRIPTED)
    options = checked_with_policy(options)
    if options.policy is not None:
        require_correcting(spec, options.expert or SCRIPTED)
    if team is not None:
        require_cluster(team)
    manifest = planned(options)
    image_size = options.image_size or next(iter(spec.cameras.values()))
    each = _frame_bytes(spec, len(manifest.cameras), image_size)
    free = psutil.virtual_memory().available

    def num_envs(processes: int) -> int:
        return num_envs_that_fit(options.num_envs, -(-episodes // processes), each, free // processes)

    alone = num_envs(1)  # refused before anything is built
    make_folder(out)
    with locks.exclusive(out), contextlib.ExitStack() as cleanup:
        before = open_folder(out, manifest, resume=resume)
        missing = episodes - (0 if before is None else len(before.episodes))
        started = stages.start_time()
        players: Demonstrators | RayDemonstrators
        if team is None or missing <= 0:
            stages.begin(stages.BUILDING)
            players = cleanup.enter_context(contextlib.closing(Demonstrators(options, manifest, alone)))
        else:
            stages.begin(stages.PROCESSES)
            with quiet():
                cleanup.enter_context(connected(team, max(SMALL_STORE, min(_STORED * each, free // 4))))
            players = cleanup.enter_context(RayDemonstrators(team, options, manifest, num_envs, missing))
        stages.end()
        manifest.device, manifest.versions = players.device, installed_versions()
        if before is not None:
            manifest = _continue(before, manifest, out)
        kept, dropped = len(manifest.episodes), len(manifest.dropped)
        writer = DemonstrationWriter(out, manifest, workers or len(os.sched_getaffinity(0)))
        first_step = time.perf_counter()
        try:
            with sigterm_interrupts(), writer:
                playing_s = _fill(writer, players, episodes)
        except KeyboardInterrupt as interrupt:
            saved = f"{len(manifest.episodes)} of {episodes} episodes are saved in {out}"
            message = f"stopped by {cause(interrupt)}: {saved}, go on with --resume"
            if lost := writer.accepted - len(manifest.episodes):
                message += f", which plays {lost} again that were not written yet"
            raise Stopped(message, exit_status(interrupt)) from interrupt
        except ProcessesDied as error:
            saved = f"{len(manifest.episodes)} of {episodes} episodes are saved in {out}"
            raise RuntimeError(f"{error}: {saved}, go on with --resume") from error
        except (OSError, BrokenProcessPool) as error:
            raise explained(error, out, len(manifest.episodes)) from error
    if len(manifest.episodes) < episodes:
        succeeded, failed = len(manifest.episodes) - kept, len(manifest.dropped) - dropped
        saved = f"{len(manifest.episodes)} of {episodes} episodes are saved in {out}"
        share = f"only {succeeded} of {succeeded + failed} demonstrations succeeded, too few to go on"
        raise RuntimeError(f"{share}: {saved}; try less noise, or another variation")
    return RecordResult(
        out=out,
        episodes=len(manifest.episodes),
        frames=sum(episode.length for episode in manifest.episodes),
        recorded=len(manifest.episodes) - kept,
        dropped=len(manifest.dropped) - dropped,
        startup_s=first_step - started,
        wall_s=time.perf_counter() - first_step,
        playing_s=playing_s,
        waiting_s=writer.waiting_s,
        encoding_cpu_s=writer.encoding_s,
    )


def _fill(writer: DemonstrationWriter, players: Demonstrators | RayDemonstrators, target: int) -> float:
    """Let them play until as many demonstrations are written as asked for, or hardly any succeeds.

    Returns:
        Time that the playing took, or the waiting for those that do [s].
    """
    manifest = writer.manifest
    played = {episode.episode for episode in manifest.episodes} | set(manifest.dropped)
    wanted = Wanted(played, max(target - len(manifest.episodes), 0))
    playing_s, succeeded, failed = 0.0, 0, 0
    with tqdm(total=target, initial=len(manifest.episodes), unit="episode", mininterval=1.0) as progress:
        played_until = time.perf_counter()
        for demonstration in players.play_wanted(wanted):
            playing_s += time.perf_counter() - played_until
            if demonstration.success:
                writer.add(demonstration)
                succeeded += 1
            else:
                manifest.dropped.append(demonstration.episode)
                failed += 1
                wanted.another()
            progress.set_postfix(dropped=len(manifest.dropped), refresh=False)
            progress.update(writer.accepted - progress.n)
            if succeeded + failed >= _FIRST and succeeded < _WORTHWHILE * (succeeded + failed):
                break
            played_until = time.perf_counter()
    return playing_s


def _continue(before: Manifest, now: Manifest, out: Path) -> Manifest:
    """Return the manifest to go on with; on another device episodes go another way."""
    if before.device != now.device:
        raise ValueError(
            f"{out} was recorded on {before.device}, now it is {now.device}: resume it with --device {before.device},"
            " or choose another folder"
        )
    return replace(before, versions=now.versions, instruction=now.instruction, variation_values=now.variation_values)


def _frame_bytes(task: TaskSpec, cameras: int, image_size: tuple[int, int]) -> int:
    """Return the most that an environment's frames take until its episode ends [B]."""
    height, width = image_size
    return cameras * 3 * height * width * round(task.longest_demonstration_s * task.control_hz)
