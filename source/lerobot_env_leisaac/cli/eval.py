"""``leisaac eval``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import tyro
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.arguments import HIGHEST_SEED, whole_number
from lerobot_env_leisaac.evaluation.folder import require_new
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
    Json,
    NActionSteps,
    NumEnvs,
    Overrule,
    Physics,
    RenameMap,
    Resume,
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
    print_json,
    words,
)


def eval_(
    checkpoint: Checkpoint = None,
    task: Task = catalog.DEFAULT,
    episodes: Episodes = 100,
    num_envs: NumEnvs = 16,
    seed: Seed = 0,
    out: Annotated[
        Path | None, tyro.conf.arg(metavar="DIR", help_behavior_hint="(default: outputs/eval/<date and time>)")
    ] = None,
    resume: Resume = False,
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
    image_size: ImageSize = None,
    cameras: Cameras = None,
    report: Switch = True,
    compare: Annotated[tuple[Path, Path] | None, tyro.conf.arg(metavar="DIR DIR", help_behavior_hint="")] = None,
    as_json: Json = False,
) -> int:
    """Measure how often a LeRobot policy succeeds, or compare two such measurements.

    Episode i of a seed starts from the same state whatever the number of environments. Each finished episode is a line
    of DIR/episodes.jsonl at once; DIR/summary.json and DIR/report.html follow at the end. Ctrl-C loses none: go on with
    --resume.

    Args:
        out: Folder of the results.
        report: Leave out report.html.
        compare: Compare the results in two folders, episode by episode; plays nothing.
    """
    if compare is not None:
        from lerobot_env_leisaac.evaluation.compare import compare_folders, comparison_rows, warnings

        comparison = compare_folders(*compare)
        for warning in warnings(comparison):
            print(printable(f"warning: {warning}"), file=sys.stderr)
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
    require_writable_folder(out)
    if not resume:
        require_new(out)
    from lerobot_env_leisaac.policies.fit import require_playable

    require_playable(spec, keywords, vlm_path, n_action_steps)
    begin_to_load()
    from lerobot_env_leisaac.evaluation.evaluate import EvaluationOptions, evaluate
    from lerobot_env_leisaac.evaluation.summary import summary_rows

    options = EvaluationOptions(**given, task=spec.name, n_action_steps=n_action_steps, vlm_path=vlm_path)
    summary = evaluate(options, episodes, out, resume=resume, report=report)
    _show(summary, [*summary_rows(summary), ("results", str(out))], as_json)
    return 0


def _show(data: dict[str, Any], rows: list[tuple[str, str]], as_json: bool) -> None:
    if as_json:
        print_json(data)
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    Console(highlight=False).print(table)
