"""``leisaac list``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lerobot_env_leisaac import catalog, config_files, resources
from lerobot_env_leisaac.keywords import UNCHANGED

from .options import Json, print_json

if TYPE_CHECKING:
    from rich.table import Table


def list_(as_json: Json = False) -> int:
    """List the tasks, the policies that ship, the unit conventions, the variations and the formats of servers."""
    conventions = _texts("units", "source")
    variations = {UNCHANGED: "the world as it is", **_texts("variations", "description")}
    policies = _texts("policies", "source")
    checkpoints = resources.packaged_checkpoints()
    if as_json:
        print_json(
            {
                "environments": catalog.ids(),
                "tasks": {spec.name: _facts(spec) for spec in catalog.tasks()},
                "checkpoints": checkpoints,
                "units": conventions,
                "variations": variations,
                "policies": policies,
                "config_dir": resources.config_dir(),
            }
        )
        return 0
    from rich.console import Console  # not for the help, nor for JSON

    columns = ("task", "robot", "objects", "instruction", "cameras", "demonstrator", "policies that ship")
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 300  # an instruction stands on one line
    console.print(_table(("environment", "task", "spaces"), _environments()), "")
    console.print(_table(columns, map(_task, catalog.tasks())), "")
    console.print(_table(("checkpoint", "folder"), checkpoints.items()), "")
    for folder, texts in (("units", conventions), ("variations", variations), ("policies", policies)):
        console.print(_table((folder, ""), texts.items()))
        console.print(f"files: {resources.config_dir() / folder}\n", soft_wrap=True)
    return 0


def _environments() -> list[tuple[str, str, str]]:
    rows = []
    for spec in catalog.tasks():
        rows.append((spec.lerobot_id, spec.name, "LeRobot units, cameras, instruction"))
        rows.append((spec.isaaclab_id, spec.name, "radians, observation groups, reward"))
    return rows


def _task(spec: catalog.TaskSpec) -> tuple[str, ...]:
    demonstrator = "none" if spec.expert is None else "yes"
    policies = (spec.packaged_policy, None if spec.pretrained is None else "pretrained")
    shipped = ", ".join(word for word in policies if word) or "none"
    objects, cameras = ", ".join((*spec.objects, *spec.scene.cloths)), ", ".join(spec.cameras)
    return spec.name, spec.robot.title, objects, spec.instruction, cameras, demonstrator, shipped


def _facts(spec: catalog.TaskSpec) -> dict[str, Any]:
    return {**vars(spec), "robot": spec.robot.name, "scene": spec.scene.file.name, "cameras": spec.cameras}


def _texts(folder: str, key: str) -> Mapping[str, str]:
    """Return what each YAML file of a folder of ``config`` says of itself, by the file's name."""
    # read as plain data: the modules that make something of it bring torch and Isaac Lab along, which takes seconds
    return {name: config_files.read(folder, name, folder)[1][key] for name in config_files.names(folder)}


def _table(columns: tuple[str, ...], rows: Iterable[Iterable[Any]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=None, pad_edge=False)
    for column in table.columns:
        column.overflow = "fold"  # an id that is cut short is no id
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    return table
