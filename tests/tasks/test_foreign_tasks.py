"""Tasks that other distributions add by an entry point: one that is broken must not end ours."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        ("import sys; sys.exit('no licence')", "SystemExit: no licence"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("raise RuntimeError('broken')", "RuntimeError: broken"),
        ("import not_installed", "ModuleNotFoundError: No module named 'not_installed'"),
        ("SPEC = 5", "TypeError: juggling:SPEC is a int, expected a TaskSpec"),
        ("from json import loads as SPEC", "TypeError: juggling:SPEC is a function, expected a TaskSpec"),
        (
            "from lerobot_env_leisaac.tasks.lift_cube.spec import SPEC",
            "ValueError: LeIsaac-SO101-LiftCube-SmolVLA-v0, LeIsaac-SO101-LiftCube-v0, LiftCube is taken by another"
            " task",
        ),
        ("", "AttributeError: module 'juggling' has no attribute 'SPEC'"),
    ],
)
def test_one_that_cannot_be_used_is_named_and_left_out(tmp_path, module, reason):
    (tmp_path / "juggling.py").write_text(module)
    info = tmp_path / "juggling-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: juggling\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[lerobot_env_leisaac.tasks]\nJuggle = juggling:SPEC\n")
    listed = subprocess.run(
        [Path(sys.executable).with_name("leisaac"), "list"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert listed.returncode == 0, listed.stderr
    assert listed.stdout.count(" LeIsaac-SO101-LiftCube-v0 ") + listed.stdout.count("\nLeIsaac-SO101-LiftCube-v0 ") == 1
    assert f"the task 'Juggle' of juggling is left out: {reason}" in listed.stderr
