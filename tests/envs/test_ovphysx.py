"""PhysX without Isaac Sim. It runs on a GPU; on a CPU it does with one change to Warp, which is made here alone."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("ovphysx") is None, reason="OVPhysX is not installed: uv sync --inexact --extra ovphysx"
)


def test_the_demonstrator_lifts_cubes_that_start_where_newtons_do(env):
    script = Path(__file__).with_name("ovphysx_lifts.py")
    process = subprocess.run([sys.executable, script], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    found = json.loads(process.stdout.splitlines()[-1])
    assert found["success"] == [True] * 4
    assert found["brightness"] > 0.05 and found["image_change"] > 1e-3, "cameras see the arm move"
    observation, _ = env.reset(seed=found["seed"])
    scene = env.unwrapped.scene
    cubes = scene["cube"].data.root_pos_w.torch - scene.env_origins
    torch.testing.assert_close(torch.tensor(found["states"]), observation["observation.state"], rtol=0, atol=1e-3)
    torch.testing.assert_close(torch.tensor(found["cubes"]), cubes, rtol=0, atol=1e-5)


def test_oranges_stop_as_soon_as_with_newton():
    """PhysX has no friction against rolling: without its stand-in an orange leaves the table."""
    script = Path(__file__).with_name("ovphysx_rolls.py")
    process = subprocess.run([sys.executable, script], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    distances = json.loads(process.stdout.splitlines()[-1])
    assert distances == [pytest.approx(0.0167, abs=0.002)] * 3


def test_a_robot_that_drives_does_its_task():
    """To PhysX its base's joints with the world would be none of the robot's."""
    script = Path(__file__).with_name("ovphysx_demonstrates.py")
    arguments = ["--task", "CleanupTrash", "--episodes", "1"]
    process = subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    assert process.stdout.splitlines()[-1].startswith("CleanupTrash: 1 of 1 ")
