"""A policy on a CPU computes with one thread, so that its sums do not depend on how many cores there are."""

import os
import subprocess
import sys

import pytest

CODE = """
import torch
from lerobot_env_leisaac.policies.threads import compute_in_one_thread
torch.set_num_threads(3)
compute_in_one_thread({device!r})
print(torch.get_num_threads())
"""


@pytest.mark.parametrize(
    ("device", "variable", "threads"), [("cpu", None, "1"), ("cpu", "2", "3"), ("cuda:0", None, "3")]
)
def test_one_thread_unless_the_user_or_a_gpu_says_otherwise(device, variable, threads):
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    environment |= {} if variable is None else {"OMP_NUM_THREADS": variable}
    command = [sys.executable, "-c", CODE.format(device=device)]
    assert subprocess.check_output(command, env=environment, text=True).strip() == threads
