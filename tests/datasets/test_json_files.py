"""JSON is written in one piece or not at all, by one function, and each file's name stands in one place."""

import ast
import os
from pathlib import Path

import pytest

import lerobot_env_leisaac
from lerobot_env_leisaac import units
from lerobot_env_leisaac.datasets.declare import declare
from lerobot_env_leisaac.datasets.manifest import Manifest
from lerobot_env_leisaac.datasets.row_statistics import repair
from lerobot_env_leisaac.declaration import OF_CHECKPOINT
from lerobot_env_leisaac.json_files import write_json

SOURCE = Path(lerobot_env_leisaac.__file__).parent


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write_manifest(root: Path) -> None:
    Manifest("LiftCube", "LeIsaac-v0", units.load("radians"), seed=0, fps=30, cameras={}).write(root)


WRITERS = {
    "any": lambda root: write_json({"a": 1}, root / "meta" / "info.json"),
    "manifest": write_manifest,
    "declaration": lambda root: declare(root, units.load("radians"), replace=True),
    "statistics": repair,
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("call", ["write", "replace"])
def test_a_write_that_fails_leaves_what_was_there(video_dataset, monkeypatch, writer, call):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    declare(video_dataset, units.load("degrees"))
    (video_dataset / "meta" / "stats.json").write_text("{}")
    before = files(video_dataset)
    with monkeypatch.context() as patch:
        patch.setattr(*((Path, "write_text") if call == "write" else (os, "replace")), fail)
        with pytest.raises(OSError, match="No space left"):
            WRITERS[writer](video_dataset)
    assert files(video_dataset) == before
    WRITERS[writer](video_dataset)
    after = files(video_dataset)
    assert after.keys() == before.keys() and after != before


def test_what_json_cannot_hold_is_not_begun(tmp_path):
    path = tmp_path / "a.json"
    write_json({"a": 1}, path)
    with pytest.raises(TypeError):
        write_json({"a": object()}, path)
    assert list(tmp_path.iterdir()) == [path] and path.read_text() == '{"a": 1}\n'


def test_the_name_of_a_declaration_stands_in_one_place():
    places = [
        path.name
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value == OF_CHECKPOINT
    ]
    assert places == ["declaration.py"]
