"""Ask for what cannot be done, in one process that notes every import of what takes long.

python refusals.py HEAVY CASES.json RESULTS.json

HEAVY are names of packages, separated by commas. A case is a command line, or the keywords of `gym.make` as Python: the
text after `gym.make:`, or after `gym.make_isaaclab:` for the id in radians.
"""

import contextlib
import io
import json
import os
import shlex
import sys
import time
import traceback
from pathlib import Path

heavy, cases, results = sys.argv[1].split(","), *map(Path, sys.argv[2:])
imported: list[str] = []


def note(event: str, arguments: tuple) -> None:
    if event == "import" and arguments[0].partition(".")[0] in heavy:
        imported.append(arguments[0])


sys.addaudithook(note)

import gymnasium as gym  # noqa: E402
import numpy as np  # noqa: E402, F401 - for the cases

from lerobot_env_leisaac import catalog, cli  # noqa: E402

IDS = {"gym.make": catalog.OURS[0].lerobot_id, "gym.make_isaaclab": catalog.OURS[0].isaaclab_id}


def run(case: str) -> tuple[int | str, str]:
    """Return an exit status or the name of an exception, and the error's text."""
    kind, _, keywords = case.partition(": ")
    if kind not in IDS:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as err:
            try:
                status = cli.main(shlex.split(case))
            except SystemExit as exit_:
                status = exit_.code
        return status, err.getvalue()
    try:
        gym.make(IDS[kind], **eval(keywords)).close()
    except Exception as error:
        traceback.clear_frames(error.__traceback__)
        return type(error).__name__, str(error)
    return "made", ""


startup_s = time.process_time()
report = {}
for case in json.loads(cases.read_text()):
    imported.clear()
    started = time.process_time()
    status, error = run(case)
    report[case] = {"status": status, "error": error, "cpu_s": time.process_time() - started, "imported": imported[:5]}
results.write_text(json.dumps({"startup_s": startup_s, "cases": report}))
os._exit(0)
