"""LiftCube's reward and PPO configuration belong together: a few iterations on a CPU already earn more."""

import json
import subprocess
import sys
from pathlib import Path


def test_a_few_iterations_raise_the_return_from_fixed_starts(tmp_path):
    script = Path(__file__).with_name("ppo_learns.py")
    process = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    earned = json.loads(process.stdout.splitlines()[-1])
    assert earned["after"] > 1.3 * earned["before"] > 0, "it was twice as much when this was written"
