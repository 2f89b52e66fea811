import numpy as np
import pytest
from pxr import Usd, UsdGeom, UsdLux, UsdPhysics

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.assets import files
from lerobot_env_leisaac.scenes.read import object_of, rigid_body
from lerobot_env_leisaac.scenes.table_with_cube import TABLE_WITH_CUBE

ROOT = "/table_with_cube"


@pytest.fixture(scope="module")
def stage() -> Usd.Stage:
    return Usd.Stage.Open(str(files.resolve(TABLE_WITH_CUBE.file, "packaged").path))


def bounds(stage, path) -> tuple[np.ndarray, np.ndarray]:
    purposes = [UsdGeom.Tokens.default_, UsdGeom.Tokens.guide]
    box = UsdGeom.BBoxCache(Usd.TimeCode.Default(), purposes).ComputeWorldBound(stage.GetPrimAtPath(path))
    return np.array(box.ComputeAlignedRange().GetMin()), np.array(box.ComputeAlignedRange().GetMax())


def test_cube_is_leisaacs(stage):
    cube = stage.GetPrimAtPath(f"{ROOT}/cube")

    assert cube.HasAPI(UsdPhysics.RigidBodyAPI)
    assert UsdPhysics.MassAPI(cube).GetMassAttr().Get() == pytest.approx(0.010)
    for part in ("visuals", "collisions"):
        low, high = bounds(stage, f"{ROOT}/cube/{part}")
        np.testing.assert_allclose(high - low, 0.03015, atol=1e-6)


@pytest.mark.parametrize(
    ("scene", "name"),
    [(task.scene, name) for task in catalog.tasks() for name in task.scene.objects],
    ids=lambda value: value if isinstance(value, str) else value.file.name,
)
def test_what_a_scene_says_of_an_object_is_what_its_file_says(scene, name):
    body, path = scene.objects[name], files.resolve(scene.file, "packaged").path
    assert object_of(scene, path, name) is body
    read = rigid_body(path, name)
    assert read.path == body.path
    assert read.position == body.position or scene.robot_poses, "other arms, other places"
    assert read.orientation == pytest.approx(body.orientation, abs=1e-8)
    assert read.origin_height == pytest.approx(body.origin_height, abs=1e-9)
    assert body.height is None or read.height == pytest.approx(body.height, abs=1e-9)


def test_the_cube_of_another_file_is_read_from_it(tmp_path):
    moved = Usd.Stage.Open(Usd.Stage.Open(str(files.resolve(TABLE_WITH_CUBE.file, "packaged").path)).Flatten())
    moved.GetPrimAtPath(f"{ROOT}/cube").GetAttribute("xformOp:translate").Set((1.0, 2.0, 3.0))
    moved.GetRootLayer().Export(str(tmp_path / "scene.usd"))
    assert object_of(TABLE_WITH_CUBE, tmp_path / "scene.usd", "cube").position == (1.0, 2.0, 3.0)
    moved.RemovePrim(f"{ROOT}/cube")
    moved.GetRootLayer().Export(str(tmp_path / "empty.usd"))
    with pytest.raises(ValueError, match=r"empty\.usd has no rigid body named 'cube'"):
        object_of(TABLE_WITH_CUBE, tmp_path / "empty.usd", "cube")


def test_cube_rests_on_the_table_in_front_of_the_robot(stage):
    low, high = bounds(stage, f"{ROOT}/cube")

    np.testing.assert_allclose((low + high) / 2, (0.24, 0.0, 0.015075), atol=1e-6)
    assert low[2] == pytest.approx(0.0, abs=1e-6)


def test_table_holds_robot_and_workspace(stage):
    low, high = bounds(stage, f"{ROOT}/table/visuals")

    assert high[2] == pytest.approx(0.0, abs=1e-6)
    assert low[0] < -0.06 and high[0] > 0.45
    assert low[1] < -0.45 and high[1] > 0.45


def test_table_top_is_solid_where_it_is_seen(stage):
    plane = UsdGeom.Plane(stage.GetPrimAtPath(f"{ROOT}/table/collisions/top"))

    assert plane.GetPrim().HasAPI(UsdPhysics.CollisionAPI)
    assert plane.GetAxisAttr().Get() == "Z"
    assert UsdGeom.XformCache().GetLocalToWorldTransform(plane.GetPrim()).ExtractTranslation()[2] == 0.0


def test_scene_has_no_lights_that_copies_would_multiply(stage):
    assert not [prim for prim in stage.Traverse() if prim.HasAPI(UsdLux.LightAPI)]
