"""`leisaac eval`, as a user runs it."""

import contextlib
import io
import json
import os
import re
import shlex
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from checkpoints import make_act
from commands import Result, results_of, run, start
from ray_teams import start_team

from lerobot_env_leisaac import cli
from lerobot_env_leisaac.evaluation import configuration
from lerobot_env_leisaac.evaluation.compare import compare_folders
from lerobot_env_leisaac.evaluation.episode import Episode
from lerobot_env_leisaac.evaluation.episode_log import EpisodeLog, read_episodes
from lerobot_env_leisaac.evaluation.evaluate import EvaluationOptions, evaluate
from lerobot_env_leisaac.evaluation.folder import require_new, require_new_sweep
from lerobot_env_leisaac.evaluation.statistics import wilson_interval
from lerobot_env_leisaac.evaluation.summary import summarize


@dataclass(frozen=True)
class Evaluations:
    """What `leisaac eval` wrote, and how its command lines ended.

    Attributes:
        folder: `unbroken`, `before` (a copy of it), `broken` (killed, then resumed), `SIGINT` and `SIGTERM` (stopped
            so), `varied` and more.
        finished: How many of its seven episodes the killed one had logged.
        results: Results by name.
    """

    folder: Path
    finished: int
    results: dict[str, Result]


@pytest.fixture(scope="module")
def evaluations(tmp_path_factory) -> Evaluations:
    """Seven episodes at once; the same stopped, killed and resumed; and what was not to be mixed with them."""
    folder = tmp_path_factory.mktemp("eval")
    policy = make_act(folder / "act", cameras=("front",), image_size=(32, 32))
    second = make_act(folder / "second", cameras=("front",), image_size=(32, 32), chunk_size=6)
    fixed = f"leisaac eval --checkpoint {policy} --device cpu --seed 5 --time-limit 1"
    broken = f"{fixed} --out {folder}/broken --episodes 7 --num-envs 2 --no-report"
    stopped = {name: f"{fixed} --out {folder}/{name} --episodes 1000000 --num-envs 2" for name in ("SIGINT", "SIGTERM")}
    process = start(folder / "stopping", [*stopped.values(), broken])

    def wait_for_two_episodes(out: str) -> None:
        lines, deadline = folder / out / "episodes.jsonl", time.monotonic() + 300
        while not (lines.exists() and lines.read_text().count("\n") >= 2):
            assert process.poll() is None and time.monotonic() < deadline, process.communicate()[1][-3000:]
            time.sleep(0.02)

    results = {}
    for name in stopped:
        wait_for_two_episodes(name)
        with contextlib.redirect_stderr(io.StringIO()) as err:
            status = cli.main([*shlex.split(stopped[name])[1:], "--resume"])
        results[f"beside {name}"] = Result(status, "", err.getvalue())
        os.kill(process.pid, signal.Signals[name])
    wait_for_two_episodes("broken")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    results |= dict(zip(stopped, results_of(folder / "stopping"), strict=True))
    assert not (folder / "broken" / "summary.json").exists()
    lines = folder / "broken" / "episodes.jsonl"
    finished = lines.read_text().count("\n")
    with lines.open("a") as file:
        file.write('{"episode": 6, "seed": 5, "succ')  # what a kill in the middle of a write leaves

    unbroken = f"{fixed} --out {folder}/unbroken"
    varied = f"{fixed} --out {folder}/varied --num-envs 3 --variation {folder}/mine.yaml --no-report"
    swept = (
        f"leisaac eval --checkpoint {policy} {second} --variation none {folder}/mine.yaml --device cpu --seed 5"
        f" --time-limit 1 --episodes 4 --num-envs 4 --out {folder}/swept"
    )
    (folder / "mine.yaml").write_text("description: slippery\nfriction: 0.5\n")
    commands = {
        "unbroken": f"{unbroken} --episodes 7 --num-envs 3 --replay {folder}/replay.html",
        "complete": f"{unbroken} --episodes 7 --resume",
        "copy": f"cp -r {folder}/unbroken {folder}/before",
        "resumed": f"{broken} --resume --json",
        "again": f"{unbroken} --episodes 8",
        "mixed": f"{unbroken} --episodes 8 --resume --n-action-steps 2",
        "copy for a later version": f"cp -r {folder}/unbroken {folder}/updated",
        "edit its version": f'sed -i \'s/"isaaclab": "3/"isaaclab": "2/\' {folder}/updated/config.json',
        "updated": f"{fixed} --out {folder}/updated --episodes 9 --resume",
        "copy for other physics": f"cp -r {folder}/unbroken {folder}/other",
        "edit its physics": f'sed -i \'s/"iterations": 50/"iterations": 5/\' {folder}/other/config.json',
        "other physics": f"{fixed} --out {folder}/other --episodes 8 --resume",
        "varied": f"{varied} --episodes 3",
        "edit the variation": f"sed -i s/0.5/0.6/ {folder}/mine.yaml",
        "another variation": f"{varied} --episodes 4 --resume",
        "swept": swept,
        "swept again": f"{swept} --resume --json",
        "packaged": f"leisaac eval --checkpoint packaged --episodes 12 --num-envs 12 --device cpu --time-limit 8"
        f" --out {folder}/packaged --no-report --json",
    }
    return Evaluations(folder, finished, results | run(folder / "running", commands))


@pytest.fixture
def unbroken(evaluations) -> Path:
    result = evaluations.results["unbroken"]
    assert result.status == 0, result.err[-3000:]
    return evaluations.folder / "unbroken"


def test_the_first_episode_is_a_page_that_needs_no_other_file(evaluations, unbroken):
    page = (evaluations.folder / "replay.html").read_text()
    assert page.lstrip().lower().startswith("<!doctype html>") and "__VISER_EMBED_DATA__" in page


def test_the_report_leads_to_a_page_of_its_failure(unbroken):
    (page,) = re.findall(r'<a href="([^"]+)">Play, turn and zoom it</a>', (unbroken / "report.html").read_text())
    assert page == "examples/failure.html"
    assert "__VISER_EMBED_DATA__" in (unbroken / page).read_text()


def test_processes_play_what_one_plays_though_one_of_them_is_killed(evaluations, unbroken):
    out = evaluations.folder / "team"
    line = f"--checkpoint {evaluations.folder}/act --seed 5 --time-limit 1 --episodes 7 --num-envs 3 --cpus 2"
    said = evaluations.folder / "team.err"
    arguments = ["eval", "--out", out, *line.split()]
    team = start_team(arguments, said, begins="0/7", player="_Player", after_s=0.3)
    connections = [at for child in team.children for at in child.connections()]
    listening = [at.laddr.ip for at in connections if at.status == psutil.CONN_LISTEN]
    assert listening and all(address.endswith("127.0.0.1") for address in listening)
    team.kill_the_busier()
    assert team.process.wait(300) == 0, said.read_text()
    assert "note: a process has died" in said.read_text()
    assert (out / "episodes.jsonl").read_bytes() == (unbroken / "episodes.jsonl").read_bytes()
    assert json.loads((out / "summary.json").read_text())["runs"][0]["processes"] == 2
    report = (out / "report.html").read_text()
    assert "A failure: episode" in report, "seen by another process"
    _, running = psutil.wait_procs(team.children, timeout=30)  # Ray ends its own when the one that started it is gone
    assert not running, "all have ended"


def test_a_run_tells_how_it_went(evaluations, unbroken):
    result = evaluations.results["unbroken"]
    assert re.search(r"success rate +0 of 7, 0\.0%", result.out)
    assert re.search(r"failures +7 time_out", result.out)
    assert "nothing declares the units" in result.err, "the audit's warning"


def without_timing(out: Path) -> dict:
    summary = json.loads((out / "summary.json").read_text())
    assert summary.pop("timing")["env_steps"] > 0
    assert [range_ for run in summary.pop("runs") for range_ in run["episodes"]]
    return summary


def test_a_killed_evaluation_goes_on_to_the_same_summary(evaluations, unbroken):
    resumed, broken = evaluations.results["resumed"], evaluations.folder / "broken"
    assert 2 <= evaluations.finished < 7
    assert resumed.status == 0, resumed.err[-3000:]
    summary = json.loads(resumed.out)
    assert summary["timing"]["episodes"] == 7 - evaluations.finished, "only what was missing"
    assert without_timing(broken) == without_timing(unbroken)
    logs = [read_episodes(folder / "episodes.jsonl") for folder in (broken, unbroken)]
    assert logs[0] == logs[1], "whatever the number of environments"
    assert not (broken / "report.html").exists()


def test_a_sweep_is_a_folder_a_run_a_table_and_the_paired_comparisons(evaluations, unbroken):
    result, out = evaluations.results["swept"], evaluations.folder / "swept"
    assert result.status == 0, result.err[-3000:]
    assert result.err.count("building the scene") == 2, "once a variation"
    names = ["none-act", "none-second", "mine-act", "mine-second"]
    for name in names:
        assert (out / name / "report.html").is_file() and len(read_episodes(out / name / "episodes.jsonl")) == 4
    alone = read_episodes(unbroken / "episodes.jsonl")
    assert read_episodes(out / "none-act" / "episodes.jsonl") == {number: alone[number] for number in range(4)}
    swept = json.loads((out / "sweep.json").read_text())
    assert [run["name"] for run in swept["runs"]] == names
    assert [(each["first"], each["second"]) for each in swept["comparisons"]] == [
        ("none-act", "none-second"),
        ("none-act", "mine-act"),
        ("none-second", "mine-second"),
        ("mine-act", "mine-second"),
    ]
    assert re.search(r"^mine +act +0 of 4 +0\.0% +0\.0% to 49\.0% +4 time_out$", result.out, re.M)
    assert re.search(r"^time limit +1 s *$", result.out, re.M), "what all have alike is said once"
    assert [f"run {i} of 4, {name}" in result.err for i, name in enumerate(names, start=1)] == [True] * 4
    assert re.search(r"^none-act +mine-act +\+0\.0 points ", result.out, re.M)
    html = (out / "report.html").read_text()
    assert "4 evaluations on LeIsaac-SO101-LiftCube-SmolVLA-v0" in html and html.count("data:image/svg+xml") == 1
    assert re.findall(r'<a href="([^"]+)">Report of', html) == [f"{name}/report.html" for name in names]


def test_a_sweep_goes_on_and_plays_nothing_twice(evaluations):
    again = evaluations.results["swept again"]
    assert again.status == 0 and "building" not in again.err, again.err[-3000:]
    assert json.loads(again.out) == json.loads((evaluations.folder / "swept" / "sweep.json").read_text())


def test_the_policy_that_ships_lifts_the_cube_again_and_again(evaluations):
    result = evaluations.results["packaged"]
    assert result.status == 0, result.err[-3000:]
    summary = json.loads(result.out)
    assert summary["successes"] >= 11, summary["failures"]  # 12 of 12 when it was packaged, 99 % of 2,000
    assert summary["time_to_success"]["mean"] < 5.5  # 4.4 s


@pytest.mark.parametrize(("name", "status", "by"), [("SIGINT", 130, "Ctrl-C"), ("SIGTERM", 143, "SIGTERM")])
def test_a_stopped_evaluation_says_how_to_go_on_and_sums_nothing_up(evaluations, name, status, by):
    result, out = evaluations.results[name], evaluations.folder / name
    finished = (out / "episodes.jsonl").read_text().count("\n")
    assert result.status == status, result.err[-3000:]
    assert result.error == (
        f"leisaac: stopped by {by}: {finished} of 1000000 episodes are in {out}, the same command with --resume plays "
        "the rest"
    )
    assert len(read_episodes(out / "episodes.jsonl")) == finished >= 2
    assert not (out / "summary.json").exists() and not (out / "report.html").exists()


def test_two_evaluations_into_one_folder_are_refused(evaluations):
    for name in ("SIGINT", "SIGTERM"):
        result = evaluations.results[f"beside {name}"]
        assert result.status == 1
        assert f"another process is writing to {evaluations.folder / name}: wait until it has ended" in result.error


def test_a_complete_evaluation_is_summed_up_again_and_nothing_is_played(evaluations, unbroken):
    complete = evaluations.results["complete"]
    assert complete.status == 0, complete.err[-3000:]
    assert complete.out == evaluations.results["unbroken"].out, "its speed too"
    assert "episode/s" not in complete.err, "a bar of nothing"


def test_versions_that_change_are_said_and_kept_by_episode(evaluations, unbroken):
    result = evaluations.results["updated"]
    assert result.status == 0, result.err[-3000:]
    assert "note: isaaclab was 2.0.0 in the run before and is 3.0.0" in result.err
    summary = json.loads((evaluations.folder / "updated" / "summary.json").read_text())
    assert [(run["episodes"], run["versions"]["isaaclab"]) for run in summary["runs"]] == [
        ([[0, 6]], "2.0.0"),
        ([[7, 8]], "3.0.0"),
    ]
    assert "isaaclab" not in summary["versions"] and "torch" in summary["versions"]
    assert re.search("cpu, isaaclab 2.0.0, for episodes 0 to 6", result.out)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "other physics",
            "physics was newton_mjwarp (solver_cfg.iterations 5), is newton_mjwarp (solver_cfg.iterations 50)",
        ),
        ("another variation", "variation was mine (friction [0.5, 0.5]), is mine (friction [0.6, 0.6])"),
    ],
)
def test_another_world_is_not_mixed_in(evaluations, unbroken, name, message):
    result = evaluations.results[name]
    assert result.status == 1
    assert f"holds another evaluation ({message}): give it the same" in result.error
    assert "it/s" not in result.err, "before anything is played"


def test_an_evaluation_of_an_earlier_version_goes_on(evaluations, unbroken, tmp_path, capsys):
    config = json.loads((evaluations.folder / "varied" / "config.json").read_text())
    now = {**config, "runs": []}
    old = {key: value for key, value in config.items() if key not in ("format", "physics", "runs")}
    old |= {"variation": "mine", **config["runs"][0]}
    (tmp_path / "config.json").write_text(json.dumps(old))
    resumed = configuration.resumed(tmp_path, now)
    assert resumed["runs"] == config["runs"]
    assert "without physics, the variation's values: taken to be the same" in capsys.readouterr().err
    with pytest.raises(ValueError, match="variation was mine, is none"):
        configuration.resumed(tmp_path, {**now, "variation": None})
    (tmp_path / "config.json").write_text(json.dumps({**config, "format": 3}))
    with pytest.raises(ValueError, match=r"has format 3, expected up to 2: update"):
        configuration.read(tmp_path)


def test_a_comparison_of_two_worlds_says_so(evaluations, unbroken, capsys):
    both = [str(unbroken), str(evaluations.folder / "varied")]
    assert cli.main(["eval", "--compare", *both, "--json"]) == 0
    printed = capsys.readouterr()
    comparison = json.loads(printed.out)
    assert comparison["differences"] == {"variation": [None, {"name": "mine", "changes": {"friction": [0.5, 0.5]}}]}
    assert printed.err == "warning: variation differs as well: none and mine\n"
    assert cli.main(["eval", "--compare", str(unbroken), str(evaluations.folder / "updated")]) == 0
    assert capsys.readouterr().err == "warning: isaaclab differs as well: 3.0.0 and 2.0.0, 3.0.0\n"
    assert cli.main(["eval", "--compare", str(unbroken), str(evaluations.folder / "broken")]) == 0
    assert not capsys.readouterr().err


def test_the_summary_says_what_was_measured_on_what(unbroken):
    summary = json.loads((unbroken / "summary.json").read_text())
    assert (summary["episodes"], summary["successes"], summary["success_rate"]) == (7, 0, 0.0)
    assert summary["success_rate_interval"] == pytest.approx([0.0, 0.3543], abs=1e-4)
    assert summary["length"] == {"mean": 30.0, "median": 30.0}
    assert summary["units"]["name"] == "degrees"
    assert re.fullmatch("[0-9a-f]{64}", summary["checkpoint_hash"])
    assert summary["versions"]["isaaclab"] == "3.0.0"
    timing = summary["timing"]
    assert timing["env_steps"] == 7 * 30
    assert timing["policy_s"] > 0 < timing["simulation_s"]
    assert timing["policy_s"] + timing["simulation_s"] <= timing["wall_s"]
    assert timing["env_steps_per_s"] == pytest.approx(210 / timing["wall_s"])


def test_the_report_is_one_file_with_plots_and_names_the_failures(unbroken):
    html = (unbroken / "report.html").read_text()
    assert html.count("data:image/svg+xml") == 3  # start positions, frames and traces of a failure
    assert html.count("time_out") >= 8
    assert not re.search(r'(src|href)="(?!data:|#|examples/failure.html")', html), "something to fetch"


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("again", "holds an evaluation already: go on with it (--resume), or name another folder"),
        ("mixed", "holds another evaluation (n_action_steps was 4, is 2): give it the same"),
    ],
)
def test_results_are_neither_overwritten_nor_mixed(evaluations, unbroken, name, message):
    result = evaluations.results[name]
    assert result.status == 1
    assert message in result.error, result.err
    assert files(unbroken) == files(evaluations.folder / "before")


def test_a_folder_is_refused_before_the_simulator_whoever_asks(tmp_path):
    """`leisaac eval` asks before it imports the simulator, `evaluate` once the folder is its own: by one rule."""
    options = EvaluationOptions(checkpoint=str(tmp_path / "no such policy"))
    write_evaluation(tmp_path / "held", "S")
    before = files(tmp_path / "held")
    for ask in (require_new, lambda out: evaluate(options, 2, out)):
        with pytest.raises(FileExistsError, match="holds an evaluation already: go on with it"):
            ask(tmp_path / "held")
    assert {name: content for name, content in files(tmp_path / "held").items() if name != ".lock"} == before

    for name in ("config.json", "summary.json", "report.html", "sweep.json"):
        foreign = tmp_path / f"with {name}"
        foreign.mkdir()
        (foreign / name).write_text("mine")
        for resume in (False, True):
            with pytest.raises(FileExistsError, match=f"holds {name} of something else: name another folder"):
                evaluate(options, 2, foreign, resume=resume)
        assert (foreign / name).read_text() == "mine"

    torn = tmp_path / "torn"
    torn.mkdir()
    (torn / "episodes.jsonl").write_text('{"episode": 0, "se')  # what a kill leaves is no episode
    require_new(torn)
    with pytest.raises(FileNotFoundError, match="no such policy"):
        evaluate(options, 2, torn)


def test_a_sweep_overwrites_no_other(tmp_path):
    require_new_sweep(tmp_path, ["a", "b"])
    (tmp_path / "sweep.json").write_text(json.dumps({"runs": [{"name": "a"}, {"name": "b"}]}))
    with pytest.raises(FileExistsError, match="holds a sweep already"):
        require_new_sweep(tmp_path, ["a", "b"])
    require_new_sweep(tmp_path, ["a", "b", "c"], resume=True)
    with pytest.raises(FileExistsError, match="holds a sweep with a, too"):
        require_new_sweep(tmp_path, ["b", "c"], resume=True)
    for name in ("episodes.jsonl", "report.html"):
        other = tmp_path / f"with {name}"
        other.mkdir()
        (other / name).write_text("")
        with pytest.raises(FileExistsError, match=f"holds {name} of something else"):
            require_new_sweep(other, ["a", "b"], resume=True)


def test_an_episode_that_was_played_again_is_one_line(tmp_path):
    log = EpisodeLog(tmp_path / "episodes.jsonl")
    for each in (episode(1, True), episode(0, False), episode(0, True)):
        log.append(each)
    log.sort()
    lines = [json.loads(line) for line in (tmp_path / "episodes.jsonl").read_text().splitlines()]
    assert [(line["episode"], line["success"]) for line in lines] == [(0, True), (1, True)]


def episode(number: int, success: bool, **changes) -> Episode:
    fields = {
        "episode": number,
        "seed": 5,
        "initial_state": {"joints": {}, "cube": {"position": [0.2, 0.0, 0.015], "yaw": 3.0}},
        "success": success,
        "length": 100 + number if success else 750,
        "time_to_success": round((100 + number) / 30, 4) if success else None,
        "total_reward": float(number),
        "failure": None if success else "time_out",
    }
    return Episode(**{**fields, **changes})


def test_figures_are_those_computed_by_hand():
    episodes = [episode(number, success=number not in (2, 5)) for number in range(6)]
    episodes[5] = episode(5, success=False, failure="diverged", length=3)
    summary = summarize(episodes)
    assert (summary["episodes"], summary["successes"], summary["success_rate"]) == (6, 4, 4 / 6)
    assert summary["success_rate_interval"] == list(wilson_interval(4, 6))
    assert summary["failures"] == {"diverged": 1, "time_out": 1}
    assert summary["time_to_success"]["mean"] == pytest.approx((100 + 101 + 103 + 104) / 4 / 30, abs=1e-4)
    assert summary["time_to_success"]["median"] == pytest.approx(102 / 30, abs=1e-4)
    assert summary["length"] == {"mean": (100 + 101 + 750 + 103 + 104 + 3) / 6, "median": 102}
    assert summary["return"] == {"mean": 2.5, "median": 2.5}


def test_subtasks_are_counted_with_their_interval_and_objects_an_episode():
    placed = ([True, True, True, True], [True, False, True, False], [False, False, False, False], None)
    names = ("orange001_on_plate", "orange002_on_plate", "orange003_on_plate", "arm_at_rest")
    scene = {"joints": {}, **{name: {} for name in ("Orange001", "Orange002", "Orange003", "Plate")}}
    summary = summarize(
        [
            episode(
                number,
                success=False,
                initial_state=scene,
                subtasks=dict(zip(names, masks, strict=True)) if masks else {},
            )
            for number, masks in enumerate(placed)
        ]
    )
    assert list(summary["subtasks"]) == list(names)
    assert summary["subtasks"]["orange001_on_plate"] == {
        "episodes": 3,  # an earlier version played the fourth
        "reached": 2,
        "rate": 2 / 3,
        "interval": list(wilson_interval(2, 3)),
    }
    assert [figures["reached"] for figures in summary["subtasks"].values()] == [2, 1, 2, 1]
    assert summary["objects"] == {"on_plate": {"mean": 5 / 3, "of": 3}}
    one = summarize([episode(0, success=True, subtasks={"cube_picked": True})])
    assert one["subtasks"]["cube_picked"]["rate"] == 1 and one["objects"] == {}


def write_evaluation(folder: Path, successes: str, seed: int = 5, first: int = 0) -> Path:
    """Write an evaluation with one episode for each letter, a success where it is S."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"env_id": "LeIsaac-SO101-LiftCube-SmolVLA-v0", "seed": seed}))
    log = EpisodeLog(folder / "episodes.jsonl")
    for number, letter in enumerate(successes, start=first):
        log.append(episode(number, letter == "S"))
    return folder


def test_two_evaluations_are_compared_episode_by_episode(tmp_path, capsys):
    first = write_evaluation(tmp_path / "a", "SSSSS.....SSSSSSSSSS....")
    second = write_evaluation(tmp_path / "b", "SSSS.SSSSSSSSSSSSSSS....")
    assert cli.main(["eval", "--compare", str(first), str(second), "--json"]) == 0
    comparison = json.loads(capsys.readouterr().out)
    assert [comparison[key] for key in ("episodes", "both", "only_first", "only_second", "neither")] == [
        24,
        14,
        1,
        5,
        4,
    ]
    assert comparison["difference"] == pytest.approx(4 / 24)
    assert comparison["mcnemar_p_value"] == pytest.approx(2 * (1 + 6) / 2**6)
    low, high = comparison["difference_interval"]
    assert low < 0 < 4 / 24 < high
    assert cli.main(["eval", "--compare", str(first), str(second)]) == 0
    assert re.search(r"difference +\+16\.7 points", capsys.readouterr().out)


def test_what_cannot_be_compared_is_refused(tmp_path, capsys):
    first = write_evaluation(tmp_path / "a", "SS.")
    other_seed = write_evaluation(tmp_path / "b", "SS.", seed=6)
    other_episodes = write_evaluation(tmp_path / "c", "SS.", first=3)
    for second, message in (
        (other_seed, "has seed 5 and .*b 6: only evaluations of the same episodes"),
        (other_episodes, "have no episode in common"),
        (tmp_path / "missing", "missing holds no evaluation"),
    ):
        assert cli.main(["eval", "--compare", str(first), str(second)]) == 1
        assert re.search(message, capsys.readouterr().err)
    assert compare_folders(first, write_evaluation(tmp_path / "d", ".S", first=1))["episodes"] == 2


def test_a_line_that_is_no_episode_is_named(tmp_path):
    folder = write_evaluation(tmp_path / "a", "SSS")
    path = folder / "episodes.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1][:40], lines[2]]) + "\n")
    with pytest.raises(ValueError, match=r"episodes.jsonl, line 2, is no episode"):
        EpisodeLog(path)
    assert path.read_text().count("\n") == 3, "nothing is lost"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "pass --checkpoint, or --compare"),
        (["--checkpoint", "x", "--resume"], "pass --out, the folder of the evaluation to go on with"),
        (["--checkpoint", "x", "--out", "OUT", "--episodes", "0"], "episodes is 0"),
        (["--checkpoint", "x", "--out", "OUT", "--episodes", "999999999999"], "expected a whole number of 1 or more"),
        (["--checkpoint", "x", "--out", "OUT", "--num-envs", "0"], "num_envs is 0"),
        (["--checkpoint", "x", "--out", "OUT", "--time-limit", "0"], "time_limit is 0"),
        (["--checkpoint", "x", "--out", "OUT", "--task", "FoldCloth"], "no task 'FoldCloth'"),
        (["--checkpoint", "x", "--out", "OUT", "--rename-map", "front"], "rename map is 'front', expected JSON"),
        (["--checkpoint", "nowhere/at/all", "--out", "OUT"], "checkpoint 'nowhere/at/all' is no directory"),
    ],
)
def test_a_bad_argument_is_one_line(arguments, message, tmp_path, capsys):
    out = tmp_path / "out"
    assert cli.main(["eval", *(str(out) if argument == "OUT" else argument for argument in arguments)]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("leisaac: error: ") and message in error
