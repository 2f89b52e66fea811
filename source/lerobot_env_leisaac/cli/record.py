"""``leisaac record``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.datasets.options import RecordOptions
from lerobot_env_leisaac.datasets.preflight import checked_with_policy, planned, require_legal, require_recordable
from lerobot_env_leisaac.evaluation.team import require_cluster, team_of
from lerobot_env_leisaac.experts.named import SCRIPTED
from lerobot_env_leisaac.printable import printable

from .options import Cpus, Gpus, RayCluster, Resume, Workers, loading


def record(
    out: Annotated[Path, tyro.conf.arg(metavar="DIR")],
    episodes: int = 50,
    resume: Resume = False,
    push_to_hub: Annotated[
        str | None, tyro.conf.arg(metavar="REPO", help_behavior_hint="(default: not pushed)")
    ] = None,
    workers: Workers = None,
    gpus: Gpus = None,
    cpus: Cpus = None,
    ray: RayCluster = None,
    *,
    options: Annotated[RecordOptions, tyro.conf.arg(name="demonstration")],
) -> int:
    """Record a demonstrator as a LeRobot dataset. Only episodes that succeed are kept.

    With --policy it is one of corrections: what the demonstrator would have done where the policy acted.

    Args:
        out: Folder of the dataset.
        episodes: How many episodes the dataset shall hold.
        push_to_hub: Upload the finished dataset to this repository of the Hugging Face Hub.
    """
    catalog.demonstrated_task(options.task, options.expert or SCRIPTED)
    require_legal(options, episodes, workers)
    team = team_of(gpus, cpus, ray, options.device)
    if team is not None:
        require_cluster(team)
    options = checked_with_policy(options)
    require_recordable(out, planned(options), resume=resume)
    if push_to_hub is not None:
        from lerobot_env_leisaac.datasets import hub  # LeRobot takes seconds to import

        hub.require_login()
    with loading():
        from lerobot_env_leisaac.datasets.record import record as run

    print(printable(run(options, episodes, out, resume=resume, workers=workers, team=team)))
    if push_to_hub is not None:
        print(f"pushed to {hub.push(out, push_to_hub)}")
    return 0
