"""A shirt that two arms fold: it lies still, each episode has its own, jaws hold it by the rule and let it go."""

import json
import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import pytest

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.scenes.cloth import Cloth, rectangle
from lerobot_env_leisaac.tasks.fold_cloth_bi_arm.spec import CLOTH, FOLDED, FOLDED_DISTANCE

TASK = catalog.task("FoldCloth-BiArm")
SHIRT = TASK.scene.cloths[CLOTH]


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> dict:
    file = tmp_path_factory.mktemp("fold_cloth") / "report.json"
    command = [sys.executable, Path(__file__).with_name("fold_cloth_plays.py"), file]
    process = subprocess.run(command, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    return json.loads(file.read_text())


def test_an_episode_is_one_state_whenever_and_wherever_it_is_played(report):
    resets = report["resets"]
    assert resets["again"] == resets["elsewhere"] == 0.0
    assert resets["differ"] > 1e-3 and min(resets["lifted"]) > 0.03


def test_an_episode_restarts_flat_while_another_one_goes_on(report):
    resets = report["resets"]
    assert resets["restored"] == resets["untouched"] == 0.0
    assert resets["let_go"] < 1e-4, "what held it before holds it no more"


def test_it_lies_still(report):
    assert report["lies_still"]["moved"] < 1e-4


@pytest.mark.parametrize("what", ["right_arm", CLOTH])
def test_an_episode_whose_physics_breaks_down_ends(report, what):
    assert report["breaks_down"][what] == [[True, False]] * 2
    assert report["breaks_down"]["finite afterwards"]


def test_the_demonstrator_folds_it_with_both_arms(report):
    demonstrated = report["demonstrated"]
    assert demonstrated["won"] == [True] * 2
    for subtasks in demonstrated["subtasks"].values():
        assert tuple(subtasks) == TASK.subtasks and all(subtasks.values())


def test_jaws_lift_it_and_let_it_go(report):
    demonstrated = report["demonstrated"]
    assert min(demonstrated["highest"].values()) > 0.06
    assert 0 < demonstrated["farthest_held"] < 0.112, "what is held stays between the jaws"
    assert demonstrated["held_at_the_end"] == 0


def test_physics_that_it_has_not_is_refused_with_that_it_has():
    with pytest.raises(ValueError, match=r"physics is 'newton_mjwarp_deterministic', which FoldCloth-BiArm has not.*"):
        gym.make(TASK.lerobot_id, physics="newton_mjwarp_deterministic")


def test_the_rule_is_leisaacs_on_a_smaller_shirt():
    width = SHIRT.distance("left_sleeve", "right_sleeve")
    assert width == pytest.approx(0.308) and pytest.approx(0.20 * width / 0.65) == FOLDED_DISTANCE
    assert all(SHIRT.distance(*pair) > 2 * FOLDED_DISTANCE for pair in FOLDED.values()), "folded from the start"


def test_a_cloth_is_one_sheet_that_faces_up():
    cloth = Cloth(
        cells=rectangle(range(2), range(3)),
        cell=0.1,
        position=(0.0, 0.0),
        keypoints={"corner": (2, 3)},
        density=1.0,
        color=(1.0, 1.0, 1.0),
    )
    points, triangles = cloth.vertices, cloth.triangles
    assert len(points) == 12 and len(triangles) == 12
    assert points[cloth.index("corner")] == pytest.approx((0.3, 0.2, 0.0))
    area = 0.0
    for a, b, c in ((points[i] for i in triangle) for triangle in triangles):
        doubled = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        assert doubled > 0
        area += doubled / 2
    assert area == pytest.approx(0.06)


PAINTED = """
import json
import gymnasium as gym
import lerobot_env_leisaac

variation = {"object_color": [0.8, 0.1, 0.1], "object_brightness": [0.5, 1.0], "light_intensity": 0.5}
env = gym.make(
    "LeIsaac-SO101-FoldCloth-BiArm-SmolVLA-v0",
    num_envs=2, device="cpu", seed=0, cameras=("top",), image_size=(96, 128), variation=variation,
)
image = env.reset()[0]["observation.images.top"]
red, green, _ = image.unbind(dim=1)
is_red = (red > 2 * green) & (red > 0.1)
print(json.dumps([[int(mask.sum()), float(one[mask].mean())] for one, mask in zip(red, is_red)]))
"""


def test_its_color_varies_as_that_of_objects_does():
    process = subprocess.run([sys.executable, "-c", PAINTED], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-2000:]
    (pixels, first), (others, second) = json.loads(process.stdout.splitlines()[-1])
    assert min(pixels, others) > 300
    assert max(first, second) < 0.75 and abs(first - second) > 0.01, "dimmed, each episode by its own factor"


def test_a_mass_that_cloth_has_not_is_refused():
    with pytest.raises(ValueError, match=r"object_mass needs objects, and the task has none"):
        gym.make(TASK.lerobot_id, variation={"object_mass": 2.0})
