"""`leisaac serve` and `leisaac eval --policy-server` against each other, as a user runs them."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from checkpoints import make_act
from commands import Result, run, start
from policy_servers import OpenpiServer

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.cli.serve import ServeOptions
from lerobot_env_leisaac.evaluation.episode_log import read_episodes
from lerobot_env_leisaac.policies.remote import service as services
from lerobot_env_leisaac.policies.remote.door import Door


def start_serving(checkpoint: Path) -> tuple[subprocess.Popen, int]:
    """Start `leisaac serve` in a process of its own; returns it and its port."""
    command = [sys.executable, "-m", "lerobot_env_leisaac.cli", "serve", f"--checkpoint={checkpoint}", "--port=0"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    heard = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}
    process = subprocess.Popen([*command, "--device=cpu"], stdout=subprocess.PIPE, text=True, env=environment, **heard)
    line = process.stdout.readline()
    return process, int(re.search(r" at ws://127\.0\.0\.1:(\d+) on cpu$", line)[1])


def serve_here(checkpoint: Path, port: int) -> None:
    """Serve a checkpoint from this process, until it ends: another takes half a minute to load its libraries."""
    service = services.load_service(catalog.lerobot_task("LiftCube"), ServeOptions(checkpoint=str(checkpoint)), "cpu")
    ready = threading.Event()
    arguments = (service, Door("127.0.0.1", port), lambda port: ready.set())
    threading.Thread(target=services.serve, args=arguments, daemon=True).start()
    assert ready.wait(20)


@dataclass(frozen=True)
class Evaluations:
    """What `leisaac eval` wrote, and how its command lines ended.

    Attributes:
        folder: `here` and `there`, the same evaluation in process and of a server; `killed`, whose server was killed.
        results: Results by name.
        stopped: What the killed one had logged, by number.
        served_status: Exit status of a server after Ctrl-C.
    """

    folder: Path
    results: dict[str, Result]
    stopped: dict
    served_status: int


@pytest.fixture(scope="module")
def evaluations(tmp_path_factory) -> Evaluations:
    folder = tmp_path_factory.mktemp("served")
    policy = make_act(folder / "act", cameras=("front",), image_size=(32, 32))
    fixed = "leisaac eval --device cpu --seed 5 --time-limit 1 --num-envs 3 --no-report"
    serving, port = start_serving(policy)
    asking = f"{fixed} --policy-server ws://127.0.0.1:{port} --server-timeout 2 --out {folder}"

    broken = start(folder / "breaking", [f"{asking}/killed --episodes 1000000"])
    lines, deadline = folder / "killed" / "episodes.jsonl", time.monotonic() + 300
    while not (lines.exists() and lines.read_text().count("\n") >= 3):
        assert broken.poll() is None and time.monotonic() < deadline, broken.communicate()[1][-3000:]
        time.sleep(0.02)
    serving.send_signal(signal.SIGINT)
    served_status = serving.wait(30)
    broken.communicate()
    ended = Result(**json.loads((folder / "breaking" / "results.json").read_text())[0])
    stopped = read_episodes(lines)

    serve_here(policy, port)
    with OpenpiServer(lambda request: "ValueError: out of order") as refusing:
        commands = {
            "here": f"{fixed} --checkpoint {policy} --out {folder}/here --episodes 7",
            "there": f"{asking}/there --episodes 7",
            "resumed": f"{asking}/killed --episodes {len(stopped)} --resume",
            "compared": f"leisaac eval --compare {folder}/here {folder}/there --json",
            "played": f"leisaac play --policy-server ws://127.0.0.1:{port} --device cpu --time-limit 1 --no-video",
            "refused": f"{fixed} --policy-server {refusing.url} --policy-format openpi_so101 --out {folder}/refused",
        }
        results = run(folder / "running", commands)
    return Evaluations(folder, results | {"killed": ended}, stopped, served_status)


def test_a_server_s_policy_plays_the_same_episodes_as_in_process(evaluations):
    for name in ("here", "there"):
        assert evaluations.results[name].status == 0, evaluations.results[name].err[-3000:]
    here, there = (evaluations.folder / name for name in ("here", "there"))
    assert (here / "episodes.jsonl").read_text() == (there / "episodes.jsonl").read_text(), "line for line"
    assert json.loads((here / "config.json").read_text()) == json.loads((there / "config.json").read_text())
    comparison = json.loads(evaluations.results["compared"].out)
    assert comparison["differences"] == {} and comparison["episodes"] == 7


def test_the_summary_says_how_long_the_server_took(evaluations):
    summary = json.loads((evaluations.folder / "there" / "summary.json").read_text())
    server = summary["timing"]["server"]
    assert server["answers"] >= 3 * 8 and server["unanswered"] == {} and server["reconnections"] == 0
    assert 0 < server["latency_ms"]["median"] <= server["latency_ms"]["p95"] <= server["latency_ms"]["highest"]
    assert re.search(
        r"policy server +ws://127.0.0.1:\d+, \d+ answers; latency median", evaluations.results["there"].out
    )
    assert "server" not in json.loads((evaluations.folder / "here" / "summary.json").read_text())["timing"]


def test_a_killed_server_ends_the_run_in_one_line_that_says_how_to_go_on(evaluations):
    result = evaluations.results["killed"]
    assert result.status == 1
    finished = sum(episode.failure != "server" for episode in evaluations.stopped.values())
    assert finished >= 3
    assert re.fullmatch(
        rf"leisaac: error: policy server ws://\S+ is gone \(.*\): {finished} of 1000000 episodes are in "
        rf"{evaluations.folder}/killed, the same command with --resume plays the rest",
        result.error,
    )
    let_down = [episode for episode in evaluations.stopped.values() if episode.failure == "server"]
    assert let_down and not any(episode.success for episode in let_down)


def test_what_a_server_let_down_is_played_again(evaluations):
    assert evaluations.results["resumed"].status == 0, evaluations.results["resumed"].err[-3000:]
    again = read_episodes(evaluations.folder / "killed" / "episodes.jsonl")
    assert {episode.failure for episode in again.values()} == {"time_out"}
    unbroken = read_episodes(evaluations.folder / "there" / "episodes.jsonl")
    shared = again.keys() & unbroken.keys()
    assert len(shared) >= 3 and all(again[number] == unbroken[number] for number in shared)


def test_play_asks_a_server_too(evaluations):
    played = evaluations.results["played"]
    assert played.status == 1, played.err[-3000:]
    assert played.out.startswith("success 0/1 (1 time_out)")


def test_a_server_that_gives_no_actions_is_refused_before_anything_is_built(evaluations):
    refused = evaluations.results["refused"]
    assert refused.status == 1
    assert re.search(r"policy server ws://\S+ gives no actions: its error 'ValueError: out of order'$", refused.error)
    assert "building" not in refused.err and not (evaluations.folder / "refused" / "episodes.jsonl").exists()


def test_ctrl_c_ends_a_server(evaluations):
    assert evaluations.served_status == 130
