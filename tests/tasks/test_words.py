"""LiftCube among cubes of other colours, when the instruction says which one is meant."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from lerobot_env_leisaac import catalog, cli
from lerobot_env_leisaac.datasets import manifest as manifests
from lerobot_env_leisaac.datasets.untouched import require_untouched
from lerobot_env_leisaac.evaluation.episode import Episode
from lerobot_env_leisaac.evaluation.summary import summarize, summary_rows
from lerobot_env_leisaac.keywords import Keywords, checked_for
from lerobot_env_leisaac.tasks.common import variations
from lerobot_env_leisaac.tasks.common.choice import Draw
from lerobot_env_leisaac.tasks.common.variations import COLOR_WORDS

LIFT_CUBE = catalog.task("LiftCube")
OTHERS = ("distractor_1", "distractor_2", "distractor_3")
AWAY = 10.0
"""No camera sees what is farther away than this [m]."""


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> dict:
    """What `words_worlds.py` saw of eight environments."""
    report = tmp_path_factory.mktemp("words") / "seen.json"
    script = Path(__file__).with_name("words_worlds.py")
    process = subprocess.run([sys.executable, script, report], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    return json.loads(report.read_text())


def color_of(told: str) -> str:
    return told.removeprefix("Lift the ").removesuffix(" cube up.")


def test_the_cube_has_the_colour_that_its_instruction_names(seen):
    assert {color_of(told) for told in seen["told"]} <= set(COLOR_WORDS) and len(set(seen["told"])) > 1
    assert seen["in the space"] and seen["instructions"] == seen["told"]
    for told, color in zip(seen["told"], seen["colors"]["cube"], strict=True):
        named = min(COLOR_WORDS, key=lambda word: np.abs(np.subtract(COLOR_WORDS[word], color)).sum())
        assert named == color_of(told)


def test_no_two_cubes_have_one_colour(seen):
    for row in range(8):
        colors = [tuple(np.round(seen["colors"][name][row], 3)) for name in ("cube", *OTHERS)]
        assert len(set(colors)) == 4


def test_one_to_three_others_lie_on_the_table_with_room_between(seen):
    counts = set()
    for row in range(8):
        at = np.array([seen["places"][name][row] for name in ("cube", *OTHERS)])
        there = at[np.abs(at[:, 0]) < AWAY]
        counts.add(len(there) - 1)
        distances = np.linalg.norm(there[:, None] - there[None], axis=-1)[~np.eye(len(there), dtype=bool)]
        assert distances.min() > 0.06, "open jaws go between"
        assert np.abs(there[:, 1]).max() < 0.13 and np.abs(there[:, 0] - 0.24).max() < 0.1
    assert counts <= {1, 2, 3} and len(counts) > 1
    apart = np.subtract(seen["places later"]["distractor_2"], seen["places"]["distractor_2"])
    assert np.abs(apart).max() < 1e-3, "they lie still, those far away, too"


def test_lifting_another_cube_is_a_mistake_that_the_episode_keeps_and_no_success(seen):
    first, last = seen["mistakes"]
    assert first == [row == 2 for row in range(8)]
    assert last == first and not any(seen["success"]), "it has fallen down again"
    assert seen["made at last"][2] and not any(seen["made next"])


def test_an_episode_that_ends_and_the_next_one_are_told_their_own(seen):
    draw = Draw(LIFT_CUBE.choice, tuple(COLOR_WORDS), (1, 3))
    assert seen["told at last"] == seen["told"][2]
    assert seen["told next"] == draw.told(3, torch.tensor(seen["episodes next"]))
    assert seen["told elsewhere"][:2] == draw.told(3, torch.tensor([5, 8]))


def test_an_episode_is_the_same_wherever_it_is_played(seen):
    assert seen["told elsewhere"][0] == seen["told"][5]
    for name in ("cube", *OTHERS):
        assert seen["places elsewhere"][name][0] == pytest.approx(seen["places"][name][5], abs=1e-6)


def test_every_word_is_drawn_as_often_and_so_is_every_other_colour():
    colors = Draw(LIFT_CUBE.choice, tuple(COLOR_WORDS), (3, 3)).colors(1, torch.arange(4000))
    for column in range(4):
        assert torch.bincount(colors[:, column], minlength=4).min() > 850
    assert (colors.sort(dim=1).values == torch.arange(4)).all()
    alone = Draw(LIFT_CUBE.choice, (), (1, 1)).colors(1, torch.arange(100))
    assert (alone[:, 0] == list(COLOR_WORDS).index("red")).all(), "without words the cube keeps its colour"


@pytest.mark.parametrize(
    ("task", "given", "message"),
    [
        ("PickOrange", {"variation": "words"}, "needs an object that its colour tells from others, which PickOrange"),
        ("LiftCube", {"variation": "words", "instruction": "Lift it."}, "expected no instruction"),
        ("LiftCube", {"variation": {"color_words": ["red"], "object_color": [1, 0, 0]}}, "not both"),
        ("LiftCube", {"variation": {"color_words": ["pink"]}}, "expected some of red, green, blue, yellow"),
        ("LiftCube", {"variation": {"color_words": "red"}}, "expected some of red, green, blue, yellow"),
        ("LiftCube", {"variation": {"distractors": [1, 4]}}, "from 0 to 3"),
        ("LiftCube", {"variation": {"distractors": 1.5}}, "a whole number"),
    ],
)
def test_what_does_not_fit_is_refused_before_the_simulator(task, given, message):
    with pytest.raises(ValueError, match=message):
        checked_for(Keywords(**given), catalog.task(task))


def test_values_of_words_come_back_from_json():
    words = variations.load("words")
    assert variations.load(json.loads(json.dumps(words.changes))).changes == words.changes


def episode(number: int, color: str, success: bool, wrong: bool) -> Episode:
    return Episode(
        episode=number,
        seed=1,
        initial_state={},
        success=success,
        length=10,
        time_to_success=0.3 if success else None,
        total_reward=0.0,
        failure=None if success else "time_out",
        mistakes={"wrong_cube_lifted": wrong},
        instruction=f"Lift the {color} cube up.",
    )


def test_a_summary_says_how_often_the_wrong_cube_was_lifted_and_which_words_were_followed():
    played = [episode(0, "red", True, False), episode(1, "blue", False, True), episode(2, "red", True, True)]
    summary = summarize(played)
    assert summary["mistakes"]["wrong_cube_lifted"]["reached"] == 2
    followed = {text: figures["rate"] for text, figures in summary["by_instruction"].items()}
    assert followed == {"Lift the blue cube up.": 0.0, "Lift the red cube up.": 1.0}
    assert [Episode.from_json(each.to_json()) for each in played] == played
    plain = summarize([Episode(1, 1, {}, True, 3, 0.1, 0.0, None)])
    assert not {"mistakes", "by_instruction"} & set(plain)
    assert not {"mistakes", "instruction"} & set(Episode(1, 1, {}, True, 3, 0.1, 0.0, None).to_json())


@pytest.fixture(scope="module")
def commands(tmp_path_factory) -> Path:
    """A recording of two episodes and an evaluation of four, by the commands."""
    folder = tmp_path_factory.mktemp("commands")
    for words in (
        "record --task LiftCube --episodes 2 --num-envs 2 --image-size 48 64 --cameras front --seed 3 --out recorded",
        "eval --checkpoint packaged --episodes 4 --num-envs 4 --time-limit 1 --seed 3 --no-report --out played",
    ):
        command = ["leisaac", *words.split(), "--device", "cpu", "--variation", "words"]
        process = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert process.returncode == 0, process.stdout[-2000:] + process.stderr[-2000:]
    return folder


def test_each_recorded_episode_says_its_own_words(commands, seen):
    recorded = commands / "recorded"
    tasks = pd.read_parquet(recorded / "meta" / "tasks.parquet")
    episodes = pd.read_parquet(next((recorded / "meta" / "episodes").rglob("*.parquet")))
    told = {each.episode_index: seen["told"][each.episode] for each in manifests.read(recorded).episodes}
    assert {row.episode_index: row.tasks[0] for row in episodes.itertuples()} == told
    assert set(tasks.index) == set(told.values())
    assert cli.main(["check", str(recorded)]) == 0


def test_words_that_no_episode_was_told_show_that_a_recording_was_changed(commands):
    recorded = commands / "recorded"
    file = recorded / "meta" / "tasks.parquet"
    before = file.read_bytes()
    tasks = pd.read_parquet(file)
    tasks.rename(index={tasks.index[0]: "Lift the pink cube up."}).to_parquet(file)
    with pytest.raises(ValueError, match="pink"):
        require_untouched(recorded, manifests.read(recorded))
    file.write_bytes(before)
    require_untouched(recorded, manifests.read(recorded))


def test_results_say_what_each_episode_was_told(commands, seen):
    lines = [json.loads(line) for line in (commands / "played" / "episodes.jsonl").read_text().splitlines()]
    assert {line["episode"]: line["instruction"] for line in lines} == dict(enumerate(seen["told"][:4]))
    summary = json.loads((commands / "played" / "summary.json").read_text())
    assert summary["instruction"] == "Lift the {color} cube up."
    rows = dict(summary_rows(summary))
    assert "wrong_cube_lifted" in rows and all(told in rows for told in seen["told"][:4])
