"""Two processes never write one folder, and a dead one holds nobody up."""

import os
import signal
import subprocess
import sys

import pytest

from lerobot_env_leisaac.locks import exclusive

HOLD = """
import sys, time, pathlib
from lerobot_env_leisaac.locks import exclusive
with exclusive(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds `tmp_path`."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_folder_that_is_held_is_refused_by_name_until_its_holder_is_dead(tmp_path, holder):
    with pytest.raises(BlockingIOError) as refusal, exclusive(tmp_path):
        pass
    assert str(tmp_path) in str(refusal.value) and "\n" not in str(refusal.value)
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with exclusive(tmp_path):
        pass


def test_a_folder_is_free_after_an_error_and_never_held_twice(tmp_path):
    with pytest.raises(ZeroDivisionError), exclusive(tmp_path):
        with pytest.raises(BlockingIOError), exclusive(tmp_path):
            pass
        raise ZeroDivisionError
    with exclusive(tmp_path):
        pass


@pytest.mark.parametrize("put", [lambda path: path.symlink_to("../mine.txt"), os.mkfifo])
def test_a_lock_that_is_no_file_of_its_own_is_refused_and_nothing_emptied(tmp_path, put):
    mine, folder = tmp_path / "mine.txt", tmp_path / "dataset"
    mine.write_text("mine")
    folder.mkdir()
    put(folder / ".lock")
    with pytest.raises(OSError, match="lock is no file of its own"), exclusive(folder):
        pass
    assert mine.read_text() == "mine"
