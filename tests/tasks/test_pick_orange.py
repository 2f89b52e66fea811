"""The pick-orange task on real physics: its rule, its oranges, and a solver without room for them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lerobot_env_leisaac.scenes.kitchen_with_orange import KITCHEN_WITH_ORANGE
from lerobot_env_leisaac.tasks.lift_cube.spec import SPEC as LIFT_CUBE
from lerobot_env_leisaac.tasks.pick_orange.spec import ORANGES, SPEC

CROWDED = Path(__file__).with_name("crowded.py")


@pytest.fixture
def report(played) -> dict:
    return played(SPEC)


def test_oranges_and_plate_never_overlap_wherever_an_episode_puts_them():
    places = {name: torch.tensor(body.position)[:2] for name, body in KITCHEN_WITH_ORANGE.objects.items()}
    for first in range(len(places)):
        for second in range(first):
            names = list(places)[first], list(places)[second]
            nearest = ((places[names[0]] - places[names[1]]).abs() - 0.06).clamp(min=0).norm()
            radii = sum(0.024 if name in ORANGES else 0.10 for name in names)
            assert nearest > radii + 0.02, f"{names} come within {nearest:.3f} m"


def test_an_orange_that_rolls_stops(report):
    assert all(0.01 < distance < 0.025 for distance in report["rolled"]["distance"])
    assert report["rolled"]["speed"] < 1e-3


def test_it_is_done_when_every_orange_is_on_the_plate_and_the_arm_rests_for_a_fifth_of_a_second(report):
    *before, last = report["rule"]
    assert len(before) == 5 and not any(any(step["success"]) or step["final"] for step in before)
    assert last["success"] == [True, False, False, False] and last["final"]


def test_info_tells_each_subtask_at_the_end_of_an_episode_too(report):
    for step in report["rule"]:
        assert tuple(step["subtasks"]) == SPEC.subtasks
        assert step["subtasks"] == {
            "orange001_on_plate": [True, False, True, True],
            "orange002_on_plate": [True, True, False, True],
            "orange003_on_plate": [True, True, True, True],
            "arm_at_rest": [True, True, True, False],
        }


def test_lift_cube_tells_its_subtask(env):
    env.reset(seed=0)
    *_, info = env.step(torch.zeros(4, 6))
    assert tuple(info["subtasks"]) == LIFT_CUBE.subtasks
    assert not torch.stack(list(info["subtasks"].values())).any()


def test_the_jaws_around_an_orange_are_leisaacs_mark_of_a_picked_one(report):
    assert report["demonstrated"]["held_at"][1] < 0.60


def test_an_arm_that_shakes_does_not_drop_them(report):
    assert report["shaken"]["placed"] == [True] * 4


@pytest.mark.parametrize(
    ("limit", "complaint"),
    (
        ("nconmax", r"needs \d\d contacts an environment where it has room for 2 \(max_contacts of the task"),
        ("njmax", r"needs more than the \d+ rows of constraints it has room for \(max_constraints of the task"),
        ("iterations", r"needs more iterations than it may take \(sim.physics.solver_cfg.iterations\)"),
    ),
)
def test_a_solver_without_room_is_heard_once(limit, complaint):
    process = subprocess.run([sys.executable, CROWDED, limit], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    assert len(re.findall(f"the physics is not to be trusted, the solver {complaint}", process.stderr)) == 1
