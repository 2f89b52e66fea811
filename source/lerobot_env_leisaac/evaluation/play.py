"""Play a few episodes to look at."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
from lerobot.utils.io_utils import write_video
from tqdm import tqdm

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac import catalog, stages
from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
from lerobot_env_leisaac.envs.make import load_cfg
from lerobot_env_leisaac.experts.registry import EXPERTS
from lerobot_env_leisaac.policies.chunks import ChunkScheduler, LockStep, schedule
from lerobot_env_leisaac.quiet import quiet

from .action_plots import ActionTrace
from .episode import Episode
from .options import EpisodeOptions
from .rollout import Timing, play_episodes
from .viewer import Viewer, ViewerClosed, viewer_cfg
from .watched import Demonstrator, WatchedActor

_DEMONSTRATOR_IMAGE_SIZE = (240, 320)
"""Height and width of the images [px] where no checkpoint says it."""


@dataclass(frozen=True, kw_only=True)
class PlayOptions(EpisodeOptions):
    """Who plays what.

    Attributes:
        checkpoint: Directory or Hub id of a LeRobot policy, or ``packaged``; None for the scripted demonstrator.
        viz: Name of a viewer to watch in, in real time; none by default.
    """

    checkpoint: str | None = None
    viz: str | None = None


@dataclass(frozen=True)
class PlayResult:
    """What was played.

    Attributes:
        episodes: How many episodes ended.
        successes: How many of them succeeded.
        simulated_s: Simulated time of all episodes together [s].
        wall_s: Wall time of the episodes, start-up left out [s].
        startup_s: Wall time until the first step [s].
        video: File that was written, if any.
        plots: Folder of the plots that were drawn, if any.
    """

    episodes: int
    successes: int
    simulated_s: float
    wall_s: float
    startup_s: float
    video: Path | None
    plots: Path | None

    def __str__(self) -> str:
        line = (
            f"success {self.successes}/{self.episodes}, {self.simulated_s:.1f} s simulated in {self.wall_s:.1f} s"
            f" (start-up {self.startup_s:.1f} s)"
        )
        line = line if self.video is None else f"{line}, video {self.video}"
        return line if self.plots is None else f"{line}, plots {self.plots}"


def play(options: PlayOptions, episodes: int, video: Path | None = None, plots: Path | None = None) -> PlayResult:
    """Play episodes 0, 1, ... of a seed.

    Args:
        options: Who plays what.
        episodes: How many episodes.
        video: MP4 file for what the cameras of environment 0 see.
        plots: Folder for a plot of the actions of each episode that environment 0 plays.

    Raises:
        ValueError: An argument is not legal, or the policy does not fit the environment.
        FileNotFoundError: The checkpoint or one of its files is missing.
        OSError: The video or the plots cannot be written there.
    """
    _check(options, episodes, video, plots)
    started = stages.start_time()
    stages.begin(stages.BUILDING)
    with quiet():
        env = _make_env(options, episodes, video is not None)
    with contextlib.closing(env):
        if options.checkpoint is not None:
            stages.begin(stages.POLICY)
        with quiet():
            actor = _make_actor(options, env)
            env.reset(seed=options.seed)
        frames: list[Any] | None = None if video is None else []
        trace = None if plots is None else ActionTrace(env)
        viewer = None if options.viz is None else Viewer(env)
        watched, timing = WatchedActor(actor, env, frames, trace), Timing()
        first_step, ended, successes = time.perf_counter(), 0, 0
        with contextlib.suppress(ViewerClosed), tqdm(total=episodes, unit="episode", mininterval=1.0) as progress:

            def on_step() -> None:
                if trace is not None:
                    trace.see_step()
                if viewer is not None:
                    viewer.see_step()
                progress.set_postfix(
                    simulated=f"{timing.env_steps * env.step_dt:.1f}s", success=successes, refresh=False
                )
                progress.update(0)

            for episode in play_episodes(
                env,
                watched,
                range(episodes),
                options.seed,
                start_every=watched.start_every,
                timing=timing,
                on_step=on_step,
            ):
                ended += 1
                successes += episode.success
                progress.update()
                if trace is not None and plots is not None and episode.episode == watched.episode:
                    trace.plot(_title(episode, env), plots / f"episode_{episode.episode:04d}.png")
                    trace.clear()
        wall = time.perf_counter() - first_step
    if video is not None and frames:
        write_video(video, frames, fps=round(1 / env.step_dt))
    return PlayResult(
        ended, successes, timing.env_steps * env.step_dt, wall, first_step - started, video=video, plots=plots
    )


def _check(options: PlayOptions, episodes: int, video: Path | None, plots: Path | None) -> None:
    """Refuse what cannot be done before anything is built."""
    if options.checkpoint is None:
        catalog.demonstrated_task(options.task)
        given = [name for name in ("n_action_steps", "rename_map", "vlm_path") if getattr(options, name) is not None]
        if given:
            names = ", ".join(f"--{name.replace('_', '-')}" for name in given)
            raise ValueError(f"{names} is about a policy, and the scripted demonstrator is none: leave out --expert")
    else:
        catalog.lerobot_id(options.task)
    options.require_legal(episodes)
    if options.viz is not None:
        viewer_cfg(options.viz)
    if video is not None:
        folder = video.absolute().parent
        if not (folder.is_dir() and os.access(folder, os.W_OK)):
            raise OSError(f"cannot write {video}: {folder} is not a writable folder")
    if plots is not None:
        try:
            plots.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OSError(f"cannot write plots into {plots}: {error.strerror}, name another folder") from error


def _make_env(options: PlayOptions, episodes: int, video: bool) -> LeRobotEnv:
    cameras, image_size = options.cameras, options.image_size
    if options.checkpoint is None:  # who looks at no image gets none, unless they are filmed
        cameras = () if cameras is None and not video else cameras
        image_size = image_size or _DEMONSTRATOR_IMAGE_SIZE
    task = catalog.lerobot_task(options.task)
    cfg = load_cfg(task.lerobot_cfg, () if options.physics is None else (options.physics,))
    if options.viz is not None:
        cfg.sim.visualizer_cfgs = [viewer_cfg(options.viz)]
    return gym.make(
        task.lerobot_id,
        cfg=cfg,
        num_envs=min(options.num_envs, episodes),
        device=options.device,
        seed=options.seed,
        time_limit=options.time_limit,
        units=options.units,
        cameras=cameras,
        image_size=image_size,
        image_format="uint8_hwc",
        checkpoint=options.checkpoint,
        rename_map=options.rename_map,
        overrule=options.overrule,
        trust_checkpoint=options.trust_checkpoint,
        variation=options.variation,
        instruction=options.instruction,
        render_mode="rgb_array",
    ).unwrapped


def _make_actor(options: PlayOptions, env: LeRobotEnv) -> ChunkScheduler | LockStep | Demonstrator:
    if options.checkpoint is None:
        return Demonstrator(EXPERTS[catalog.demonstrated_task(options.task).name](env))
    policy = options.load_policy(options.checkpoint, env)
    return schedule(policy, env.num_envs, env.device, options.seed)


def _title(episode: Episode, env: LeRobotEnv) -> str:
    outcome = "success" if episode.success else f"failure ({episode.failure})"
    return f"Episode {episode.episode} of seed {episode.seed}: {outcome} after {episode.length * env.step_dt:.1f} s"
