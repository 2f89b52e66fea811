"""Play a few episodes to look at."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from lerobot_env_leisaac import catalog, stages
from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
from lerobot_env_leisaac.experts.base import make_expert
from lerobot_env_leisaac.experts.named import SCRIPTED
from lerobot_env_leisaac.interrupts import cause, exit_status, sigterm_interrupts
from lerobot_env_leisaac.keywords import checked_for
from lerobot_env_leisaac.policies.chunks import ChunkScheduler, LockStep, schedule
from lerobot_env_leisaac.policies.remote.policy import ServerGone
from lerobot_env_leisaac.quiet import quiet

from . import environment
from .action_plots import ActionTrace
from .episode import Episode
from .options import DEMONSTRATOR_IMAGE_SIZE, PlayOptions, require_no_policy, require_server_alone
from .policy_source import PolicySource, policy_source
from .replay_page import ReplayPage, load_looks, require_replay_path
from .rollout import Timing, play_episodes
from .tally import Tally
from .video import VideoFile, require_video_path
from .viewer import Viewer, ViewerClosed, require_viewer, viewer_cfg
from .watched import Demonstrator, WatchedActor


@dataclass(frozen=True)
class PlayResult:
    """What was played.

    Attributes:
        tally: How the episodes ended, and why some did not.
        simulated_s: Simulated time of all episodes together [s].
        wall_s: Wall time of the episodes, start-up left out [s].
        startup_s: Wall time until the first step [s].
        exit_status: 0 where each episode that ended succeeded, 1 where one failed, and what shells have for a process
            that a signal ended.
        video: File that was written, if any.
        plots: Folder of the plots that were drawn, if any.
        replay: Page of the first episode, if any.
    """

    tally: Tally
    simulated_s: float
    wall_s: float
    startup_s: float
    exit_status: int
    video: Path | None
    plots: Path | None
    replay: Path | None = None

    def __str__(self) -> str:
        line = (
            f"{self.tally}, {self.simulated_s:.1f} s simulated in {self.wall_s:.1f} s (start-up {self.startup_s:.1f} s)"
        )
        line = line if self.video is None else f"{line}, video {self.video}"
        line = line if self.plots is None else f"{line}, plots {self.plots}"
        return line if self.replay is None else f"{line}, replay {self.replay}"


def play(
    options: PlayOptions,
    episodes: int,
    video: Path | None = None,
    plots: Path | None = None,
    replay: Path | None = None,
) -> PlayResult:
    """Play episodes 0, 1, ... of a seed, until they have ended, the viewer is closed, or Ctrl-C or SIGTERM comes.

    Args:
        options: Who plays what.
        episodes: How many episodes.
        video: MP4 file for what the cameras of environment 0 see.
        plots: Folder for a plot of the actions of each episode that environment 0 plays.
        replay: HTML file in which the first episode of environment 0 can be played, turned and zoomed.

    Raises:
        ValueError: An argument is not legal, or the policy does not fit the environment.
        FileNotFoundError: The checkpoint or one of its files is missing.
        OSError: The video, the plots or the replay cannot be written there.
        KeyboardInterrupt: Ctrl-C or SIGTERM came before the first episode.
    """
    options = _checked(options, episodes, video, plots)
    if replay is not None:
        require_replay_path(replay)
    started = stages.start_time()
    stages.begin(stages.BUILDING)
    with sigterm_interrupts(), contextlib.ExitStack() as cleanup:
        with quiet():
            source = policy_source(options) if options.has_policy else None
            cleanup.callback(source.close if source else lambda: None)
            env = _make_env(options, source, episodes, video is not None, replay is not None)
        cleanup.callback(env.close)
        if source is not None:
            stages.begin(stages.POLICY)
        with quiet():
            actor = _make_actor(options, source, env)
            env.reset(seed=options.seed)
        stages.end()
        film = None if video is None else cleanup.enter_context(VideoFile(video, fps=round(1 / env.step_dt)))
        trace = None if plots is None else ActionTrace(env)
        page = None if replay is None else cleanup.enter_context(ReplayPage(replay, env))
        viewer = None if options.viz is None else Viewer(env)
        watched = WatchedActor(actor, env, film, trace, replay=page)
        timing, tally = Timing(), Tally(episodes)
        first_step, interrupted = time.perf_counter(), None

        def show(ended: int = 0) -> None:
            progress.set_postfix(
                simulated=f"{timing.env_steps * env.step_dt:.1f}s", success=tally.successes, refresh=False
            )
            progress.update(ended)

        def on_step() -> None:
            if trace is not None:
                trace.see_step()
            if viewer is not None:
                viewer.see_step()
            show()

        with tqdm(total=episodes, unit="episode", mininterval=1.0) as progress:
            try:
                for episode in play_episodes(
                    env,
                    watched,
                    range(episodes),
                    options.seed,
                    start_every=watched.start_every,
                    timing=timing,
                    on_step=on_step,
                ):
                    tally.add(episode)
                    show(ended=1)
                    if trace is not None and plots is not None and episode.episode == watched.episode:
                        trace.plot(_title(episode, env), plots / f"episode_{episode.episode:04d}.png")
                        trace.clear()
            except ServerGone as error:
                tally.stopped, interrupted = str(error), 1
            except ViewerClosed:
                tally.stopped = "the viewer was closed"
            except KeyboardInterrupt as interrupt:
                tally.stopped, interrupted = cause(interrupt), exit_status(interrupt)
        wall = time.perf_counter() - first_step
    return PlayResult(
        tally,
        simulated_s=timing.env_steps * env.step_dt,
        wall_s=wall,
        startup_s=first_step - started,
        exit_status=int(tally.successes < tally.ended) if interrupted is None else interrupted,
        video=video if film is not None and film.frames else None,
        plots=plots,
        replay=replay if page is not None and page.frames else None,
    )


def _checked(options: PlayOptions, episodes: int, video: Path | None, plots: Path | None) -> PlayOptions:
    """Return the options as plain values; what cannot be done is refused before anything is built."""
    if options.has_policy:
        require_server_alone(options)
    else:
        catalog.demonstrated_task(options.task, options.expert or SCRIPTED)
        require_no_policy(options)
    environment.require_legal(options, episodes)
    require_viewer(options.viz, options.viz_host)
    if video is not None:
        require_video_path(video)
    if plots is not None:
        try:
            plots.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OSError(f"cannot write plots into {plots}: {error.strerror}, name another folder") from error
    spec = catalog.lerobot_task(options.task)
    return checked_for(options, spec)


def _make_env(
    options: PlayOptions, source: PolicySource | None, episodes: int, video: bool, replay: bool
) -> LeRobotEnv:
    if source is None:  # who looks at no image gets none, unless they are filmed
        options = dataclasses.replace(
            options,
            cameras=() if options.cameras is None and not video else options.cameras,
            image_size=options.image_size or DEMONSTRATOR_IMAGE_SIZE,
        )
    cfg = environment.resolve_cfg(options) if source is None else source.resolve_cfg()
    if options.viz is not None:
        cfg.sim.visualizer_cfgs = [viewer_cfg(options.viz, options.viz_host)]
    if replay:
        load_looks(cfg)
    return environment.make_env(options, cfg, episodes, render_mode="rgb_array")


def _make_actor(
    options: PlayOptions, source: PolicySource | None, env: LeRobotEnv
) -> ChunkScheduler | LockStep | Demonstrator:
    if source is None:
        return Demonstrator(make_expert(catalog.lerobot_task(options.task), env, options.expert or SCRIPTED))
    policy = source.load(env)
    return schedule(policy, env.num_envs, env.device, options.seed)


def _title(episode: Episode, env: LeRobotEnv) -> str:
    outcome = "success" if episode.success else f"failure ({episode.failure})"
    return f"Episode {episode.episode} of seed {episode.seed}: {outcome} after {episode.length * env.step_dt:.1f} s"
