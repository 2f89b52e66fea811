"""The clean-toy-table task on real physics: its rule and its letters."""

import math

import pytest
import torch
from pxr import Usd, UsdGeom

from lerobot_env_leisaac.scenes.lightwheel_toyroom import BOX, LETTER_SIZE, LETTERS, LIGHTWHEEL_TOYROOM
from lerobot_env_leisaac.scenes.read import rigid_body
from lerobot_env_leisaac.tasks.clean_toy_table.spec import SPEC


@pytest.fixture
def report(played) -> dict:
    return played(SPEC)


def test_jaws_fit_between_letters_and_box_wherever_an_episode_puts_them():
    corner, jaws = math.hypot(*LETTER_SIZE[:2]) / 2, 0.03
    for letter in LETTERS:
        apart = (torch.tensor(letter.position) - torch.tensor(BOX.position))[:2].abs()
        beside = (
            (apart - 0.065 - 0.02 - 0.03).clamp(min=0).norm()
        )  # from the box's walls, both moved towards each other
        assert beside > corner + jaws, f"{letter.path} comes within {beside:.3f} m"


def test_it_is_done_when_both_letters_rest_in_the_box_and_the_arm_for_a_fifth_of_a_second(report):
    *before, last = report["rule"]
    assert len(before) == 5 and not any(any(step["success"]) or step["final"] for step in before)
    assert last["success"] == [True, False, False, False] and last["final"]


def test_a_letter_beside_the_box_in_the_air_above_it_or_still_moving_is_not_in_it(report):
    for step in report["rule"]:
        assert step["speed"][2] < 0.02, "it is where it is that counts, not its speed"
        assert step["subtasks"] == {
            "character_e_in_box": [True, False, False, True],
            "character_e_1_in_box": [True, True, False, True],
            "arm_at_rest": [True, True, True, False],
        }


def test_letters_of_one_name_are_told_apart_as_leisaac_does(tmp_path):
    stage = Usd.Stage.Open(Usd.Stage.Open(str(LIGHTWHEEL_TOYROOM.file.packaged_path)).Flatten())
    root = stage.GetDefaultPrim().GetPath()
    for kit, letter in (("Kit1", "Character_E"), ("Kit2", "Character_E_1")):
        UsdGeom.Xform.Define(stage, root.AppendChild(kit))
        editor = Usd.NamespaceEditor(stage)
        editor.MovePrimAtPath(root.AppendChild(letter), root.AppendChild(kit).AppendChild("Character_E"))
        assert editor.ApplyEdits()
    stage.GetRootLayer().Export(str(tmp_path / "scene.usda"))
    for kit, letter in zip(("Kit1", "Kit2"), LETTERS, strict=True):
        body = rigid_body(tmp_path / "scene.usda", letter.path)
        assert (body.path, body.position) == (f"{kit}/Character_E", letter.position)
