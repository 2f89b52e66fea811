"""What a command does not import: its start is what a user waits for."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lerobot_env_leisaac.resources import packaged_checkpoints

LIGHT = {
    "list --help": ("torch", "omegaconf", "yaml", "rich", "psutil", "lerobot_env_leisaac.cli.record"),
    "audit --help": ("torch", "omegaconf", "yaml", "rich", "psutil", "lerobot_env_leisaac.cli.record"),
    "check --help": ("torch", "omegaconf", "yaml", "rich", "psutil", "lerobot_env_leisaac.cli.record"),
    "list --json": ("torch", "rich", "psutil", "lerobot_env_leisaac.cli.record"),
    "assets": ("torch", "omegaconf", "psutil", "lerobot_env_leisaac.cli.record"),
}
"""Commands that only print, and what they have no use for."""

IMPORTED = """
import contextlib, json, os, sys
from lerobot_env_leisaac import cli
with contextlib.redirect_stdout(open(os.devnull, "w")), contextlib.suppress(SystemExit):
    cli.main(sys.argv[1:])
print(json.dumps(list(sys.modules)))
"""

TO_PLAY = """
import json, sys
import lerobot_env_leisaac.evaluation.evaluate
import lerobot_env_leisaac.evaluation.play
import lerobot_env_leisaac.policies.fit
print(json.dumps(list(sys.modules)))
"""

PLAYED = """
import json, sys
from lerobot_env_leisaac import cli
main = cli.main

def reported():
    status = main()
    print(json.dumps(list(sys.modules)))
    return status

cli.main = reported
cli.script()
"""

STEPS = """
import sys
from lerobot_env_leisaac import cli
cli.main = lambda: None
sys.exit = lambda status: None
cli.script()
from lerobot_env_leisaac.policies.checkpoint import open_checkpoint
assert "lerobot.policies.groot.processor_groot" not in sys.modules
open_checkpoint(sys.argv[1])
print('["it is known"]')
"""


def modules(code: str, *arguments: str, folder: Path) -> set[str]:
    process = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr[-3000:]
    return set(json.loads(process.stdout.splitlines()[-1]))


@pytest.mark.parametrize("command", LIGHT)
def test_a_command_that_prints_imports_what_it_prints(command, tmp_path):
    imported = modules(IMPORTED, *command.split(), folder=tmp_path)
    assert f"lerobot_env_leisaac.cli.{command.split()[0]}" in imported
    assert not imported & set(LIGHT[command])


def test_to_play_and_to_evaluate_imports_no_plots_and_nothing_of_recording(tmp_path):
    imported = modules(TO_PLAY, folder=tmp_path)
    assert "isaaclab.envs" in imported
    assert not {name for name in imported if name.startswith("lerobot_env_leisaac.datasets")}
    assert not imported & {"matplotlib", "h5py", "viser", "trimesh", "open3d", "rsl_rl"}


def test_play_imports_the_policy_that_it_plays_and_nothing_of_datasets(tmp_path):
    imported = modules(PLAYED, "play", "--device", "cpu", "--no-video", folder=tmp_path)
    assert {name for name in imported if name.startswith("lerobot.policies.") and ".modeling_" in name} == {
        "lerobot.policies.smolvla.modeling_smolvla",
        "lerobot.policies.rtc.modeling_rtc",
    }
    assert not {name for name in imported if name.startswith(("lerobot.datasets.", "isaaclab_tasks.c"))}
    assert not imported & {"datasets", "cv2", "trimesh", "diffusers.models", "peft"}


def test_a_policy_may_take_a_step_of_a_type_that_was_left_out(tmp_path):
    checkpoint = shutil.copytree(packaged_checkpoints()["packaged"], tmp_path / "policy")
    file = checkpoint / "policy_preprocessor.json"
    saved = json.loads(file.read_text())
    saved["steps"].append({"registry_name": "groot_n1_7_pack_inputs_v1", "config": {}})
    file.write_text(json.dumps(saved))
    assert modules(STEPS, str(checkpoint), folder=tmp_path) == {"it is known"}
