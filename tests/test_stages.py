"""What a terminal shows while a command starts."""

import os
import pty
import subprocess
import sys
import time

SLOW = """
import time
from lerobot_env_leisaac import stages
from lerobot_env_leisaac.quiet import quiet

with stages.shown():
    stages.begin("quick")
    stages.begin("slow")
    with quiet():
        time.sleep(4)
    stages.end()
    print("result")
"""


def seen_on_a_terminal(code: str) -> tuple[str, str]:
    """Return what a process writes to its output, and to a terminal as its stderr."""
    leader, follower = pty.openpty()
    with os.fdopen(leader, "rb", buffering=0) as terminal:
        process = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=follower, env=os.environ | {"TERM": "xterm"}
        )
        os.close(follower)
        seen = b""
        while True:
            try:
                seen += terminal.read(4096)
            except OSError:  # nobody writes there any more
                break
        out, _ = process.communicate(timeout=60)
    return out.decode(), seen.decode()


def test_a_stage_that_takes_long_has_a_spinner_and_only_that_one():
    out, seen = seen_on_a_terminal(SLOW)
    assert out == "result\n"
    before, spinning = seen.split("s  slow")
    assert "s  quick" in before and not set(before) & set("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
    assert len(set(spinning) & set("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")) > 1, "it does not turn"
    assert spinning.endswith("\x1b[2K"), "it is taken away"


def test_seconds_count_from_the_start_of_the_process():
    code = "from lerobot_env_leisaac import stages\nwith stages.shown(): print(stages.start_time())"
    before = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        after = time.perf_counter()
        started = float(process.communicate(timeout=60)[0])
    assert before - 0.02 < started < after + 0.02, "a tick is a hundredth of a second"
