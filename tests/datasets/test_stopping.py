"""`leisaac record` that stops in the middle: what is finished is kept, and no process stays behind."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from lerobot_env_leisaac.datasets import manifest as manifests
from lerobot_env_leisaac.datasets.open import open_dataset
from lerobot_env_leisaac.datasets.untouched import changes

RECORD = [sys.executable, "-m", "lerobot_env_leisaac.cli", "record", "--image-size", "96", "128", "--device", "cpu"]
RECORD += ["--episodes", "200", "--num-envs", "2", "--workers", "2", "--vcodec", "h264", "--out"]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_stopped_recording_keeps_what_is_finished_and_leaves_nothing_behind(tmp_path, number, status):
    out = tmp_path / "dataset"
    script = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"  # a background job ignores it
        " from lerobot_env_leisaac.datasets import writer; writer._SHARD_BYTES = 10 * 2**20;"
        " from lerobot_env_leisaac import cli; sys.argv[0] = 'leisaac'; cli.script()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, *RECORD[3:], str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    deadline = time.monotonic() + 400
    while not (out / "meta" / "info.json").exists():
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()[1][-3000:]
        time.sleep(0.1)
    if number == signal.SIGTERM:
        second = subprocess.run([*RECORD, str(out), "--resume"], capture_output=True, text=True)
        assert second.returncode == 1 and "another process is writing to" in second.stderr.splitlines()[-1]
    helpers = psutil.Process(process.pid).children(recursive=True)
    assert len(helpers) >= 3, "a fork server, a resource tracker, workers"

    process.send_signal(number)
    stopped = time.monotonic()
    _, err = process.communicate()
    took = time.monotonic() - stopped
    _, alive = psutil.wait_procs(helpers, timeout=5)
    assert not alive, [each.cmdline() for each in alive]
    assert process.returncode == status
    assert took < 10, "5 seconds on an idle machine"
    manifest = manifests.read(out)
    assert manifest.episodes and manifest.vcodec == "h264"
    if number != signal.SIGKILL:
        said = [line for line in err.splitlines() if line.startswith("leisaac: stopped by ")]
        assert len(said) == 1, err
        assert f"{len(manifest.episodes)} of 200 episodes are saved in {out}, go on with --resume" in said[0]
        assert list(changes(out, manifest)) == []
        assert open_dataset(out).num_episodes == len(manifest.episodes)


def test_a_recording_ends_where_hardly_any_demonstration_succeeds(tmp_path):
    out = tmp_path / "dataset"
    script = (
        "from lerobot_env_leisaac.datasets import record; record._FIRST = 3;"
        " import sys; from lerobot_env_leisaac import cli; sys.argv[0] = 'leisaac'; cli.script()"
    )
    shaken = [*RECORD[3:], str(out), "--noise", "60"]
    process = subprocess.run([sys.executable, "-c", script, *shaken], capture_output=True, text=True, timeout=400)
    said = [line for line in process.stderr.splitlines() if line.startswith("leisaac: error: ")]
    assert process.returncode == 1 and len(said) == 1, process.stderr[-3000:]
    assert f"only 0 of 3 demonstrations succeeded, too few to go on: 0 of 200 episodes are saved in {out}" in said[0]
