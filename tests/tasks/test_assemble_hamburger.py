"""The assemble-hamburger task on real physics: its rule."""

import itertools
import math

import pytest

from lerobot_env_leisaac.scenes.kitchen_with_hamburger import (
    KITCHEN_WITH_HAMBURGER,
    KITCHEN_WITH_HAMBURGER_TWO_ARMS,
    WIDTH,
)
from lerobot_env_leisaac.tasks.assemble_hamburger.spec import CHEESE, PLATE, SPEC, STACKED


@pytest.fixture
def report(played) -> dict:
    return played(SPEC)


@pytest.mark.parametrize("scene", (KITCHEN_WITH_HAMBURGER, KITCHEN_WITH_HAMBURGER_TWO_ARMS))
def test_layers_and_plate_lie_apart_wherever_an_episode_puts_them(scene):
    radii, scatter = {PLATE: 0.060, CHEESE: WIDTH / math.sqrt(2)}, 2 * 0.02 * math.sqrt(2)
    for one, other in itertools.combinations(scene.objects.values(), 2):
        touching = sum(radii.get(body.path, WIDTH / 2) for body in (one, other))
        assert math.dist(one.position, other.position) - scatter > touching, f"{one.path} and {other.path} may touch"


def test_it_is_done_when_all_layers_lie_in_order_and_the_arm_rests_for_a_fifth_of_a_second(report):
    *before, last = report["rule"]
    held = [step for step in before if all(mask[0] for mask in step["subtasks"].values())]
    assert len(held) >= 5 and not any(any(step["success"]) or step["final"] for step in before)
    assert last["success"] == [True, False, False, False] and last["final"]


def test_a_layer_in_the_wrong_order_or_in_the_air_is_not_in_place(report):
    last = report["rule"][-1]
    assert last["speed"][2] < 0.02, "it is where it is that counts, not its speed"
    assert last["subtasks"] == {
        "bottom_bun_on_plate": [True, True, True, True],
        "patty_on_bottom_bun": [True, False, True, True],
        "cheese_on_patty": [True, False, True, True],
        "top_bun_on_cheese": [True, False, False, True],
        "arm_at_rest": [True, True, True, False],
    }


def test_a_layer_too_far_off_the_middle_or_still_sliding_is_not_in_place(report):
    last = report["edges"][-1]
    assert last["subtasks"]["cheese_on_patty"] == [True] * 4
    assert last["subtasks"]["top_bun_on_cheese"] == [False, False, True, False]


def test_it_is_not_done_while_the_jaws_are_at_the_hamburger(report):
    steps = report["edges"]
    assert all(steps[-1]["subtasks"][name][2] for name in SPEC.subtasks)
    assert not any(any(step["success"]) for step in steps)


def test_a_layer_may_lie_upside_down(report):
    assert all(all(report["turned_over"]["subtasks"][name]) for name in STACKED)
