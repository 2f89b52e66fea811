"""The packaged robot file against the SO-101's published figures, written here a second time on purpose."""

import itertools
import math

import coal
import numpy as np
import pinocchio
import pytest
from pxr import Usd, UsdGeom, UsdPhysics

from lerobot_env_leisaac.assets import files
from lerobot_env_leisaac.robots.so101.spec import SO101

# mass, centre of mass, ixx iyy izz [1e-5], ixy ixz iyz [1e-6]
BODIES = {
    "base": (0.147, (0.0137179, -0.00005197, 0.0334843), (11.4686, 13.6117, 13.0364), (-0.459787, 4.97151, 0.0975275)),
    "shoulder": (
        0.100006,
        (-0.0307604, -0.0000167, -0.0252713),
        (8.3759, 8.10403, 2.39783),
        (0.0755525, -1.16342, 0.154663),
    ),
    "upper_arm": (
        0.103,
        (-0.0898471, -0.00838224, 0.0184089),
        (4.08002, 14.7318, 14.2487),
        (-19.7819, -0.0403016, 0.00897326),
    ),
    "lower_arm": (
        0.104,
        (-0.0980701, 0.00324376, 0.0182831),
        (2.87438, 15.9844, 14.529),
        (7.41152, 1.26409, -0.0490188),
    ),
    "wrist": (0.079, (-0.000103312, -0.0386143, 0.0281156), (3.68263, 2.5391, 2.1), (0.017893, -0.0528128, 3.6412)),
    "gripper": (
        0.087,
        (0.000213627, 0.000245138, -0.025187),
        (2.75087, 4.33657, 3.45059),
        (-0.335241, -5.7352, -0.0517847),
    ),
    "jaw": (
        0.012,
        (-0.00157495, -0.0300244, 0.0192755),
        (0.661427, 0.189032, 0.528738),
        (-0.319807, -0.00590717, -0.109945),
    ),
}
PI = math.pi
# parent, child, xyz, rpy, lower, upper
JOINTS = {
    "shoulder_pan": ("base", "shoulder", (0.0388353, 0, 0.0624), (PI, 0, -PI), -1.91986, 1.91986),
    "shoulder_lift": (
        "shoulder",
        "upper_arm",
        (-0.0303992, -0.0182778, -0.0542),
        (-PI / 2, -PI / 2, 0),
        -1.74533,
        1.74533,
    ),
    "elbow_flex": ("upper_arm", "lower_arm", (-0.11257, -0.028, 0), (0, 0, PI / 2), -1.69, 1.69),
    "wrist_flex": ("lower_arm", "wrist", (-0.1349, 0.0052, 0), (0, 0, -PI / 2), -1.65806, 1.65806),
    "wrist_roll": ("wrist", "gripper", (0, -0.0611, 0.0181), (PI / 2, 0.0486795, PI), -2.74385, 2.84121),
    "gripper": ("gripper", "jaw", (0.0202, 0.0188, -0.0234), (PI / 2, 0, 0), -0.174533, 1.74533),
}
TCP = (-0.0079, -0.000218121, -0.0981274)
ROOT = "/so101_follower"


@pytest.fixture(scope="module")
def stage() -> Usd.Stage:
    return Usd.Stage.Open(str(files.resolve(SO101.file, "packaged").path))


def rotation(quaternion) -> np.ndarray:
    return pinocchio.Quaternion(quaternion.GetReal(), *map(float, quaternion.GetImaginary())).toRotationMatrix()


def body_pose(stage, name) -> np.ndarray:
    """Pose of a body as the file stands, all joints at zero."""
    return np.array(UsdGeom.XformCache().GetLocalToWorldTransform(stage.GetPrimAtPath(f"{ROOT}/{name}"))).T


def collision_shapes(stage, body) -> list:
    return list(stage.GetPrimAtPath(f"{ROOT}/{body}/collisions").GetChildren())


@pytest.mark.parametrize("name", JOINTS)
def test_joint_has_published_origin_and_limits(stage, name):
    parent, child, xyz, rpy, lower, upper = JOINTS[name]
    joint = UsdPhysics.RevoluteJoint(stage.GetPrimAtPath(f"{ROOT}/joints/{name}"))

    assert [str(path) for path in joint.GetBody0Rel().GetTargets()] == [f"{ROOT}/{parent}"]
    assert [str(path) for path in joint.GetBody1Rel().GetTargets()] == [f"{ROOT}/{child}"]
    assert joint.GetAxisAttr().Get() == "Z"
    np.testing.assert_allclose(joint.GetLocalPos0Attr().Get(), xyz, atol=1e-6)
    np.testing.assert_allclose(rotation(joint.GetLocalRot0Attr().Get()), pinocchio.rpy.rpyToMatrix(*rpy), atol=1e-6)
    np.testing.assert_allclose(joint.GetLocalPos1Attr().Get(), 0)
    np.testing.assert_allclose(rotation(joint.GetLocalRot1Attr().Get()), np.eye(3))
    assert math.radians(joint.GetLowerLimitAttr().Get()) == pytest.approx(lower, abs=1e-6)
    assert math.radians(joint.GetUpperLimitAttr().Get()) == pytest.approx(upper, abs=1e-6)


@pytest.mark.parametrize("name", BODIES)
def test_body_has_published_mass_and_inertia(stage, name):
    mass, center_of_mass, (ixx, iyy, izz), (ixy, ixz, iyz) = BODIES[name]
    api = UsdPhysics.MassAPI(stage.GetPrimAtPath(f"{ROOT}/{name}"))
    axes = rotation(api.GetPrincipalAxesAttr().Get())

    assert api.GetMassAttr().Get() == pytest.approx(mass, rel=1e-6)
    np.testing.assert_allclose(api.GetCenterOfMassAttr().Get(), center_of_mass, atol=1e-6)
    inertia = axes @ np.diag(api.GetDiagonalInertiaAttr().Get()) @ axes.T
    expected = 1e-5 * np.diag([ixx, iyy, izz])
    expected += 1e-6 * np.array([[0, ixy, ixz], [ixy, 0, iyz], [ixz, iyz, 0]])
    np.testing.assert_allclose(inertia, expected, atol=1e-6 * expected.max())


def test_bodies_stand_where_forward_kinematics_puts_them(stage):
    pose = pinocchio.SE3.Identity()
    for name, (_, child, xyz, rpy, _, _) in JOINTS.items():
        pose = pose * pinocchio.SE3(pinocchio.rpy.rpyToMatrix(*rpy), np.array(xyz, dtype=float))
        np.testing.assert_allclose(body_pose(stage, child), pose.homogeneous, atol=1e-6, err_msg=name)


def test_tool_centre_point_is_in_front_of_the_robot_at_zero(stage):
    tcp = body_pose(stage, "gripper") @ (*TCP, 1.0)

    np.testing.assert_allclose(tcp[:3], (0.391362, -0.000011, 0.226469), atol=2e-6)


def test_base_is_fixed_to_the_world(stage):
    joint = UsdPhysics.FixedJoint(stage.GetPrimAtPath(f"{ROOT}/joints/root_joint"))

    assert stage.GetDefaultPrim().HasAPI(UsdPhysics.ArticulationRootAPI)
    assert not joint.GetBody0Rel().GetTargets()
    assert [str(path) for path in joint.GetBody1Rel().GetTargets()] == [f"{ROOT}/base"]


@pytest.mark.parametrize("name", BODIES)
def test_what_is_seen_and_what_collides_are_separate(stage, name):
    visuals = list(stage.GetPrimAtPath(f"{ROOT}/{name}/visuals").GetChildren())

    assert visuals and collision_shapes(stage, name)
    for prim in visuals:
        assert not prim.HasAPI(UsdPhysics.CollisionAPI)
        assert UsdGeom.Imageable(prim).ComputePurpose() == UsdGeom.Tokens.default_
        assert prim.GetRelationship("material:binding").GetTargets()
    for prim in collision_shapes(stage, name):
        assert prim.HasAPI(UsdPhysics.CollisionAPI)
        assert UsdGeom.Imageable(prim).ComputePurpose() == UsdGeom.Tokens.guide


def test_rendering_stays_cheap(stage):
    """Rendering is most of a step: a ray tracer walks a tree inside each mesh, and intersects the rest by formula."""
    shapes = [prim for prim in stage.Traverse() if prim.IsA(UsdGeom.Gprim) and "/visuals/" in str(prim.GetPath())]

    assert {prim.GetTypeName() for prim in shapes} <= {"Cube", "Cylinder"}
    assert len(shapes) <= 36


def test_no_link_touches_another_at_rest(stage):
    """Neighbours aside, which a joint connects and physics engines leave out."""
    neighbours = {frozenset(joint[:2]) for joint in JOINTS.values()}
    cache = UsdGeom.XformCache()

    def boxes(body):
        for prim in collision_shapes(stage, body):
            world = cache.GetLocalToWorldTransform(prim)
            turn = rotation(world.RemoveScaleShear().ExtractRotationQuat())
            size = prim.GetAttribute("xformOp:scale").Get()
            yield coal.CollisionObject(coal.Box(*map(float, size)), turn, np.array(world.ExtractTranslation()))

    for first, second in itertools.combinations(BODIES, 2):
        if frozenset((first, second)) not in neighbours:
            for a, b in itertools.product(boxes(first), boxes(second)):
                assert not coal.collide(a, b, coal.CollisionRequest(), coal.CollisionResult()), (first, second)


def test_base_does_not_press_on_the_table(stage):
    for prim in collision_shapes(stage, "base"):
        z = prim.GetAttribute("xformOp:translate").Get()[2]
        assert z - prim.GetAttribute("xformOp:scale").Get()[2] / 2 >= 0.001
