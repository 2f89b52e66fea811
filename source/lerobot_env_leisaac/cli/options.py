"""What the commands share: options of theirs alone, how the simulator is loaded, and how JSON is printed."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from lerobot_env_leisaac import stages
from lerobot_env_leisaac.garbage import importing
from lerobot_env_leisaac.options import option
from lerobot_env_leisaac.quiet import announce_compilation, start_warp

if TYPE_CHECKING:
    from lerobot_env_leisaac.evaluation.options import EpisodeOptions
    from lerobot_env_leisaac.tasks.spec import TaskSpec

# of commands alone: what gym.make, LeRobot's configurations and Python have too is in the package's `options`

Switch = Annotated[bool, tyro.conf.arg(help_behavior_hint="")]
Json = Annotated[bool, option(None, "Print JSON.", "", name="json")]
Dataset = Annotated[
    Path, tyro.conf.Positional, option("DIR|ID", "Folder of the dataset, or the id of one that LeRobot keeps.")
]
Episodes = Annotated[int, option("INT", "How many episodes to play: number 0 and up.")]
Resume = Annotated[bool, option(None, "Go on with what is in that folder: do only what is missing.", "")]
Replay = Annotated[
    Path | None,
    option(
        "FILE",
        "Write the first episode to this HTML file: a page in which it can be played, turned and zoomed. The report of "
        "an evaluation then links such pages of a success and a failure.",
        "no page",
    ),
]
Gpus = Annotated[
    str | None,
    option("all|INT", "Play in many processes, one on each GPU, or on so many (extra ray).", "one process"),
]
Cpus = Annotated[int | None, option("INT", "Play in so many processes on processors (extra ray).", "one process")]
RayCluster = Annotated[
    str | None,
    option("ADDRESS", "HOST:PORT of a Ray cluster, or auto, whose GPUs are meant, or processors.", "this machine"),
]
Workers = Annotated[int | None, option("INT", "How many processes encode and write.", "one a core")]

_INFO = Path("meta", "info.json")
"""The file that tells a dataset from other folders."""


def dataset_folder(dataset: Path) -> Path:
    """Return the folder of a dataset: the path itself, else where LeRobot keeps a dataset of that id.

    Raises:
        FileNotFoundError: There is no dataset in either place.
    """
    home = Path(os.environ.get("HF_HOME") or "~/.cache/huggingface").expanduser()
    kept = Path(os.environ.get("HF_LEROBOT_HOME") or home / "lerobot").expanduser() / dataset
    folder = dataset.expanduser()
    if not folder.is_dir() and (kept / _INFO).is_file():
        return kept
    if not (folder / _INFO).is_file():
        found = "has no such file" if folder.is_dir() else f"is no directory, and LeRobot keeps none in {kept}"
        raise FileNotFoundError(f"no dataset in {dataset}: expected a directory with {_INFO}; it {found}")
    return folder


def require_playable_policy(task: TaskSpec, options: EpisodeOptions) -> None:
    """Refuse a policy that does not fit, or that there is not, before the simulator is loaded."""
    if options.policy_server is not None:
        from lerobot_env_leisaac.policies.remote.askable import require_askable

        require_askable(task, options)
        from lerobot_env_leisaac.policies.remote.fit import open_policy

        open_policy(task, options, options.n_action_steps).close()
        return
    with reading_checkpoint():
        from lerobot_env_leisaac.policies.fit import require_playable

    require_playable(task, options, options.vlm_path, options.n_action_steps)


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Say that the simulator is being loaded, which the imports inside do, and let it be quiet."""
    stages.begin(stages.LOADING)
    with importing():
        start_warp()
        announce_compilation(_say_that_kernels_are_compiled)
        yield


@contextlib.contextmanager
def reading_checkpoint() -> Iterator[None]:
    """Say that a checkpoint is being read, for which the imports inside load LeRobot: that takes seconds."""
    stages.begin(stages.CHECKPOINT, to_a_terminal_alone=True)
    with importing():
        yield


def _say_that_kernels_are_compiled() -> None:
    stages.begin(stages.COMPILING)


def print_json(data: Any) -> None:
    """Print data as indented JSON."""
    print(json.dumps(data, indent=2, default=str))
