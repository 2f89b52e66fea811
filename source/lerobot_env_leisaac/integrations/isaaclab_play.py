"""What ``isaaclab play`` does for a LeRobot policy: the playback backend ``lerobot``."""

from __future__ import annotations

import argparse
import contextlib
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym
from isaaclab.app import add_launcher_args, launch_simulation
from isaaclab.envs.utils.video_recorder_cfg import VideoRecorderCfg
from isaaclab_rl.entrypoints.common import (
    add_common_play_args,
    apply_env_overrides,
    apply_video_recording,
    close_env,
    enable_cameras_for_video,
    normalize_task_name,
    resolve_seed,
    set_hydra_args,
    show_run_summary,
    startup_screen,
    video_playback_steps,
)
from isaaclab_tasks.utils import resolve_task_config, setup_preset_cli

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
from lerobot_env_leisaac.envs.make import apply_policy_keywords, load_cfg
from lerobot_env_leisaac.evaluation.rollout import play_episodes
from lerobot_env_leisaac.evaluation.tally import Tally
from lerobot_env_leisaac.evaluation.video import VideoFile
from lerobot_env_leisaac.evaluation.viewer import require_viewer, viewer_cfg
from lerobot_env_leisaac.evaluation.watched import WatchedActor
from lerobot_env_leisaac.interrupts import Stopped, cause, sigterm_interrupts
from lerobot_env_leisaac.keywords import OVERRULABLE, parse_rename_map
from lerobot_env_leisaac.policies.chunks import ChunkScheduler, LockStep, schedule
from lerobot_env_leisaac.policies.load import load

_ENDLESS = 2**31
"""More episodes than anybody watches."""

_SIZE = re.compile(r"\+*env\.scene\.(\w+)\.(?:height|width)=")
"""An override of the size of a camera's images."""

_UNITS = re.compile(r"\+*env\.units=")
"""An override of the units."""


class _Stop(Exception):
    """Enough was seen; the message says of what."""


def run(argv: list[str]) -> int:
    """Play a LeRobot policy; Isaac Lab calls this with the command line of ``isaaclab play``.

    Returns:
        Exit status: 0 when playback came to its end or was interrupted with Ctrl-C, 143 after SIGTERM.

    Raises:
        SystemExit: Something does not fit; one line says what.
    """
    args, overrides = _parse_args(argv)
    with _errors_in_one_line(), sigterm_interrupts():
        return _run(args, overrides)


@contextlib.contextmanager
def _errors_in_one_line() -> Iterator[None]:
    try:
        yield
    except (ValueError, OSError, ImportError) as error:
        raise SystemExit(f"isaaclab play: error: {' '.join(str(error).split())}") from error


def _parse_args(argv: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Return the arguments, and the overrides of the configuration."""
    parser = argparse.ArgumentParser(prog="isaaclab play", description="Play a LeRobot policy.")
    add_common_play_args(parser, agent_default=None, agent_help="Of no meaning here.")
    parser.add_argument(
        "--checkpoint",
        help="Directory that lerobot-train wrote, the id of a policy on the Hub, or packaged, the SmolVLA that ships.",
    )
    parser.add_argument(
        "--episodes",
        type=int,
        default=None,
        help="Episodes to play, the film with them. Without it playback ends with the film, or never.",
    )
    parser.add_argument("--n_action_steps", type=int, default=None, help="Actions of a chunk that are carried out.")
    parser.add_argument("--rename_map", default=None, help="JSON: from the environment's observations to the policy's.")
    parser.add_argument(
        "--instruction", default=None, help="What the policy is told to do; the checkpoint's, else the task's."
    )
    parser.add_argument("--vlm_path", default=None, help="Directory of the configuration and tokenizer of the VLM.")
    parser.add_argument(
        "--overrule", nargs="*", default=(), choices=OVERRULABLE, help="Checks of the policy's audit that only warn."
    )
    parser.add_argument(
        "--trust_checkpoint", action="store_true", help="Load it also where its files ask to run code on this machine."
    )
    parser.add_argument(
        "--viz_host", default=None, help="Where --viz viser serves its page: 0.0.0.0 for all; this machine alone else."
    )
    add_launcher_args(parser)
    parser.set_defaults(device=None)  # the launcher's default is a GPU, the task's is one where there is one
    args, hydra_args = setup_preset_cli(parser, argv)
    if args.checkpoint is None:
        raise SystemExit(
            "isaaclab play: error: pass --checkpoint, the directory of a LeRobot policy, its id on the Hub, or packaged"
        )
    enable_cameras_for_video(args)
    set_hydra_args(hydra_args)
    return args, hydra_args


def _run(args: argparse.Namespace, overrides: Sequence[str]) -> int:
    if args.episodes is not None and args.episodes < 1:
        raise ValueError(f"episodes is {args.episodes}, expected 1 or more")
    shows_page = "viser" in (args.visualizer or ())
    if shows_page or args.viz_host is not None:
        require_viewer("viser" if shows_page else None, args.viz_host)
    env_id = catalog.lerobot_id(normalize_task_name(args.task or ""))
    rename_map = parse_rename_map(args.rename_map)
    log_dir = Path("logs", "lerobot", env_id).absolute()
    with startup_screen(args, num_stages=3) as screen:
        cfg, _ = resolve_task_config(args.task, None, play_mode=not args.train_env_cfg)
        fit(
            cfg,
            env_id,
            args.checkpoint,
            rename_map,
            overrides,
            instruction=args.instruction,
            trust_checkpoint=args.trust_checkpoint,
        )
        if shows_page:  # Isaac Lab's own would be open to every machine that reaches this one
            cfg.sim.visualizer_cfgs = [viewer_cfg("viser", args.viz_host)]
        apply_env_overrides(args, cfg)
        args.device = cfg.sim.device
        cfg.seed = resolve_seed(args.seed)
        if args.visualizer:  # Isaac Lab films the viewer; without one the policy's cameras are filmed here
            apply_video_recording(cfg, str(log_dir), args, subdir="play")
        show_run_summary(screen, args, cfg, library="lerobot", action="play")
        screen.stage("Launching simulation")
        # inside too, for Isaac Lab prints the traceback of what leaves this block
        with launch_simulation(cfg, args), _errors_in_one_line(), contextlib.ExitStack() as cleanup:
            screen.stage("Creating environment")
            env = gym.make(args.task, cfg=cfg, render_mode="rgb_array").unwrapped
            cleanup.callback(lambda: close_env(env))
            screen.stage("Loading policy")
            policy = load(
                args.checkpoint,
                env,
                rename_map=rename_map,
                vlm_path=args.vlm_path,
                n_action_steps=args.n_action_steps,
                overrule=args.overrule,
                trust_checkpoint=args.trust_checkpoint,
            )
            screen.close()
            actor = schedule(policy, env.num_envs, env.device, env.cfg.seed)
            return _play(env, actor, args, log_dir / "videos" / "play")


def fit(
    cfg: Any,
    env_id: str,
    checkpoint: str,
    rename_map: dict[str, str | None] | None,
    overrides: Sequence[str] = (),
    *,
    instruction: str | None = None,
    trust_checkpoint: bool = False,
) -> None:
    """Fit units, cameras, image sizes and instruction to a policy, but for those that were chosen.

    Args:
        cfg: Resolved configuration; is changed in place.
        env_id: Its id.
        checkpoint: The policy.
        rename_map: From the environment's names of observations to the policy's.
        overrides: Words of the command line: a size or units may have been chosen that are the default's.
        instruction: What the policy is told to do; the checkpoint's, else the task's by default.
        trust_checkpoint: Take the policy also where its files ask to run code.
    """
    default = load_cfg(gym.spec(env_id).kwargs["env_cfg_entry_point"])
    units_chosen = cfg.units != default.units or any(_UNITS.match(word) for word in overrides)
    sizes = {camera: _image_size(cfg.scene, camera) for camera in cfg.cameras()}
    named = {match[1] for word in overrides if (match := _SIZE.match(word))}
    chosen = {camera for camera in sizes if camera in named or sizes[camera] != _image_size(default.scene, camera)}
    apply_policy_keywords(
        cfg,
        units=cfg.units if units_chosen else None,
        image_format="uint8_hwc",
        instruction=instruction,
        checkpoint=checkpoint,
        rename_map=rename_map,
        trust_checkpoint=trust_checkpoint,
    )
    for camera in chosen & set(cfg.cameras()):
        sensor = getattr(cfg.scene, camera)
        sensor.height, sensor.width = sizes[camera]


def _image_size(scene: Any, camera: str) -> tuple[int, int]:
    sensor = getattr(scene, camera)
    return sensor.height, sensor.width


def _play(env: LeRobotEnv, actor: ChunkScheduler | LockStep, args: argparse.Namespace, videos: Path) -> int:
    """Play until all episodes asked for have ended, the viewer is closed, or Ctrl+C or SIGTERM comes.

    Where no number of episodes was asked for, playback ends with the film. Where one was, it is played, and filmed
    whole, or as far as ``--video_length`` says.

    Returns:
        Exit status.
    """
    films = args.video and not env.cfg.video_recorders
    film_steps = args.video_length
    if films and not (film_steps or args.episodes):
        film_steps = VideoRecorderCfg().video_length
    most_steps = None if args.episodes else film_steps if films else video_playback_steps(args, env.cfg)
    tally, steps, step_began, status = Tally(args.episodes), 0, time.monotonic(), 0

    def on_step() -> None:
        nonlocal steps, step_began
        steps += 1
        if steps == most_steps:
            raise _Stop(f"the video is complete (--video_length {most_steps})")
        if not env.sim.is_running():
            raise _Stop("the viewer was closed")
        if args.real_time:
            time.sleep(max(0.0, step_began + env.step_dt - time.monotonic()))
        step_began = time.monotonic()

    print("[INFO] The policy is playing, press Ctrl+C to exit...", flush=True)
    with VideoFile(videos / f"seed_{env.cfg.seed}.mp4", fps=round(1 / env.step_dt)) as video:
        if films:
            videos.mkdir(parents=True, exist_ok=True)
        watched = WatchedActor(actor, env, video if films else None, max_frames=film_steps)
        try:
            for episode in play_episodes(
                env,
                watched,
                range(args.episodes or _ENDLESS),
                env.cfg.seed,
                start_every=watched.start_every,
                on_step=on_step,
            ):
                tally.add(episode)
                outcome = "success" if episode.success else f"failure ({episode.failure})"
                print(f"episode {episode.episode}: {outcome} after {episode.length * env.step_dt:.1f} s", flush=True)
        except _Stop as stop:
            tally.stopped = str(stop)
        except KeyboardInterrupt as interrupt:
            tally.stopped = cause(interrupt)
            if isinstance(interrupt, Stopped):  # Ctrl+C is how one ends playback without a number of episodes
                status = interrupt.status
    print(f"{tally}, seed {env.cfg.seed}, {steps} steps", flush=True)
    if video.frames:
        print(f"video {video.path}", flush=True)
    return status
