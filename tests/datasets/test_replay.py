"""`leisaac replay`, as a user runs it."""

import json
import re
import shutil
from pathlib import Path

import av
import numpy as np
import pandas as pd
import pytest
from commands import run

from lerobot_env_leisaac import cli
from lerobot_env_leisaac.cli.replay import _show
from lerobot_env_leisaac.datasets.replay import EpisodeReplay
from lerobot_env_leisaac.robots.so101.spec import SO101


def change_rows(root: Path, change) -> None:
    """Change every row's numbers by a function of a table, in place."""
    for path in (root / "data").rglob("*.parquet"):
        table = pd.read_parquet(path)
        change(table)
        table.to_parquet(path)


def change_info(root: Path, change) -> None:
    """Change what `info.json` says, in place."""
    path = root / "meta" / "info.json"
    info = json.loads(path.read_text())
    change(info)
    path.write_text(json.dumps(info))


def reorder_joints(root: Path) -> None:
    """Write states and actions in other orders of the joints, each its own, and name them so."""
    orders = {"observation.state": [5, 0, 3, 1, 2, 4], "action": [4, 5, 2, 0, 1, 3]}

    def reorder(table: pd.DataFrame) -> None:
        for key, order in orders.items():
            table[key] = [row[order] for row in table[key]]

    def rename(info: dict) -> None:
        for key, order in orders.items():
            info["features"][key]["names"] = [f"{SO101.channel_names[joint]}.pos" for joint in order]

    change_rows(root, reorder)
    change_info(root, rename)


def push_the_arm_aside(root: Path) -> None:
    """Change the actions of episode 1 alone."""

    def push(table: pd.DataFrame) -> None:
        table["action"] = [
            row + np.float32(10) * (episode == 1)
            for row, episode in zip(table["action"], table["episode_index"], strict=True)
        ]

    change_rows(root, push)


def forget_actions(root: Path) -> Path:
    """Make the manifest one of those that did not say what episodes hold."""
    path = root / "meta" / "leisaac.json"
    content = json.loads(path.read_text())
    for episode in content["episodes"]:
        del episode["actions_sha256"]
    path.write_text(json.dumps(content))
    return root


@pytest.fixture(scope="module")
def replays(recordings, tmp_path_factory):
    """How the recordings, and changed copies of them, went again."""
    folder = tmp_path_factory.mktemp("replays")
    clean, noisy = recordings.folder / "clean", recordings.folder / "noisy"
    reorder_joints(shutil.copytree(clean, folder / "reordered"))
    push_the_arm_aside(forget_actions(shutil.copytree(clean, folder / "pushed")))
    slower = shutil.copytree(clean, folder / "slower")
    change_info(slower, lambda info: info.update(fps=25))
    commands = {
        "clean": f"leisaac replay {clean} --json",
        "noisy": f"leisaac replay {noisy} --json",
        "video": f"leisaac replay {clean} --episode 2 0 --video {folder}/again.mp4",
        "reordered": f"leisaac replay {folder}/reordered --episode 1 --json --cameras wrist,front"
        f" --video {folder}/two.mp4",
        "pushed": f"leisaac replay {folder}/pushed --episode 0 1",
        "slower": f"leisaac replay {slower}",
        "delete": f"lerobot-edit-dataset --repo_id=clean --root={clean} --new_repo_id=edited --new_root={folder}/edited"
        " --operation.type=delete_episodes --operation.episode_indices=[1]",
        "declare": f"leisaac declare {folder}/edited --original {clean}",
        "edited": f"leisaac replay {folder}/edited --episode 1 2 --json",
    }
    return folder, run(folder / "replaying", commands)


@pytest.mark.parametrize(("name", "episodes"), [("clean", [0, 1, 2, 3]), ("noisy", [0, 1]), ("reordered", [1])])
def test_what_was_recorded_goes_the_same_way_again(replays, name, episodes):
    result = replays[1][name]
    assert result.status == 0, result.err[-3000:]
    replayed = json.loads(result.out)
    assert [each["episode"] for each in replayed] == episodes
    for each in replayed:
        assert each["success"] and each["recorded_success"] and each["same"]
        assert max(each["error_deg"]) < 1e-3, "on the same device hardly a bit is another"


def test_episodes_that_lerobots_editing_numbered_anew_begin_where_they_were_recorded(replays):
    for name in ("delete", "declare", "edited"):
        assert replays[1][name].status == 0, replays[1][name].err[-3000:]
    again, before = (json.loads(replays[1][name].out) for name in ("edited", "clean"))
    assert [each["length"] for each in again] == [each["length"] for each in before[2:]]
    assert all(each["same"] and each["success"] for each in again)


def test_the_table_and_the_video_show_the_episodes_that_were_asked_for(replays):
    folder, results = replays
    assert results["video"].status == 0, results["video"].err[-3000:]
    assert "2 of 2 episodes went the same way" in results["video"].out
    rows = re.findall(r"^(\d+) +(\d+) .*again", results["video"].out, re.MULTILINE)
    assert [int(episode) for episode, _ in rows] == [2, 0]
    heads = re.search(r"^Largest state error \[deg\] *\nepisode  frames  (.*)$", results["video"].out, re.MULTILINE)
    assert heads[1].split() == [*SO101.channel_names, "success"]
    assert "Warp" not in results["video"].err, "what a machine without a GPU is told about CUDA"
    with av.open(str(folder / "again.mp4")) as video:
        frames = sum(1 for _ in video.decode(video=0))
        assert (frames, video.streams.video[0].average_rate) == (int(rows[0][1]), 30)
        assert (video.streams.video[0].height, video.streams.video[0].width) == (96, 3 * 128)


def test_the_video_shows_the_cameras_that_were_asked_for(replays):
    assert replays[1]["reordered"].status == 0, replays[1]["reordered"].err[-3000:]
    with av.open(str(replays[0] / "two.mp4")) as video:
        assert (video.streams.video[0].height, video.streams.video[0].width) == (96, 2 * 128)


def test_other_actions_go_another_way_and_that_is_status_1(replays):
    result = replays[1]["pushed"]
    assert result.status == 1
    assert "1 of 2 episodes went the same way" in result.out


def test_another_frame_rate_is_refused(replays):
    result = replays[1]["slower"]
    assert result.status == 1
    assert "has fps 25, the manifest 30" in result.error


def test_a_reading_that_is_no_number_is_an_error():
    assert not EpisodeReplay(0, 10, (0.0, float("nan"), 0.0, 0.0, 0.0, 0.0), True, True).same


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("DATASET --episode 4", r"no episode 4 in dataset .*clean, expected one of 0..3"),
        ("DATASET --episode -1", r"no episode -1 in dataset"),
        ("DATASET --cameras front", r"--cameras is about the video: say --video, too"),
        ("DATASET --cameras side --video again.mp4", r"cameras is \('side',\), expected names among \['front', 'top'"),
        ("UNDESCRIBED", r"undescribed has no meta/leisaac.json, .*: expected one that leisaac record wrote"),
        (
            "MISMATCHED",
            r"mismatched holds none of the episodes that its meta/leisaac.json describes",
        ),
        ("FOLDER", r"no dataset in "),
    ],
)
def test_what_cannot_be_replayed_is_one_line(recordings, arguments, message, tmp_path, capsys):
    clean = recordings.folder / "clean"
    places = {"DATASET": clean, "FOLDER": tmp_path}
    places |= {name: tmp_path / name.lower() for name in ("UNDESCRIBED", "MISMATCHED")}
    manifest = Path("meta") / "leisaac.json"
    (shutil.copytree(clean, places["UNDESCRIBED"]) / manifest).unlink()
    shutil.copytree(clean, places["MISMATCHED"])
    shutil.copy(recordings.folder / "noisy" / manifest, places["MISMATCHED"] / manifest)
    assert cli.main(["replay", *(str(places.get(argument, argument)) for argument in arguments.split())]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("leisaac: error: ") and re.search(message, error), error


def test_the_table_is_whole_on_a_terminal_of_80_columns(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes it for a terminal
    monkeypatch.setenv("COLUMNS", "80")
    _show("Largest state error [deg]", SO101.channel_names, "success", [("0", "85", *["0.0000"] * 6, "NOT AGAIN")])
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line).rstrip() for line in capsys.readouterr().out.splitlines()]
    assert max(map(len, lines)) <= 80
    assert [line.split() for line in lines[1:3]] == [
        ["shoulder", "shoulder", "elbow", "wrist", "wrist"],
        ["episode", "frames", "pan", "lift", "flex", "flex", "roll", "gripper", "success"],
    ]
    assert lines[3].split() == ["0", "85", *["0.0000"] * 6, "NOT", "AGAIN"]
