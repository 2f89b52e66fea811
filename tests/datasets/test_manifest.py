"""What a manifest may say, what older and newer ones say, and what tells that another tool changed its dataset."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lerobot_env_leisaac import cli, units
from lerobot_env_leisaac.datasets import manifest as manifests
from lerobot_env_leisaac.datasets.manifest import Manifest, RecordedEpisode
from lerobot_env_leisaac.datasets.options import RecordOptions
from lerobot_env_leisaac.datasets.preflight import planned, require_recordable, require_replayable
from lerobot_env_leisaac.datasets.untouched import changes, require_untouched
from lerobot_env_leisaac.declaration import OF_DATASET

TASK = "Lift the red cube up."


def make(lengths=(40, 40, 40)) -> Manifest:
    return Manifest(
        task="LiftCube",
        env_id="LeIsaac-SO101-LiftCube-SmolVLA-v0",
        units=units.load("degrees"),
        seed=3,
        fps=30,
        cameras={},
        variation="demonstrations",
        variation_values={"start_pose_deg": [-5, 5]},
        instruction=TASK,
        episodes=[RecordedEpisode(i, 2 * i, length, True, {}) for i, length in enumerate(lengths)],
    )


@pytest.fixture
def recorded(write, demonstrate, tmp_path):
    """A dataset with the manifest that belongs to it."""
    root = write(tmp_path / "recorded", [demonstrate(seed, images=False) for seed in range(3)])
    make().write(root)
    return root


def edit(root, change) -> None:
    path = root / OF_DATASET
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_what_is_written_is_read(recorded):
    assert manifests.read(recorded) == make()
    assert list(changes(recorded, make())) == []


def test_an_episodes_own_seed_comes_first_zero_too():
    manifest = make()
    own, *_ = manifest.episodes
    assert [manifest.seed_of(replace(own, seed=seed)) for seed in (None, 0, 7)] == [3, 0, 7]


def test_files_of_other_versions_are_read(recorded):
    def older(content):
        content["format"] = 1
        for name in ("variation_values", "instruction", "physics", "servo"):
            del content[name]

    edit(recorded, older)
    read = manifests.read(recorded)
    assert (read.world, read.instruction, read.physics) == ("demonstrations", None, "newton_mjwarp")
    assert read.servo == "tracking"
    edit(recorded, lambda content: content.update(format=7, of_a_later_version={"a": 1}))
    assert manifests.read(recorded).episodes == make().episodes


def test_units_may_be_declared_alone_and_by_name(recorded, capsys):
    (recorded / OF_DATASET).write_text('{"units": "degrees"}')
    assert manifests.read(recorded) is None
    assert manifests.declared_units(recorded) == units.load("degrees")
    cli.main(["check", str(recorded)])
    assert "declared degrees" in capsys.readouterr().out


TWO = 2**80


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        *((lambda c, v=value: c.update(seed=v), "seed is") for value in (-1, TWO, "5", 1.5, None, True)),
        *((lambda c, v=value: c.update(noise_deg=v), "noise_deg is") for value in (float("nan"), -1, 1e308, "x")),
        *((lambda c, v=value: c.update(versions=v), "versions is") for value in (None, [1], {"torch": 2})),
        *((lambda c, v=value: c["episodes"][1].update(episode=v), "episode is") for value in (-7, 10**30, None)),
        (lambda c: c["episodes"][1].update(c["episodes"][0]), "episode_index 0 is there twice"),
        (lambda c: c["episodes"][1].update(episode=0), "episode 0 is there twice"),
        (lambda c: c["episodes"][1].pop("length"), "missing length"),
        (lambda c: c["episodes"].append(5), r"episodes\[3\] is 5"),
        (lambda c: c.update(episodes=5), "not iterable"),
        (lambda c: c.update(cameras={"front": [0, 5]}), "cameras.front is 0"),
        (lambda c: c.update(cameras=[1]), "no attribute 'items'"),
        (lambda c: c.update(fps=0), "fps is 0"),
        (lambda c: c.update(task="x" * 100_000), "task is x"),
        (lambda c: c.pop("seed"), "missing 'seed'"),
        (lambda c: c.update(units="/etc/passwd"), "no convention /etc/passwd"),
        (lambda c: c.update(units=5), "units: expected a table or a name"),
        (lambda c: c.update(env_id="a_module_of_theirs:Lift-v0"), "env_id is 'a_module_of_theirs:Lift-v0'"),
        (lambda c: c.update(variation_values=[1]), "variation_values is"),
    ],
)
def test_what_no_recording_says_is_refused_in_one_line(recorded, change, reason):
    edit(recorded, change)
    with pytest.raises(ValueError, match=reason) as refused:
        manifests.read(recorded)
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 500


@pytest.mark.parametrize("text", ["", "[1]", "{", "[" * 100_000, "null", '{"units": []}'])
def test_damaged_files_are_refused_by_the_command(recorded, text, capsys):
    (recorded / OF_DATASET).write_text(text)
    assert cli.main(["check", str(recorded)]) == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("leisaac: error: ") and "meta/leisaac.json" in error


@pytest.mark.parametrize(
    "put",
    [
        lambda path: path.symlink_to(path.name),
        lambda path: path.symlink_to("not downloaded"),
        lambda path: path.mkdir(),
        os.mkfifo,
        lambda path: path.symlink_to("/proc/self/mem"),
    ],
)
def test_what_is_there_and_cannot_be_read_is_no_silence(tmp_path, put):
    path = tmp_path / OF_DATASET
    assert manifests.read(tmp_path) is manifests.declared_units(tmp_path) is None
    path.parent.mkdir()
    put(path)
    for read in (manifests.read, manifests.declared_units):
        with pytest.raises(ValueError, match=r"leisaac\.json (is|cannot be read)"):
            read(tmp_path)


def lose_an_episode(root):
    """What `lerobot-edit-dataset` does, but for the manifest, which is put back."""
    manifest = (root / OF_DATASET).read_bytes()
    command = [sys.executable, "-m", "lerobot.scripts.lerobot_edit_dataset", "--repo_id=me/recorded", f"--root={root}"]
    command += [f"--new_root={root}_new", "--new_repo_id=me/new"]
    command += ["--operation.type=delete_episodes", "--operation.episode_indices=[1]"]
    subprocess.run(command, capture_output=True, check=False)
    shutil.rmtree(root)
    shutil.move(f"{root}_new", root)
    (root / OF_DATASET).write_bytes(manifest)


def reword(root):
    path = root / "meta" / "tasks.parquet"
    tasks = pd.read_parquet(path)
    tasks.index = pd.Index(["Pick it up."], name=tasks.index.name)
    tasks.to_parquet(path)


def double(root):
    path = next((root / "data").rglob("*.parquet"))
    rows = pq.read_table(path)
    pq.write_table(pa.concat_tables([rows, rows.slice(80)]), path)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lose_an_episode, "has total_episodes 2, the manifest 3"),
        (reword, "has 'Pick it up.', the manifest 'Lift the red cube up.'"),
        (double, "holds 160 rows of 3 episodes, the manifest 120 of 3"),
        (lambda root: make((40, 40)).write(root), "has total_episodes 3, the manifest 2"),
        (
            lambda root: edit(root, lambda c: c.update(cameras={"front": [96, 128]})),
            "the cameras none, the manifest front",
        ),
    ],
)
def test_a_dataset_that_another_tool_changed_is_named(recorded, damage, reason, capsys):
    damage(recorded)
    manifest = manifests.read(recorded)
    with pytest.raises(ValueError, match=reason):
        require_untouched(recorded, manifest)
    assert cli.main(["check", str(recorded)]) == 1
    assert "another tool changed" in capsys.readouterr().out


RECORDED = {
    "units": "degrees",
    "seed": 3,
    "noise_deg": 0.0,
    "variation": "plan.yaml",
    "image_size": (96, 128),
    "cameras": (),
    "video": True,
    "vcodec": None,
    "physics": "newton_mjwarp",
    "instruction": None,
}
"""The settings of what `recorded` holds."""


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """A function that plans to go on with `recorded`, with changed settings."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.yaml").write_text("description: the arm starts elsewhere\nstart_pose_deg: [-5, 5]\n")
    return lambda **changed: planned(RecordOptions(task="LiftCube", **{**RECORDED, **changed}))


def test_the_same_recording_is_gone_on_with(recorded, plan):
    require_recordable(recorded, plan(), resume=True)
    with pytest.raises(FileExistsError, match="not empty: add --resume"):
        require_recordable(recorded, plan(), resume=False)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"seed": 4}, "was recorded with seed 3, now it is 4"),
        ({"noise_deg": 1.0}, "noise_deg 0.0, now it is 1.0"),
        ({"units": "radians"}, "units degrees, now it is radians"),
        ({"instruction": "Lift it."}, "instruction 'Lift the red cube up.', now it is 'Lift it.'"),
        ({"cameras": ("front",)}, r"cameras \{\}, now it is \{'front': \(96, 128\)\}"),
        ({"video": False}, "video True, now it is False"),
        ({"vcodec": "h264"}, "vcodec av1, now it is h264"),
        ({"physics": "newton_mjwarp_deterministic"}, "physics newton_mjwarp, now"),
        ({"servo": "identified"}, "servo tracking, now it is identified"),
        ({"variation": None}, r"another variation \(start_pose_deg \[-5, 5\], now it is unchanged\)"),
    ],
)
def test_other_settings_are_not_mixed_in(recorded, plan, changed, reason):
    with pytest.raises(ValueError, match=reason):
        require_recordable(recorded, plan(**changed), resume=True)


def test_an_edited_variation_is_another_world_and_the_recorded_one_is_replayed(recorded, plan, tmp_path):
    with open(tmp_path / "plan.yaml", "a") as file:
        file.write("cube_mass: 2\n")
    with pytest.raises(ValueError, match=r"another variation \(object_mass unchanged, now it is \[2, 2\]\)"):
        require_recordable(recorded, plan(), resume=True)
    with open(tmp_path / "plan.yaml", "a") as file:
        file.write("objects: {cube: {scale: 0.9}}\n")
    with pytest.raises(ValueError, match=r"objects.cube.scale unchanged, now it is \[0.9, 0.9\]"):
        require_recordable(recorded, plan(), resume=True)
    assert require_replayable(recorded, []).world == {"start_pose_deg": [-5, 5]}


def add_a_feature(root):
    path = root / "meta" / "info.json"
    info = json.loads(path.read_text())
    info["features"]["next.reward"] = {"dtype": "float32", "shape": [1], "names": None}
    path.write_text(json.dumps(info))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (reword, "has 'Pick it up.', the manifest 'Lift the red cube up.'"),
        (double, "holds 160 rows of 3 episodes"),
        (lambda root: make((40, 40, 40, 40)).write(root), "has total_episodes 3, the manifest 4"),
        (add_a_feature, "has next.reward as leisaac record does not write"),
    ],
)
@pytest.mark.parametrize("older", [False, True])
def test_what_another_tool_changed_is_not_gone_on_with(recorded, plan, damage, reason, older):
    damage(recorded)
    if older:  # which does not know its instruction
        edit(recorded, lambda content: content.pop("instruction"))
        reason = reason.replace("has 'Pick it up.', the manifest", "instruction 'Pick it up.', now it is")
    content = {path: path.read_bytes() for path in recorded.rglob("*") if path.is_file()}
    with pytest.raises(ValueError, match=reason):
        require_recordable(recorded, plan(), resume=True)
    assert content == {path: path.read_bytes() for path in recorded.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"env_id": "Elsewhere-v0"}, "no task 'Elsewhere-v0'"),
        ({"physics": "bullet"}, "physics is 'bullet'"),
        ({"variation_values": {"gravity": 1}}, "unknown gravity"),
        ({"variation_values": {"objects": {"Plate": {"mass": [2, 2]}}}}, "has no object Plate, expected some of cube"),
        ({"variation_values": None, "variation": "gone.yaml"}, "unknown variation 'gone.yaml'"),
    ],
)
def test_a_world_that_is_not_known_is_told_before_the_simulator_starts(recorded, change, reason):
    edit(recorded, lambda content: content.update(change))
    with pytest.raises(ValueError, match=reason):
        require_replayable(recorded, [])
