"""``leisaac eval``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import tyro
from rich.console import Console
from rich.table import Table

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.arguments import HIGHEST_SEED, whole_number
from lerobot_env_leisaac.evaluation.folder import require_new
from lerobot_env_leisaac.keywords import UNCHANGED, Keywords, parse_rename_map
from lerobot_env_leisaac.writable import require_writable_folder

from .options import (
    CHECKPOINT,
    Device,
    Instruction,
    Json,
    NActionSteps,
    Overrule,
    Physics,
    RenameMap,
    Switch,
    TimeLimit,
    Units,
    Variation,
    VlmPath,
    begin_to_load,
    camera_names,
    print_json,
)


def eval_(
    checkpoint: Annotated[str | None, tyro.conf.arg(metavar=CHECKPOINT, help_behavior_hint="")] = None,
    task: str = catalog.DEFAULT,
    episodes: int = 100,
    num_envs: int = 16,
    seed: int = 0,
    out: Annotated[
        Path | None, tyro.conf.arg(metavar="DIR", help_behavior_hint="(default: outputs/eval/<date and time>)")
    ] = None,
    resume: Switch = False,
    units: Units = None,
    device: Device = None,
    physics: Physics = None,
    variation: Variation = None,
    instruction: Instruction = None,
    n_action_steps: NActionSteps = None,
    time_limit: TimeLimit = None,
    rename_map: RenameMap = None,
    vlm_path: VlmPath = None,
    overrule: Overrule = (),
    trust_checkpoint: Switch = False,
    image_size: Annotated[
        tuple[int, int] | None, tyro.conf.arg(metavar="HEIGHT WIDTH", help_behavior_hint="(default: the checkpoint's)")
    ] = None,
    cameras: Annotated[
        tuple[str, ...] | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: the checkpoint's)")
    ] = None,
    report: Switch = True,
    compare: Annotated[tuple[Path, Path] | None, tyro.conf.arg(metavar="DIR DIR", help_behavior_hint="")] = None,
    as_json: Json = False,
) -> int:
    """Measure how often a LeRobot policy succeeds, or compare two such measurements.

    Episode i of a seed starts from the same state whatever the number of environments. Each finished episode is a line
    of DIR/episodes.jsonl at once; DIR/summary.json and DIR/report.html follow at the end. Ctrl-C loses none: go on with
    --resume.

    Args:
        checkpoint: The policy: a directory that lerobot-train wrote, the id of one on the Hugging Face Hub, or
            packaged, the small SmolVLA that ships with this package.
        task: Name of the task, as in LeIsaac-SO101-<task>-SmolVLA-v0, or such an id.
        episodes: How many episodes to play: number 0 and up.
        num_envs: How many of them to play side by side.
        seed: Seed of the episodes.
        out: Folder of the results.
        resume: Go on with the evaluation in that folder: play only what is missing.
        units: Unit convention of the policy: a name that leisaac list shows, or a YAML file.
        device: Where to simulate: cpu or cuda:<index>.
        physics: What to simulate with.
        variation: How the world differs: a name of leisaac list, or a YAML file.
        instruction: What the policy is told to do.
        n_action_steps: How many actions of a predicted chunk are carried out before the next.
        time_limit: Simulated time after which an episode has failed.
        rename_map: From the environment's names of observations to the policy's.
        vlm_path: Directory with configuration and tokenizer of the policy's VLM.
        overrule: What the audit refuses and you know better: these checks only warn.
        trust_checkpoint: Load the policy also where its files ask to run code on this machine.
        image_size: Size of the images [px].
        cameras: Cameras of the environment to show to the policy.
        report: Leave out report.html.
        compare: Compare the results in two folders, episode by episode; plays nothing.
        as_json: Print JSON.
    """
    if compare is not None:
        from lerobot_env_leisaac.evaluation.compare import compare_folders, comparison_rows, warnings

        comparison = compare_folders(*compare)
        for warning in warnings(comparison):
            print(f"warning: {warning}", file=sys.stderr)
        _show(comparison, comparison_rows(comparison), as_json)
        return 0
    if checkpoint is None:
        raise ValueError("pass --checkpoint, or --compare with two folders of results")
    if out is None and resume:
        raise ValueError("pass --out, the folder of the evaluation to go on with")
    out = out or Path("outputs/eval", time.strftime("%Y-%m-%d_%H-%M-%S"))
    spec = catalog.lerobot_task(task)
    cameras, renames = camera_names(cameras), parse_rename_map(rename_map)
    variation = None if variation == UNCHANGED else variation
    whole_number("episodes", episodes, 1, HIGHEST_SEED)
    keywords = Keywords(
        num_envs=num_envs,
        device=device,
        seed=seed,
        physics=physics,
        time_limit=time_limit,
        units=units,
        cameras=cameras,
        image_size=image_size,
        instruction=instruction,
        checkpoint=checkpoint,
        rename_map=renames,
        overrule=overrule,
        trust_checkpoint=trust_checkpoint,
        variation=variation,
    ).checked(spec.cameras)
    require_writable_folder(out)
    if not resume:
        require_new(out)
    from lerobot_env_leisaac.policies.fit import require_playable

    require_playable(spec, keywords, vlm_path, n_action_steps)
    begin_to_load()
    from lerobot_env_leisaac.evaluation.evaluate import EvaluationOptions, evaluate
    from lerobot_env_leisaac.evaluation.summary import summary_rows

    options = EvaluationOptions(
        checkpoint=checkpoint,
        task=spec.name,
        seed=seed,
        num_envs=num_envs,
        units=units,
        device=device,
        physics=physics,
        variation=variation,
        instruction=instruction,
        n_action_steps=n_action_steps,
        rename_map=renames,
        vlm_path=vlm_path,
        overrule=overrule,
        trust_checkpoint=trust_checkpoint,
        image_size=image_size,
        cameras=cameras,
        time_limit=time_limit,
    )
    summary = evaluate(options, episodes, out, resume=resume, report=report)
    _show(summary, [*summary_rows(summary), ("results", str(out))], as_json)
    return 0


def _show(data: dict[str, Any], rows: list[tuple[str, str]], as_json: bool) -> None:
    if as_json:
        print_json(data)
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    for row in rows:
        table.add_row(*row)
    Console(highlight=False).print(table)
