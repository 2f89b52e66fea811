"""``leisaac play``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import tyro

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.arguments import HIGHEST_SEED, whole_number
from lerobot_env_leisaac.evaluation.options import PlayOptions, require_no_policy, require_server_alone
from lerobot_env_leisaac.evaluation.replay_page import require_replay_path
from lerobot_env_leisaac.evaluation.video import free_name, require_video_path
from lerobot_env_leisaac.keywords import checked_for
from lerobot_env_leisaac.printable import printable
from lerobot_env_leisaac.writable import require_writable_folder

from .options import Episodes, Replay, Switch, loading, require_playable_policy

_VIDEO = Path("play.mp4")


def play(
    episodes: Episodes = 1,
    video: Annotated[
        Path | None,
        tyro.conf.arg(metavar="FILE", help_behavior_hint=f"(default: {_VIDEO}, of a policy, or the next free number)"),
    ] = None,
    no_video: Switch = False,
    replay: Replay = None,
    plot_actions: Annotated[Path | None, tyro.conf.arg(metavar="DIR", help_behavior_hint="(default: no plots)")] = None,
    *,
    options: Annotated[PlayOptions, tyro.conf.arg(name="environment and policy")],
) -> int:
    """Watch a LeRobot policy, or a demonstrator, do a task. Exit status 1 unless every episode succeeds.

    Args:
        video: Write the camera views of the first environment, side by side, to this MP4 file.
        no_video: Write no video.
        plot_actions: Write a plot of state, raw action, applied target and chunk boundaries of each joint over time to
            this folder, a PNG file for each episode that the first environment plays.
    """
    for one, other, both in (
        ("--checkpoint", "--expert", options.checkpoint is not None and options.expert is not None),
        ("--policy-server", "--expert", options.policy_server is not None and options.expert is not None),
        ("--video", "--no-video", video is not None and no_video),
    ):
        if both:
            raise ValueError(f"{one} and {other} exclude each other: pass one of them")
    if not (video or no_video or options.expert):
        video = free_name(_VIDEO)
    spec = catalog.lerobot_task(options.task)
    if options.expert is not None:
        catalog.demonstrated_task(options.task, options.expert)
        require_no_policy(options)
    elif not options.has_policy:
        options = replace(options, checkpoint=spec.packaged_policy)
        if options.checkpoint is None:
            raise ValueError(f"no policy ships with the package for {spec.name}: pass --checkpoint, or --expert")
    require_server_alone(options)
    whole_number("episodes", episodes, 1, HIGHEST_SEED)
    options = checked_for(options, spec)
    if video is not None:
        require_video_path(video)
    if replay is not None:
        require_replay_path(replay)
    if plot_actions is not None:
        require_writable_folder(plot_actions)
    if options.viz is not None or options.viz_host is not None:
        from lerobot_env_leisaac.evaluation.viewer import require_viewer

        require_viewer(options.viz, options.viz_host)
    if options.has_policy:
        require_playable_policy(spec, options)
    with loading():
        from lerobot_env_leisaac.evaluation.play import play as run

    result = run(options, episodes, video, plot_actions, replay)
    print(printable(result))
    return result.exit_status
