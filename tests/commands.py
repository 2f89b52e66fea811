"""Run command lines one after another in one process: a simulator's imports take longer than an episode.

python commands.py COMMANDS.json RESULTS.json [BYTES]

Commands of installed packages (`leisaac`, `isaaclab`, ...) are called with their command line as their scripts call
them; any other program is run as itself. A shard of a dataset is closed at BYTES: a short recording has several.
"""

import contextlib
import io
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """How a command line ended."""

    status: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """Its last line of stderr."""
        return self.err.splitlines()[-1]


def start(
    folder: Path, commands: list[str], shard_bytes: int | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.Popen:
    """Start a process that runs command lines in a new folder, with variables added to the environment."""
    folder.mkdir()
    (folder / "commands.json").write_text(json.dumps(commands))
    arguments = ["commands.json", "results.json", *([] if shard_bytes is None else [str(shard_bytes)])]
    return subprocess.Popen(
        [sys.executable, __file__, *arguments],
        cwd=folder,
        # OpenMP's threads would only get into each other's way
        env={
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "HF_HUB_OFFLINE": "1",
            "HF_HOME": str(folder),
            **(environment or {}),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(
    folder: Path,
    commands: dict[str, str],
    shard_bytes: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Result]:
    """Run command lines in a new folder, and return how each ended, by the same names."""
    process = start(folder, list(commands.values()), shard_bytes, environment)
    out, err = process.communicate()
    assert process.returncode == 0, out[-2000:] + err[-3000:]
    assert "second pass" not in err, "the encoders' chatter"
    return dict(zip(commands, results_of(folder), strict=True))


def results_of(folder: Path) -> list[Result]:
    """Return how the command lines of a folder ended, those that have."""
    return [Result(**result) for result in json.loads((folder / "results.json").read_text())]


def _run_one(command: str) -> Result:
    program, *rest = shlex.split(command)
    scripts = entry_points(group="console_scripts", name=program)
    if not scripts:
        process = subprocess.run([program, *rest], capture_output=True, text=True)
        return Result(process.returncode, process.stdout, process.stderr)
    sys.argv = [program, *rest]
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        try:
            status = next(iter(scripts)).load()()
        except SystemExit as exit_:
            status = exit_.code
    if isinstance(status, str):
        return Result(1, out.getvalue(), f"{err.getvalue()}{status}\n")
    return Result(status or 0, out.getvalue(), err.getvalue())


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job inherits that it is ignored
    if len(sys.argv) > 3:
        from lerobot_env_leisaac.datasets import writer

        writer._SHARD_BYTES = int(sys.argv[3])
    commands, results = map(Path, sys.argv[1:3])
    ended = []
    for command in json.loads(commands.read_text()):
        ended.append(vars(_run_one(command)))
        results.write_text(json.dumps(ended))  # at once: the next one may be killed
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # a command leaves with its own status when Python exits: here it was one of several
