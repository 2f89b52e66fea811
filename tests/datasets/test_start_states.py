"""What an episode may start from, told without a simulator."""

import copy
import math

import pytest

from lerobot_env_leisaac import catalog, cli, robots, units
from lerobot_env_leisaac.datasets.manifest import Manifest, RecordedEpisode
from lerobot_env_leisaac.datasets.start_states import impossible, missing

STILL = {"root_pose": [0.1, 0.2, 0.3, 0.0, 0.0, 0.6, 0.8], "root_velocity": [0.0] * 6}
STATE = {
    "articulation": {"robot": {**STILL, "joint_position": [0.1] * 6, "joint_velocity": [0.0] * 6}},
    "rigid_object": {"cube": STILL},
}


def changed(place: str, value):
    state = copy.deepcopy(STATE)
    kind, asset, quantity = place.split("/")
    if quantity == "*":
        state[kind].pop(asset)
    elif value is None:
        del state[kind][asset][quantity]
    else:
        state[kind][asset][quantity] = value
    return state


IMPOSSIBLE = [
    ("rigid_object/cube/root_pose", [0.0] * 3),
    ("rigid_object/cube/root_pose", [0.0] * 7),
    ("rigid_object/cube/root_pose", [1e30] * 7),
    ("rigid_object/cube/root_pose", [10**400] * 7),
    ("rigid_object/cube/root_pose", [math.nan] * 7),
    ("rigid_object/cube/root_pose", ["0"] * 7),
    ("rigid_object/cube/root_pose", 7),
    ("rigid_object/cube/root_velocity", [0.0] * 5),
    ("articulation/robot/joint_position", [0.0] * 5),
    ("articulation/robot/joint_velocity", [math.inf] * 6),
]
MISSING = [
    ("rigid_object/cube/*", None),
    ("articulation/robot/*", None),
    ("articulation/robot/joint_velocity", None),
    ("rigid_object/cube/root_velocity", None),
]


def test_a_recorded_state_is_possible_and_whole():
    assert impossible(STATE, robots.DEFAULT) is None and missing(STATE, catalog.task("LiftCube")) is None
    more = {**STATE, "rigid_object": {**STATE["rigid_object"], "plate": STILL}}
    assert impossible(more, robots.DEFAULT) is None and missing(more, catalog.task("LiftCube")) is None


CLOTH = {"nodal_position": [[0.1, 0.2, 0.3]] * 255, "nodal_velocity": [[0.0] * 3] * 255}


@pytest.mark.parametrize("positions", [7, [], [0.1], [[0.1, 0.2]], [[0.1, 0.2, 1e30]], [[0.1, 0.2, 0.3], "0"]])
def test_vertices_of_a_cloth_are_three_numbers_each(positions):
    arms = dict.fromkeys(("left_arm", "right_arm"), STATE["articulation"]["robot"])
    state = {"articulation": arms, "deformable_object": {"cloth": CLOTH}}
    task = catalog.task("FoldCloth-BiArm")
    assert impossible(state, task.robot) is None and missing(state, task) is None
    assert missing({"articulation": arms}, task) == "deformable_object/cloth"
    fewer = {"cloth": {**CLOTH, "nodal_velocity": CLOTH["nodal_velocity"][1:]}}
    assert missing({**state, "deformable_object": fewer}, task) == (
        "deformable_object/cloth/nodal_velocity of 255 vertices"
    )
    state["deformable_object"] = {"cloth": {**CLOTH, "nodal_position": positions}}
    assert impossible(state, task.robot).startswith("deformable_object/cloth/nodal_position")


@pytest.mark.parametrize("state", [7, {"articulation": 7}, {"rigid_object": {"cube": [0.0] * 7}}])
def test_what_is_no_state_is_none(state):
    assert impossible(state, robots.DEFAULT)


@pytest.mark.parametrize(("place", "value"), [*IMPOSSIBLE, *MISSING])
def test_replay_refuses_a_start_before_it_simulates(video_dataset, capsys, place, value):
    Manifest(
        task="LiftCube",
        env_id="LeIsaac-SO101-LiftCube-SmolVLA-v0",
        units=units.load("degrees"),
        seed=3,
        fps=30,
        cameras=dict.fromkeys(("front", "top", "wrist"), (96, 128)),
        instruction="Lift the red cube up.",
        episodes=[RecordedEpisode(i, i, 40, True, changed(place, value) if i == 1 else STATE) for i in range(3)],
    ).write(video_dataset)
    assert cli.main(["replay", str(video_dataset)]) == 1
    (error,) = capsys.readouterr().err.splitlines()
    assert "the start of episode 1 of dataset" in error
    assert place.removesuffix("/*") in error
