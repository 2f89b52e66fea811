"""Where the garbage collector does not look."""

import gc
import subprocess
import sys

from lerobot_env_leisaac.garbage import importing

IN_A_COMMAND = """
import gc
from lerobot_env_leisaac import garbage
garbage.spare_imports()
with garbage.importing():
    assert not gc.isenabled()
    import decimal
assert gc.isenabled() and gc.get_freeze_count() > 1000
ours = [[]]
ours[0].append(ours)
del ours
assert gc.collect() >= 2  # what comes later is collected as ever
"""


def test_a_command_collects_nothing_of_what_it_imports_and_all_else():
    subprocess.run([sys.executable, "-c", IN_A_COMMAND], check=True)


def test_other_processes_are_left_alone():
    before = gc.get_freeze_count()
    with importing():
        assert gc.isenabled()
    assert gc.get_freeze_count() == before
