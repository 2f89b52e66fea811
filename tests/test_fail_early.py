"""What cannot be done is refused in one line, before the simulator is imported."""

import json
import os
import subprocess
import sys
from pathlib import Path

import checkpoints
import pytest

from lerobot_env_leisaac.keywords import Keywords

SIMULATOR = "isaaclab,isaaclab_tasks,warp,newton,pxr"

WRONG_OPTIONS = {
    "--task FoldCloth": "no task 'FoldCloth', expected one of LiftCube",
    "--seed -1": "seed is -1",
    "--seed 4294967296": "4294967295 at most",
    "--num-envs 0": "num_envs is 0, expected a whole number of 1 or more",
    "--num-envs 99999999": "num_envs is 99999999",
    "--episodes 0": "episodes is 0",
    "--episodes 999999999999": "episodes is 999999999999",
    "--units degres": "unknown unit convention 'degres'",
    "--units ''": "units is ''",
    "--units broken.yaml": "broken.yaml: missing joints",
    "--variation darkness": "unknown variation 'darkness'",
    "--variation broken.yaml": "broken.yaml: unknown source",
    "--variation stranger.yaml": "variation stranger: the task's scene has no object Plate, expected some of cube",
    "--physics bullet": "physics is 'bullet', expected one of",
    "--physics ''": "physics is ''",
    "--physics isaacsim_physx": "uv sync --inexact --extra isaacsim",
    "--physics physx": "physics=physx runs on an NVIDIA GPU alone, and there is none here",
    "--device gpu": "device is 'gpu', expected 'cpu' or 'cuda:<index>'",
    "--cameras front,side": "cameras is ('front', 'side'), expected names among ['front', 'top', 'wrist', 'wrist_kit']",
    "--cameras front front": "names front twice",
    "--image-size 0 128": "image_size is (0, 128)",
}
"""Options of every command that plays, and what is said about them."""

PLAYED = {
    "--time-limit 0": "time_limit is 0",
    "--time-limit nan": "time_limit is nan",
    "--instruction ' '": "instruction is ' '",
    f"--instruction {'x' * 1001}": "instruction has 1,001 characters, expected 1,000 at most",
    "--rename-map front": "rename map is 'front'",
}
"""Options of the commands that let a policy play."""

COMMANDS = {
    **{f"play --expert {option}": error for option, error in WRONG_OPTIONS.items()},
    **{f"play {option}": error for option, error in (WRONG_OPTIONS | PLAYED).items()},
    **{f"eval --checkpoint packaged {option}": error for option, error in (WRONG_OPTIONS | PLAYED).items()},
    **{f"record --out new {option}": error for option, error in WRONG_OPTIONS.items()},
    "play --checkpoint NO_SUCH": "checkpoint 'NO_SUCH' is no directory here",
    "play --checkpoint packaged --expert": "exclude each other",
    "play --expert --n-action-steps 5": "--n-action-steps is about a policy",
    "play --video nowhere/lift.mp4": "cannot write nowhere/lift.mp4",
    "play --plot-actions broken.yaml/plots": "cannot write into broken.yaml/plots",
    "play --viz hologram": "no viewer 'hologram'",
    "eval": "pass --checkpoint",
    "eval --policy-server http://127.0.0.1:1": "policy_server is 'http://127.0.0.1:1', expected an address such as",
    "eval --policy-server ws://127.0.0.1:1 --checkpoint packaged": "--checkpoint does not go with --policy-server ws:/",
    "eval --policy-server ws://127.0.0.1:1 --server-timeout 0": "server_timeout is 0.0, expected seconds above 0",
    "eval --policy-server ws://127.0.0.1:1": "no policy server at ws://127.0.0.1:1",
    "play --policy-server ws://127.0.0.1:1 --policy-format openpi_so102": "unknown policy format 'openpi_so102'",
    "eval --policy-server ws://127.0.0.1:1 --policy-format broken.yaml": "broken.yaml: missing protocol",
    "eval --policy-server ws://127.0.0.1:1 --policy-format gr00t_so101": "is of the protocol gr00t",
    "eval --policy-server zmq://127.0.0.1:1": "give --policy-format, one of",
    "eval --policy-server grpc://192.0.2.1 --checkpoint packaged": "or pass --allow-pickle",
    "eval --policy-server grpc://127.0.0.1:1": "pass --checkpoint, as it finds it, too",
    "eval --policy-format openpi_so101 --checkpoint packaged": "pass --policy-server URL too",
    "eval --checkpoint packaged packaged": "--checkpoint names one of packaged, packaged twice",
    "record --out new --image-size 33 48 --vcodec h264": "--image-size is 33 48, expected even numbers",
    "eval --checkpoint packaged --gpus all": "no NVIDIA GPU that works: pass --cpus N, or --ray",
    "eval --checkpoint packaged --gpus some --ray auto": "gpus is 'some', expected all or how many",
    "eval --checkpoint packaged --gpus 2 --cpus 2": "--gpus and --cpus are two ways to say it",
    "eval --checkpoint packaged --cpus 0": "cpus is 0, expected a whole number of 1 or more",
    "eval --checkpoint packaged --cpus 2 --device cuda:1": "--cpus does not go with --device cuda:1",
    "eval --checkpoint packaged --gpus 2 --device cuda:1 --ray auto": "which --device cuda:1 contradicts",
    "eval --checkpoint packaged --ray nowhere": "ray is 'nowhere', expected HOST:PORT of a cluster, or auto",
    "eval --checkpoint packaged --cpus 2 --ray 127.0.0.1:1": "there is no Ray cluster at 127.0.0.1:1",
    "eval --checkpoint packaged --cpus 2 --replay lift.html": "--replay is of one process",
    "record --out new --gpus 2 --cpus 2": "--gpus and --cpus are two ways to say it",
    "record --out new --gpus all": "no NVIDIA GPU that works: pass --cpus N, or --ray",
    "record --out new --cpus 2 --device cuda:1": "--cpus does not go with --device cuda:1",
    "record --out new --cpus 2 --ray 127.0.0.1:1": "there is no Ray cluster at 127.0.0.1:1",
    "eval --policy-server ws://127.0.0.1:1 --cpus 2": "a policy server is asked by one process",
    "play --policy-server ws://127.0.0.1:1 --expert": "--policy-server and --expert exclude each other",
    "serve": "pass --checkpoint DIR",
    "serve --checkpoint packaged --port 65536": "port is 65536, expected a whole number of 0 or more",
    "eval --checkpoint ./NO/SUCH/DIR": "is no directory here",
    "eval --checkpoint packaged --out broken.yaml/out": "cannot write into broken.yaml/out",
    "eval --compare NO_SUCH packaged": "NO_SUCH",
    "eval --checkpoint packaged --out /proc/results": "/proc is no writable folder",
    "play --video /proc/lift.mp4": "cannot write /proc/lift.mp4",
    "record --out broken.yaml": "cannot write into broken.yaml",
    "record --out dataset": "dataset is not empty: add --resume",
    "eval --checkpoint packaged --out evaluated": "evaluated holds an evaluation already",
    "record --out new --noise nan": "noise is nan",
    "record --out new --workers 0": "workers is 0",
    "replay NO_SUCH": "no dataset in NO_SUCH",
    "replay nobody/none": "no dataset in nobody/none",
    "replay dataset --physics bullet": "physics is 'bullet', expected one of",
    "replay dataset --device tpu": "device is 'tpu'",
    "replay dataset --video nowhere/again.mp4": "cannot write nowhere/again.mp4",
    "replay dataset --episode 7": "no episode 7 in dataset dataset, expected one of 0..0",
    "replay foreign": "dataset foreign has no meta/leisaac.json",
    "convert NO_SUCH --units degrees --out new": "no dataset in NO_SUCH",
    "convert NO_SUCH.hdf5 --out new": "no file NO_SUCH.hdf5",
    "convert broken.yaml --out new": "broken.yaml is no HDF5 file",
    "convert NO_SUCH.hdf5 --out new --fps 0": "fps is 0",
    "convert NO_SUCH.hdf5 dataset --out new": "files and datasets are converted apart",
    "convert NO_SUCH.hdf5 --out new --task FoldCloth": "no task 'FoldCloth'",
    "convert NO_SUCH.hdf5 --out new --units degres": "unknown unit convention 'degres'",
    "convert NO_SUCH.hdf5 --out dataset": "dataset is not empty",
    "convert NO_SUCH.hdf5 --out new --joint-order a b": "--joint-order is a b, expected an order of shoulder_pan",
    "convert NO_SUCH.hdf5 --out new --only-success --all": "exclude each other",
    "convert NO_SUCH.hdf5 --out new --rename-cameras a=b": "--rename-cameras has nothing to do with HDF5 files",
    "convert NO_SUCH.hdf5 --out new --instruction ' '": "instruction is ' '",
    f"convert NO_SUCH.hdf5 --out new --instruction {'x' * 1001}": "instruction has 1,001 characters",
    f"record --out new --instruction {'x' * 1001}": "instruction has 1,001 characters",
    "convert dataset --out new": "nothing to convert: say --units NAME",
    "convert dataset --out new --skip-first 5": "--skip-first has nothing to do with a LeRobot dataset",
    "convert dataset --out new --rename-cameras front": "expected OLD=NEW",
    "convert dataset --out nowhere/a.hdf5 --to hdf5": "cannot write nowhere/a.hdf5",
    "convert dataset --out broken.yaml --to hdf5": "broken.yaml is there already",
    "declare dataset": "say what to declare",
    "check NO_SUCH": "no dataset in NO_SUCH",
    "check dataset --units degres": "unknown unit convention 'degres'",
    "check dataset --html nowhere/report.html": "cannot write nowhere/report.html",
    "check dataset --checkpoint NO_SUCH": "is no directory here",
    "audit NO_SUCH": "is no directory here",
    "audit packaged-act-of-nobody": "is no directory here",
    "audit packaged --units degres": "unknown unit convention 'degres'",
    "audit packaged --task FoldCloth": "no task 'FoldCloth'",
    "audit packaged --cameras left": "cameras is ('left',)",
    "audit packaged --rename-map '[1]'": "rename map is '[1]'",
}

USAGE = {
    "play --policy.path=DIR": "--policy.path is no option here: use --checkpoint DIR",
    "play --env.task=LiftCube": "use --task NAME",
    "eval --eval.n_episodes=5": "use --episodes INT",
    "eval --env.fps=30": "--env.fps is an option of LeRobot's commands",
    "check --dataset.repo_id=me/lift": "use --out DIR; check and replay take the dataset's folder or id",
    "play --headless": "leave it out: no window opens without --viz",
    "list --yaml": "--yaml",
    "record --out --debug": "--out",
}
"""Command lines whose grammar is wrong: exit status 2."""

KEYWORDS = {
    "dict(num_envs=0)": "num_envs is 0, expected a whole number of 1 or more",
    "dict(num_envs=True)": "num_envs is True",
    "dict(num_envs=2.0)": "num_envs is 2.0",
    "dict(num_envs=np.array([2, 3]))": "num_envs is array([2, 3])",
    "dict(seed=-1)": "seed is -1",
    "dict(seed=2**32)": "seed is 4294967296",
    "dict(seed='a')": "seed is 'a'",
    "dict(device='gpu')": "device is 'gpu'",
    "dict(device=5)": "device is 5",
    "dict(physics='bullet')": "physics is 'bullet'",
    "dict(physics='isaacsim_physx')": "physics=isaacsim_physx is not installed (only for Isaac Sim: in a clone",
    "dict(physics='ovphysx')": "physics=ovphysx runs on an NVIDIA GPU alone, and there is none here",
    "dict(time_limit=0)": "time_limit is 0, expected more than 0 seconds",
    "dict(time_limit=float('inf'))": "time_limit is inf",
    "dict(max_steps=5)": "unknown keyword max_steps for gym.make",
    "dict(cfg=5)": "cfg is a int, expected the resolved configuration",
    "dict(cfg='x')": "cfg is a str",
}
"""Keywords of both ids."""

POLICY_KEYWORDS = {
    "dict(units='degres')": "unknown unit convention 'degres'",
    "dict(units=5)": "units is 5, expected a name",
    "dict(cameras=5)": "cameras is 5, expected a sequence of names",
    "dict(cameras={'front': 1})": "cameras is {'front': 1}",
    "dict(cameras='front')": "cameras is 'front'",
    "dict(cameras=('front', 'side'))": "expected names among ['front', 'top', 'wrist', 'wrist_kit']",
    "dict(cameras=('front', 'front'))": "names front twice",
    "dict(image_size=128)": "image_size is 128, expected (height, width)",
    "dict(image_size={96: 1, 128: 1})": "image_size is {96: 1, 128: 1}",
    "dict(image_size=(96, -1))": "image_size is (96, -1)",
    "dict(image_format='jpeg')": "image_format is 'jpeg', expected one of ['float_chw', 'uint8_hwc']",
    "dict(checkpoint=5)": "checkpoint is 5, expected a directory",
    "dict(checkpoint={})": "checkpoint is {}",
    "dict(rename_map=[1])": "rename_map is [1], expected names by names",
    "dict(rename_map={'a': 1})": "rename_map is {'a': 1}",
    "dict(rename_map={'observation.images.nope': 'observation.images.front'})": "renames 'observation.images.nope', wh",
    "dict(variation=5)": "variation is 5",
    "dict(variation={'cube_mass': 'heavy'})": "variation: cube_mass: expected a number",
    "dict(variation={'objects': {'Plate': {'mass': 2}}})": "scene has no object Plate, expected some of cube",
    "dict(variation={'objects': {'cube': {'weight': 2}}})": "variation: objects.cube: unknown weight; expected some of",
    "dict(variation='darkness')": "unknown variation 'darkness'",
    "dict(instruction='')": "instruction is ''",
    "dict(instruction='x' * 1001)": "instruction has 1,001 characters",
    "dict(render_mode='human')": "render_mode is 'human', expected one of",
}

UNFIT = {
    "audit cameras --units degrees": "the policy looks through left",
    "play --checkpoint cameras --units degrees": "the policy looks through left",
    "eval --checkpoint cameras --units degrees": "the policy looks through left",
    "gym.make: dict(checkpoint='cameras')": "the policy looks through left",
    "audit act --units radians": "units",
    "play --checkpoint act --units radians": "does not fit the environment",
    "eval --checkpoint act --units radians": "does not fit the environment",
    "gym.make: dict(checkpoint='act', units='radians')": "does not fit the environment",
    "play --checkpoint act --n-action-steps 0": "n_action_steps is 0, expected 1 to",
    "eval --checkpoint act --n-action-steps 9999": "n_action_steps is 9999, expected 1 to",
    "eval --checkpoint act --vlm-path .": "reads no language",
    "play --checkpoint weightless": "has no model.safetensors",
    "audit dataset": "has no config.json",
}
"""Checkpoints that cannot act: LeRobot is needed to say so, the simulator is not."""


def run(folder: Path, heavy: str, cases: list[str]) -> dict:
    """Return what became of each case, in a process of its own."""
    (folder / "cases.json").write_text(json.dumps(cases))
    process = subprocess.run(
        [sys.executable, Path(__file__).with_name("refusals.py"), heavy, "cases.json", "results.json"],
        cwd=folder,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "hf"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr[-3000:]
    return json.loads((folder / "results.json").read_text())


def assert_refused(case: str, found: dict, expected: str, status: int | str) -> None:
    """Assert that a case ended in one line that says what is wrong, without what takes long."""
    error = found["error"]
    assert found["imported"] == [], case
    assert found["status"] == status, (case, error)
    assert error.rstrip("\n").count("\n") == 0, (case, error)
    assert expected in error, (case, error)
    if status in (1, 2):
        assert error.startswith("leisaac: error: "), (case, error)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("refusals")
    (folder / "broken.yaml").write_text("source: nowhere\n")
    (folder / "stranger.yaml").write_text("description: not for every task\nobjects: {Plate: {mass: 2}}\n")
    (folder / "foreign" / "meta").mkdir(parents=True)
    (folder / "foreign" / "meta" / "info.json").write_text("{}")
    (folder / "evaluated").mkdir()
    (folder / "evaluated" / "episodes.jsonl").write_text("{}\n")
    write_dataset(folder / "dataset")
    return folder


def test_a_wrong_argument_costs_less_than_two_seconds_and_imports_nothing_heavy(folder):
    commands = {case: (error, 1) for case, error in COMMANDS.items()}
    commands |= {case: (error, 2) for case, error in USAGE.items()}
    for make, keywords in (("gym.make", KEYWORDS | POLICY_KEYWORDS), ("gym.make_isaaclab", KEYWORDS)):
        commands |= {f"{make}: {case}": (error, "ValueError") for case, error in keywords.items()}
    commands["gym.make: dict(checkpoint='NO_SUCH')"] = ("is no directory here", "FileNotFoundError")
    report = run(folder, f"torch,lerobot,{SIMULATOR}", list(commands))
    for case, (expected, status) in commands.items():
        assert_refused(case, report["cases"][case], expected, status)
    # of two runs: caches that other processes empty cost processor time too
    again = run(folder, f"torch,lerobot,{SIMULATOR}", list(commands))
    startup_s = min(report["startup_s"], again["startup_s"])
    for case in commands:
        cpu_s = startup_s + min(each["cases"][case]["cpu_s"] for each in (report, again))
        assert cpu_s < 2, f"processor time [s] from the command line to the error of {case}"
    assert not (folder / "new").exists(), "refused, and yet begun"


def test_a_checkpoint_that_cannot_act_is_refused_without_the_simulator(folder):
    checkpoints.make_act(folder / "act", statistics=checkpoints.reference_statistics())
    checkpoints.make_act(folder / "cameras", cameras=("left",), statistics=checkpoints.reference_statistics())
    checkpoints.make_act(folder / "weightless", statistics=checkpoints.reference_statistics())
    next((folder / "weightless").rglob("model.safetensors")).unlink()
    report = run(folder, SIMULATOR, list(UNFIT))["cases"]
    for case, expected in UNFIT.items():
        found = report[case]
        if case.startswith("audit") and found["error"] == "":
            assert found["imported"] == [] and found["status"] == 1, case  # its verdict is its output
        else:
            assert_refused(case, found, expected, "ValueError" if case.startswith("gym") else 1)


def test_numbers_and_sequences_are_taken_however_they_come():
    np = pytest.importorskip("numpy")
    keywords = Keywords(
        num_envs=np.int64(2),
        seed=np.uint32(7),
        image_size=np.array([96, 128]),
        cameras=["front", "wrist"],
        time_limit=np.float32(2),
        variation={"cube_mass": 2},
    ).checked(("front", "top", "wrist"))
    assert (keywords.num_envs, keywords.seed, keywords.image_size) == (2, 7, (96, 128))
    assert (keywords.cameras, keywords.time_limit) == (("front", "wrist"), 2.0)
    assert all(type(value) is int for value in (keywords.num_envs, keywords.seed, *keywords.image_size))


def write_dataset(dataset: Path) -> None:
    """Write what `leisaac record` writes of one episode, but for its pictures."""
    import pandas as pd

    from lerobot_env_leisaac import units
    from lerobot_env_leisaac.datasets.manifest import Manifest, RecordedEpisode

    length, task = 9, "Lift the red cube up."
    info = {"codebase_version": "v3.0", "fps": 30, "total_episodes": 1, "total_frames": length}
    files = {
        "meta/tasks.parquet": pd.DataFrame({"task_index": [0]}, index=[task]),
        "meta/episodes/chunk-000/file-000.parquet": pd.DataFrame(
            {"episode_index": [0], "length": [length], "tasks": [[task]]}
        ),
        "data/chunk-000/file-000.parquet": pd.DataFrame({"episode_index": [0] * length, "index": range(length)}),
    }
    for name, table in files.items():
        (dataset / name).parent.mkdir(parents=True, exist_ok=True)
        table.to_parquet(dataset / name)
    (dataset / "meta" / "info.json").write_text(json.dumps({**info, "features": {"observation.images.front": {}}}))
    Manifest(
        task="LiftCube",
        env_id="LeIsaac-SO101-LiftCube-SmolVLA-v0",
        units=units.load("degrees"),
        seed=0,
        fps=30,
        noise_deg=0.0,
        variation=None,
        instruction=task,
        cameras={"front": (96, 128)},
        video=True,
        device="cpu",
        physics="newton_mjwarp",
        versions={},
        episodes=[RecordedEpisode(episode_index=0, episode=0, length=length, success=True, initial_state={})],
    ).write(dataset)
