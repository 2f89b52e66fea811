"""Run command lines of `leisaac` one after another in one process: a simulator's imports take longer than an episode.

python commands.py COMMANDS.json RESULTS.json BYTES

A command line that does not begin with `leisaac` is run as any other program. A shard of a dataset is
closed at BYTES, so that a short recording has several.
"""

import contextlib
import io
import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
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


def start(folder: Path, commands: list[str], shard_bytes: int) -> subprocess.Popen:
    """Start a process that runs command lines; OpenMP's threads would only get into each other's way."""
    folder.mkdir()
    (folder / "commands.json").write_text(json.dumps(commands))
    files = [str(folder / name) for name in ("commands.json", "results.json")]
    return subprocess.Popen(
        [sys.executable, __file__, *files, str(shard_bytes)],
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(folder: Path, commands: dict[str, str], shard_bytes: int) -> dict[str, Result]:
    """Run command lines, and return how each ended, by the same names."""
    process = start(folder, list(commands.values()), shard_bytes)
    _, err = process.communicate()
    assert process.returncode == 0, err[-3000:]
    assert "second pass" not in err, "the encoders' chatter"
    results = json.loads((folder / "results.json").read_text())
    return {name: Result(**result) for name, result in zip(commands, results, strict=True)}


def _run_one(command: str) -> Result:
    program, *rest = shlex.split(command)
    if program != "leisaac":
        process = subprocess.run([program, *rest], capture_output=True, text=True)
        return Result(process.returncode, process.stdout, process.stderr)
    from lerobot_env_leisaac import cli

    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        status = cli.main(rest)
    return Result(status, out.getvalue(), err.getvalue())


if __name__ == "__main__":
    from lerobot_env_leisaac.datasets import writer

    writer._SHARD_BYTES = int(sys.argv[3])
    results = [vars(_run_one(command)) for command in json.loads(Path(sys.argv[1]).read_text())]
    Path(sys.argv[2]).write_text(json.dumps(results))
