"""The jaws of the packaged robot: flat, parallel at the cube's edge, and as far open as the real ones."""

import math

import numpy as np
import pinocchio
import pytest
from pxr import Usd, UsdGeom, UsdPhysics, UsdShade
from scipy.optimize import brentq

from lerobot_env_leisaac.assets import files
from lerobot_env_leisaac.robots.so101.spec import SO101

CUBE_EDGE = 0.03015
# Gripper angle [deg] and distance between the tips [m], measured on the SO-101's meshes.
TIP_GAPS = {-10: 0.0041, 0: 0.0163, 10: 0.0301, 20: 0.0437, 30: 0.0571, 45: 0.0763, 60: 0.0942, 80: 0.1155, 100: 0.1334}
ROOT = "/so101_follower"


@pytest.fixture(scope="module")
def stage() -> Usd.Stage:
    return Usd.Stage.Open(str(files.resolve(SO101.file, "packaged").path))


def jaw_in_gripper(stage, angle: float) -> np.ndarray:
    joint = UsdPhysics.RevoluteJoint(stage.GetPrimAtPath(f"{ROOT}/joints/gripper"))
    quat = joint.GetLocalRot0Attr().Get()
    turn = pinocchio.Quaternion(quat.GetReal(), *map(float, quat.GetImaginary())).toRotationMatrix()
    origin = pinocchio.SE3(turn, np.array(joint.GetLocalPos0Attr().Get(), dtype=float))
    return (origin * pinocchio.SE3(pinocchio.utils.rotate("z", angle), np.zeros(3))).homogeneous


def pad(stage, body: str) -> np.ndarray:
    """Pose of a unit cube that is the pad, in its body's frame."""
    cache = UsdGeom.XformCache()
    prim = stage.GetPrimAtPath(f"{ROOT}/{body}/collisions/pad")
    return np.array(cache.ComputeRelativeTransform(prim, stage.GetPrimAtPath(f"{ROOT}/{body}"))[0]).T


def fixed_face(stage) -> np.ndarray:
    """Inner face of the fixed jaw: middle, and middle of the edge at the tip, in the gripper frame."""
    return (pad(stage, "gripper") @ np.array([(0.5, 0, 0, 1), (0.5, 0, -0.5, 1)]).T).T[:, :3]


def moving_face(stage, angle: float) -> np.ndarray:
    """Inner face of the moving jaw, in the gripper frame."""
    corners = np.array([(-0.5, 0, 0, 1), (-0.5, -0.5, 0, 1)])
    return (jaw_in_gripper(stage, angle) @ pad(stage, "jaw") @ corners.T).T[:, :3]


def ray_to_box(stage, box: Usd.Prim, frame: np.ndarray, origin: np.ndarray, direction: int) -> float:
    """Distance along the x axis of a frame, in its units, from a point of it to a box; infinite past the box."""
    to_box = np.linalg.inv(np.array(UsdGeom.Xformable(box).GetLocalTransformation()).T) @ frame
    start, step = (to_box @ (*origin, 1.0))[:3], to_box[:3, 0] * direction
    with np.errstate(divide="ignore", invalid="ignore"):
        crossings = (np.array([[-0.5], [0.5]]) - start) / step
    enter, leave = crossings.min(axis=0).max(), crossings.max(axis=0).min()
    return enter if 0 < enter <= leave else math.inf


def gap(stage, angle: float) -> float:
    return (moving_face(stage, angle) - fixed_face(stage))[0, 0]


@pytest.fixture(scope="module")
def holding_angle(stage) -> float:
    """Gripper angle at which the middles of the inner faces are one cube edge apart."""
    return brentq(lambda angle: gap(stage, angle) - CUBE_EDGE, -0.17, 1.0)


def test_faces_are_parallel_when_they_hold_the_cube(stage, holding_angle):
    fixed_normal = pad(stage, "gripper")[:3, 0]
    moving_normal = (jaw_in_gripper(stage, holding_angle) @ pad(stage, "jaw"))[:3, 0]
    cosine = fixed_normal @ moving_normal / np.linalg.norm(fixed_normal) / np.linalg.norm(moving_normal)

    assert math.degrees(math.acos(min(cosine, 1.0))) < 1.0


def test_faces_are_opposite_and_wide_enough(stage, holding_angle):
    fixed, moving = fixed_face(stage), moving_face(stage, holding_angle)

    np.testing.assert_allclose(fixed[:, 1:], moving[:, 1:], atol=1e-3)
    assert 2 * np.linalg.norm(fixed[1] - fixed[0]) >= CUBE_EDGE, "the faces are at least as long as the cube"


@pytest.mark.parametrize("degrees", TIP_GAPS)
def test_tips_open_as_far_as_the_real_ones(stage, degrees):
    distance = np.linalg.norm(moving_face(stage, math.radians(degrees))[1] - fixed_face(stage)[1])

    assert distance == pytest.approx(TIP_GAPS[degrees], abs=0.003)


def test_jaws_do_not_pass_through_each_other_when_closed(stage):
    assert (moving_face(stage, math.radians(-10)) - fixed_face(stage))[:, 0].min() > 0


@pytest.mark.parametrize("body", ["gripper", "jaw"])
def test_one_sees_the_face_where_the_cube_meets_it(stage, body):
    """Rays from between the jaws meet the drawn finger in the plane of the collision pad, all over the pad."""
    inwards = 1 if body == "gripper" else -1
    boxes = [prim for prim in stage.GetPrimAtPath(f"{ROOT}/{body}/visuals").GetChildren() if prim.IsA(UsdGeom.Cube)]
    along, across = np.linspace(-0.49, 0.49, 9), np.linspace(-0.49, 0.49, 5)
    long_axis = 2 if body == "gripper" else 1
    seen = []
    for u in along:
        for v in across:
            origin = np.array([2.0 * inwards, u, v] if long_axis == 1 else [2.0 * inwards, v, u])  # in pads
            seen.append(2.0 - min(ray_to_box(stage, box, pad(stage, body), origin, -inwards) for box in boxes))

    np.testing.assert_allclose(np.array(seen) * 0.009, 0.0045, atol=1e-4)


@pytest.mark.parametrize("body", ["gripper", "jaw"])
def test_jaws_grip(stage, body):
    for prim in stage.GetPrimAtPath(f"{ROOT}/{body}/collisions").GetChildren():
        material, _ = UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial("physics")
        assert UsdPhysics.MaterialAPI(material.GetPrim()).GetDynamicFrictionAttr().Get() == pytest.approx(1.0)


def test_tips_reach_the_table_on_both_sides_of_a_cube(stage, holding_angle):
    """With the gripper upright and its tips on the table, the faces cover a cube from bottom to top."""
    fixed = fixed_face(stage)
    tip, top = fixed[1, 2], 2 * fixed[0, 2] - fixed[1, 2]
    lowest = min(
        (frame @ (x, y, z, 1))[2]
        for body, place in (("gripper", np.eye(4)), ("jaw", jaw_in_gripper(stage, holding_angle)))
        for prim in stage.GetPrimAtPath(f"{ROOT}/{body}/collisions").GetChildren()
        for frame in [place @ np.array(UsdGeom.Xformable(prim).GetLocalTransformation()).T]
        for x, y, z in np.ndindex(2, 2, 2)
        for x, y, z in [(x - 0.5, y - 0.5, z - 0.5)]
    )

    assert lowest == pytest.approx(tip, abs=1e-4), "nothing reaches below the tips"
    assert top - tip >= CUBE_EDGE
