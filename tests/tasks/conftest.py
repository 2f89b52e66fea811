import json
import subprocess
import sys
from pathlib import Path

import pytest

from lerobot_env_leisaac.tasks.spec import TaskSpec

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def played(tmp_path_factory):
    """Return what `task_plays.py` saw of a task, and under `said` what the solver said meanwhile."""
    reports: dict[str, dict] = {}

    def play(task: TaskSpec) -> dict:
        if task.name not in reports:
            report = tmp_path_factory.mktemp(task.name) / "report.json"
            folder = task.lerobot_cfg.rpartition(".env_cfg")[0].rpartition(".")[2]
            own = [path] if (path := HERE / f"{folder}_plays.py").exists() else []
            command = [sys.executable, HERE / "task_plays.py", task.name, report, *own]
            process = subprocess.run(command, capture_output=True, text=True)
            assert process.returncode == 0, process.stderr[-3000:]
            reports[task.name] = {**json.loads(report.read_text()), "said": process.stdout}
        return reports[task.name]

    return play
