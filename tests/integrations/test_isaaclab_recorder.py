"""Isaac Lab's own recorder works on both ids, and `leisaac convert` reads what it writes."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from commands import run
from lerobot.datasets import LeRobotDataset

from lerobot_env_leisaac import catalog, units
from lerobot_env_leisaac.datasets import row_statistics


@pytest.mark.parametrize(
    "env_id",
    [
        "LeIsaac-SO101-LiftCube-v0",
        "LeIsaac-SO101-LiftCube-SmolVLA-v0",
        "LeIsaac-SO101-CleanToyTable-BiArm-SmolVLA-v0",
        "LeIsaac-LeKiwi-CleanupTrash-SmolVLA-v0",
    ],
)
def test_what_isaac_lab_records_is_converted_and_replayed(env_id, tmp_path):
    probe = Path(__file__).with_name("recorder_probe.py")
    process = subprocess.run([sys.executable, probe, env_id, tmp_path], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    task = catalog.task(env_id)
    in_units = env_id == task.lerobot_id
    out = tmp_path / "dataset"
    cameras = "" if in_units else "--cameras none"
    commands = {
        "convert": f"leisaac convert {tmp_path}/recorded.hdf5 --out {out} --all {cameras}",
        "replay": f"leisaac replay {out} --device cpu --json",
    }
    results = run(tmp_path / "run", commands)
    assert results["convert"].status == 0, results["convert"].err[-3000:]
    assert "4 episodes, 120 frames at 30 a second (every row)" in results["convert"].out

    seen = np.load(tmp_path / "seen.npz")
    degrees, radians = (units.load(name).of(task.robot) for name in ("degrees", "radians"))
    parts = row_statistics.read_numbers(out)
    for name, key in (("observation.state", "state"), ("action", "action")):
        rows = np.concatenate([part[name] for part in parts])
        # both environments end their episodes in the same step
        expected = np.concatenate([seen[key][first : first + 30, env] for first in (0, 30) for env in (0, 1)])
        if not in_units:
            expected = degrees.from_radians(radians.to_radians(torch.tensor(expected))).numpy()
        np.testing.assert_allclose(rows, expected, atol=2e-3)
    if in_units:
        first, *_ = task.cameras
        images = LeRobotDataset("out", out, video_backend="pyav")[40][f"observation.images.{first}"]
        assert images.shape == (3, 96, 128) and images.std() > 0.05

    replayed = json.loads(results["replay"].out)
    assert [each["length"] for each in replayed] == [30] * 4
    assert all(each["same"] and not each["success"] for each in replayed), results["replay"].out
