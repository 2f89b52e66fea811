"""``leisaac play``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import tyro

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.arguments import HIGHEST_SEED, whole_number
from lerobot_env_leisaac.evaluation.video import free_name, require_video_path
from lerobot_env_leisaac.keywords import UNCHANGED, Keywords, parse_rename_map
from lerobot_env_leisaac.printable import printable
from lerobot_env_leisaac.writable import require_writable_folder

from .options import (
    Cameras,
    Checkpoint,
    Device,
    Episodes,
    ImageSize,
    Instruction,
    NActionSteps,
    NumEnvs,
    Overrule,
    Physics,
    RenameMap,
    Seed,
    Servo,
    Switch,
    Task,
    TimeLimit,
    TrustCheckpoint,
    Units,
    Variation,
    VlmPath,
    begin_to_load,
    camera_names,
    words,
)

_VIDEO = Path("play.mp4")


def play(
    checkpoint: Annotated[Checkpoint, words("packaged")] = None,
    expert: Switch = False,
    task: Task = catalog.DEFAULT,
    episodes: Episodes = 1,
    num_envs: NumEnvs = 1,
    video: Annotated[
        Path | None,
        tyro.conf.arg(metavar="FILE", help_behavior_hint=f"(default: {_VIDEO}, of a policy, or the next free number)"),
    ] = None,
    no_video: Switch = False,
    viz: Annotated[
        str | None, tyro.conf.arg(metavar="newton_gl|rerun|viser", help_behavior_hint="(default: no viewer)")
    ] = None,
    viz_host: Annotated[
        str | None, tyro.conf.arg(metavar="ADDRESS", help_behavior_hint="(default: 127.0.0.1, this machine alone)")
    ] = None,
    plot_actions: Annotated[Path | None, tyro.conf.arg(metavar="DIR", help_behavior_hint="(default: no plots)")] = None,
    seed: Seed = 0,
    units: Units = None,
    device: Device = None,
    physics: Physics = None,
    servo: Servo = None,
    variation: Annotated[Variation, words("none")] = None,
    instruction: Instruction = None,
    n_action_steps: NActionSteps = None,
    time_limit: TimeLimit = None,
    rename_map: RenameMap = None,
    vlm_path: VlmPath = None,
    overrule: Overrule = (),
    trust_checkpoint: TrustCheckpoint = False,
    image_size: Annotated[ImageSize, words("the checkpoint's, else 240 320")] = None,
    cameras: Annotated[Cameras, words("the checkpoint's, else all")] = None,
) -> int:
    """Watch a LeRobot policy, or the scripted demonstrator, do a task. Exit status 1 unless every episode succeeds.

    Args:
        expert: Watch the scripted demonstrator instead of a policy.
        video: Write the camera views of the first environment, side by side, to this MP4 file.
        no_video: Write no video.
        viz: Watch in one of Isaac Lab's viewers, in real time: a window (newton_gl), or a page for a browser.
        viz_host: Where viser serves its page: 0.0.0.0 for every machine that reaches this one.
        plot_actions: Write a plot of state, raw action, applied target and chunk boundaries of each joint over time to
            this folder, a PNG file for each episode that the first environment plays.
    """
    for one, other, both in (
        ("--checkpoint", "--expert", checkpoint is not None and expert),
        ("--video", "--no-video", video is not None and no_video),
    ):
        if both:
            raise ValueError(f"{one} and {other} exclude each other: pass one of them")
    if not (video or no_video or expert):
        video = free_name(_VIDEO)
    spec = catalog.demonstrated_task(task) if expert else catalog.lerobot_task(task)
    if not expert and checkpoint is None:
        checkpoint = spec.packaged_policy
        if checkpoint is None:
            raise ValueError(f"no policy ships with the package for {spec.name}: pass --checkpoint, or --expert")
    if expert:
        of_policy = {"--n-action-steps": n_action_steps, "--rename-map": rename_map, "--vlm-path": vlm_path}
        if names := [name for name, value in of_policy.items() if value is not None]:
            raise ValueError(f"{', '.join(names)} is about a policy, and the demonstrator is none: leave out --expert")
    cameras, renames = camera_names(cameras), parse_rename_map(rename_map)
    variation = None if variation == UNCHANGED else variation
    whole_number("episodes", episodes, 1, HIGHEST_SEED)
    given: dict[str, Any] = {
        "num_envs": num_envs,
        "device": device,
        "seed": seed,
        "physics": physics,
        "servo": servo,
        "time_limit": time_limit,
        "units": units,
        "cameras": cameras,
        "image_size": image_size,
        "instruction": instruction,
        "checkpoint": checkpoint,
        "rename_map": renames,
        "overrule": overrule,
        "trust_checkpoint": trust_checkpoint,
        "variation": variation,
    }
    keywords = Keywords(**given).checked(spec.cameras)
    if video is not None:
        require_video_path(video)
    if plot_actions is not None:
        require_writable_folder(plot_actions)
    if viz is not None or viz_host is not None:
        from lerobot_env_leisaac.evaluation.viewer import require_viewer

        require_viewer(viz, viz_host)
    if checkpoint is not None:
        from lerobot_env_leisaac.policies.fit import require_playable

        require_playable(spec, keywords, vlm_path, n_action_steps)
    begin_to_load()
    from lerobot_env_leisaac.evaluation.play import PlayOptions
    from lerobot_env_leisaac.evaluation.play import play as run

    options = PlayOptions(
        **given, task=spec.name, n_action_steps=n_action_steps, vlm_path=vlm_path, viz=viz, viz_host=viz_host
    )
    result = run(options, episodes, video, plot_actions)
    print(printable(result))
    return result.exit_status
