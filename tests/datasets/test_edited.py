"""After LeRobot's own editing the manifest does not lie: episodes are found by their actions, strangers are named."""

import dataclasses
import json
import shutil

import pytest
from lerobot.datasets import LeRobotDataset
from lerobot.datasets.dataset_tools import delete_episodes, merge_datasets, modify_tasks, remove_feature, split_dataset

from lerobot_env_leisaac import cli, robots, units
from lerobot_env_leisaac.datasets import episode_content
from lerobot_env_leisaac.datasets import manifest as manifests
from lerobot_env_leisaac.datasets.manifest import Manifest, RecordedEpisode
from lerobot_env_leisaac.datasets.preflight import require_replayable
from lerobot_env_leisaac.datasets.untouched import present, require_extendable
from lerobot_env_leisaac.declaration import OF_DATASET

TASK = "Lift the red cube up."


def describe(root, seed=3, convention="degrees") -> Manifest:
    """Write the manifest that `leisaac record` would have written; the start of an episode says which one it is."""
    contents = episode_content.digests(root, robots.DEFAULT.channel_names)
    manifest = Manifest(
        task="LiftCube",
        env_id="LeIsaac-SO101-LiftCube-SmolVLA-v0",
        units=units.load(convention),
        seed=seed,
        fps=30,
        cameras={},
        instruction=TASK,
        dropped=[5, 7],
        conversions=[{"of": root.name}],
        episodes=[
            RecordedEpisode(index, 2 * index, length, True, start(f"{root.name} {index}"), sha256)
            for index, (length, sha256) in contents.items()
        ],
    )
    manifest.write(root)
    return manifest


@pytest.fixture
def recorded(write, demonstrate, tmp_path):
    root = write(tmp_path / "recorded", [demonstrate(seed, images=False) for seed in range(4)])
    return root, describe(root)


def edited(operation, *roots, out, **arguments):
    datasets = [LeRobotDataset(root.name, root) for root in roots]
    operation(datasets if len(roots) > 1 else datasets[0], output_dir=out, **arguments)
    return out


def start(name: str) -> dict:
    """Return the state of a scene that holds something of a name."""
    still = {"root_pose": [0.0] * 6 + [1.0], "root_velocity": [0.0] * 6}
    robot = {**still, "joint_position": [0.0] * 6, "joint_velocity": [0.0] * 6}
    return {"articulation": {"robot": robot}, "rigid_object": {"cube": still, name: still}}


def starts(manifest) -> list[str]:
    return [
        max(each.initial_state["rigid_object"])
        for each in sorted(manifest.episodes, key=lambda each: each.episode_index)
    ]


def test_what_is_left_after_deletion_is_found_under_its_new_numbers(recorded, tmp_path, capsys):
    root, manifest = recorded
    out = edited(delete_episodes, root, out=tmp_path / "deleted", episode_indices=[1], repo_id="deleted")
    assert manifests.read(out) is None, "LeRobot drops it"
    shutil.copy(root / OF_DATASET, out / OF_DATASET)
    now, found = present(out, manifest)
    assert starts(now) == ["recorded 0", "recorded 2", "recorded 3"]
    assert (found.renumbered, found.missing, found.strangers) == (2, 1, [])
    assert starts(require_replayable(out, [2])) == starts(now)
    with pytest.raises(ValueError, match=r"no episode 3 in dataset .*, expected one of 0..2"):
        require_replayable(out, [3])
    with pytest.raises(ValueError, match="2 under another number, 1 are gone"):
        require_extendable(out, manifest, manifest)
    assert cli.main(["check", str(out)]) == 0
    said = capsys.readouterr().out
    assert "another tool edited the dataset: 3 of its episodes are those of the manifest, 2 under another" in said
    assert "3 of 3 episodes succeeded" in said

    assert cli.main(["convert", str(out), "--units", "radians", "--out", str(tmp_path / "radians")]) == 0
    assert starts(manifests.read(tmp_path / "radians")) == starts(now)
    assert present(tmp_path / "radians", manifests.read(tmp_path / "radians"))[1] is None


def test_what_is_merged_is_declared_by_its_originals(recorded, write, demonstrate, tmp_path, capsys):
    root, _ = recorded
    other = write(tmp_path / "other", [demonstrate(seed, 50, images=False) for seed in (7, 8)])
    describe(other, seed=9)
    out = edited(merge_datasets, other, root, out=tmp_path / "merged", output_repo_id="merged")
    declare = ["declare", str(out), "--original"]
    assert cli.main([*declare, str(root)]) == 1
    assert f"episode 0, 1 of {out} is of none of {root}" in capsys.readouterr().err
    assert cli.main([*declare, str(root), str(other)]) == 0
    assert f"4 episodes of {root}, 2 episodes of {other}" in capsys.readouterr().out
    manifest = manifests.read(out)
    assert starts(manifest) == ["other 0", "other 1", *(f"recorded {i}" for i in range(4))]
    assert [(each.seed, each.episode) for each in manifest.episodes[:3]] == [(9, 0), (9, 2), (3, 0)]
    assert require_replayable(out, []) == manifest
    assert cli.main(["check", str(out)]) == 0
    assert cli.main([*declare, str(root), str(other)]) == 1
    assert "add --replace" in capsys.readouterr().err

    stranger = edited(merge_datasets, root, other, out=tmp_path / "with_strangers", output_repo_id="merged")
    shutil.copy(root / OF_DATASET, stranger / OF_DATASET)
    assert len(require_replayable(stranger, []).episodes) == 4
    with pytest.raises(ValueError, match="does not know episode 5, which came in when it was edited"):
        require_replayable(stranger, [5])
    assert cli.main(["check", str(stranger)]) == 1
    assert "it does not know episode 4, 5" in capsys.readouterr().out
    assert cli.main(["convert", str(stranger), "--units", "radians", "--out", str(tmp_path / "no")]) == 1
    assert "may be in other units" in capsys.readouterr().err


def test_a_split_and_another_order_are_told_by_the_actions_alone(recorded, tmp_path):
    root, manifest = recorded
    folder = edited(split_dataset, root, out=tmp_path / "split", splits={"first": [0, 1], "last": [2, 3]})
    turned = edited(merge_datasets, folder / "last", folder / "first", out=tmp_path / "turned", output_repo_id="t")
    shutil.copy(root / OF_DATASET, turned / OF_DATASET)
    assert starts(present(turned, manifest)[0]) == [f"recorded {i}" for i in (2, 3, 0, 1)]
    with pytest.raises(ValueError, match="4 under another number"):
        require_extendable(turned, manifest, manifest)


def test_cameras_and_instruction_are_those_of_the_edited_dataset(video_dataset, tmp_path, capsys):
    cameras = dict.fromkeys(("front", "top", "wrist"), (96, 128))
    dataclasses.replace(describe(video_dataset), cameras=cameras).write(video_dataset)
    out = edited(
        remove_feature, video_dataset, out=tmp_path / "two", feature_names="observation.images.top", repo_id="two"
    )
    modify_tasks(LeRobotDataset("two", out), new_task="Up with it.")
    assert cli.main(["declare", str(out), "--original", str(video_dataset)]) == 0
    manifest = manifests.read(out)
    assert (list(manifest.cameras), manifest.instruction) == (["front", "wrist"], "Up with it.")
    assert (manifest.video, manifest.vcodec, manifest.dropped) == (True, "h264", [5, 7])
    assert require_replayable(out, []) == manifest
    assert cli.main(["check", str(out)]) == 0, capsys.readouterr().out

    modify_tasks(LeRobotDataset("two", out), episode_tasks={0: "Up.", 1: "Down.", 2: "Up."})
    assert cli.main(["declare", str(out), "--original", str(video_dataset), "--replace"]) == 0
    assert manifests.read(out).instruction is None
    assert cli.main(["check", str(out)]) == 0, capsys.readouterr().out


def test_runs_that_number_their_episodes_alike_are_merged(recorded, write, demonstrate, tmp_path, capsys):
    """As conversions do, which have no seed; the first episode of one is also the second of the other."""
    root, _ = recorded
    other = write(tmp_path / "other", [demonstrate(seed, images=False) for seed in (7, 0)])
    describe(other)
    out = edited(merge_datasets, other, root, out=tmp_path / "merged", output_repo_id="merged")
    originals = [str(root), str(other)]
    assert cli.main(["declare", str(out), "--original", *originals]) == 0
    manifest = require_replayable(out, [])
    assert sorted(starts(manifest)) == ["other 0", "other 1", *(f"recorded {i}" for i in range(4))]
    assert sorted((each.seed, each.episode) for each in manifest.episodes) == [(3, i) for i in (0, 0, 2, 2, 4, 6)]
    *before, now = manifest.conversions
    assert (before, now["originals"]) == ([{"of": "recorded"}, {"of": "other"}], originals)
    cli.main(["check", str(out)])
    said = capsys.readouterr().out
    assert "6 of 6 episodes succeeded; 4 failures were dropped" in said
    assert "1 episodes are there twice" in said


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"units": units.load("radians")}, "is in degrees, .*other in radians: their episodes do not go into one"),
        ({"physics": "ovphysx"}, "recorded with physics newton_mjwarp, .* with ovphysx"),
        ({"noise_deg": 1.0}, "recorded with noise_deg 0.0"),
    ],
)
def test_originals_that_do_not_go_together_are_named(recorded, write, demonstrate, tmp_path, change, reason, capsys):
    root, _ = recorded
    other = write(tmp_path / "other", [demonstrate(7, images=False)])
    dataclasses.replace(describe(other), **change).write(other)
    out = edited(merge_datasets, root, other, out=tmp_path / "merged", output_repo_id="merged")
    assert cli.main(["declare", str(out), "--original", str(root), str(other)]) == 1
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(capsys.readouterr().err)
    assert not (out / OF_DATASET).exists()


def test_units_that_were_declared_otherwise_are_not_overwritten(recorded, tmp_path, capsys):
    root, _ = recorded
    out = edited(delete_episodes, root, out=tmp_path / "deleted", episode_indices=[1], repo_id="deleted")
    assert cli.main(["declare", str(out), "--units", "radians"]) == 0
    assert cli.main(["declare", str(out), "--original", str(root)]) == 1
    assert "declares radians already, the original degrees: add --replace" in capsys.readouterr().err
    assert manifests.read(out) is None
    assert cli.main(["declare", str(out), "--original", str(root), "--replace"]) == 0
    assert manifests.read(out).units == units.load("degrees")


def test_what_cannot_be_declared_is_one_line(recorded, write, demonstrate, tmp_path, capsys):
    root, _ = recorded
    bare = write(tmp_path / "bare", [demonstrate(7, images=False)])
    for arguments, reason in (
        ([str(bare)], "say what to declare"),
        ([str(bare), "--original", str(bare)], "has no manifest of leisaac record"),
        ([str(bare), "--original", str(root)], f"no episode of {bare} is one of {root}"),
    ):
        assert cli.main(["declare", *arguments]) == 1
        assert reason in capsys.readouterr().err
    content = json.loads((root / OF_DATASET).read_text())
    for episode in content["episodes"]:
        del episode["actions_sha256"]
    (root / OF_DATASET).write_text(json.dumps(content))
    assert cli.main(["declare", str(bare), "--original", str(root)]) == 1
    assert "did not note what its episodes hold" in capsys.readouterr().err
