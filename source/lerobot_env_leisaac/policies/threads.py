"""How many threads a policy computes with on a CPU: one, so that a chunk is the same however many cores there are."""

import os

import torch


def compute_in_one_thread(device: str | torch.device) -> None:
    """Let this process compute with one thread if that is where its policy is, and ``OMP_NUM_THREADS`` says nothing.

    Threads share sums out among themselves, which changes last bits, and with them where an episode goes.
    """
    if torch.device(device).type == "cpu" and "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(1)
