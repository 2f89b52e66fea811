"""The looks: the real one changes what is seen and nothing that is touched, and says so wherever a world is noted."""

import functools
import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import pytest
from PIL import Image
from pxr import Usd, UsdGeom, UsdPhysics

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.assets import files
from lerobot_env_leisaac.envs.make import load_cfg
from lerobot_env_leisaac.evaluation import configuration
from lerobot_env_leisaac.robots.so101 import exact_meshes

ID = "LeIsaac-SO101-LiftCube-SmolVLA-v0"
PROBE = Path(__file__).with_name("look_probe.py")

packaged = pytest.mark.parametrize("asset", catalog.assets(), ids=lambda asset: asset.name)


@functools.cache
def stage_of(path: Path) -> Usd.Stage:
    return Usd.Stage.Open(str(path))


def prims(path: Path) -> dict[str, Usd.Prim]:
    return {str(prim.GetPath()): prim for prim in stage_of(path).Traverse()}


def is_physical(prim: Usd.Prim) -> bool:
    kinds = (UsdPhysics.RigidBodyAPI, UsdPhysics.CollisionAPI, UsdPhysics.ArticulationRootAPI, UsdPhysics.MaterialAPI)
    return any(prim.HasAPI(kind) for kind in kinds) or prim.IsA(UsdPhysics.Joint)


@packaged
def test_bodies_joints_and_colliders_are_those_of_the_plain_file(asset):
    plain, real = (
        {k: v for k, v in prims(path).items() if is_physical(v)} for path in (asset.packaged_path, asset.real_path)
    )
    assert list(real) == list(plain) and plain
    for path, prim in plain.items():
        said = {attribute.GetName(): attribute.Get() for attribute in prim.GetAttributes()}
        assert {attribute.GetName(): attribute.Get() for attribute in real[path].GetAttributes()} == said, path


@packaged
def test_something_else_is_seen(asset):
    plain, real = (
        {path for path, prim in prims(file).items() if prim.IsA(UsdGeom.Gprim) and not is_physical(prim)}
        for file in (asset.packaged_path, asset.real_path)
    )
    assert plain - real, "what the real shapes stand in for is hidden"
    assert all("/real/" in path for path in real - plain)


def test_textures_are_small_and_continue_at_their_edges():
    for file in sorted((files.PACKAGED_ROOT / "textures").iterdir()):
        assert file.stat().st_size < 200_000
        assert Image.open(file).size == (384, 384)


@pytest.fixture(scope="module")
def probed(tmp_path_factory) -> dict[str, list[str]]:
    out = {}
    for look in ("plain", "real"):
        command = [sys.executable, str(PROBE), look, str(tmp_path_factory.mktemp(look))]
        out[look] = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\n")[:2]
    return out


def test_an_episode_goes_the_same_way_in_both_looks_to_the_last_bit(probed):
    assert probed["plain"][0] == probed["real"][0]


def test_the_pictures_are_other_ones(probed):
    assert probed["plain"][1] != probed["real"][1]


@pytest.mark.parametrize("given", ["photo", 3])
def test_a_look_that_there_is_not_is_refused_with_those_that_are(given):
    with pytest.raises(ValueError, match=r"look is .*expected one of.*plain.*real"):
        gym.make(ID, look=given)


def test_leisaacs_own_files_have_one_look(monkeypatch, tmp_path):
    for asset in (each for each in catalog.assets() if each.leisaac is not None):
        (tmp_path / asset.leisaac).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / asset.leisaac).touch()
    monkeypatch.setenv(files.ENV_VAR, str(tmp_path))
    with pytest.raises(ValueError, match=r"look is 'real', which .* has not .*expected plain"):
        gym.make(ID, look="real")


def test_a_configuration_has_its_look_already():
    cfg = load_cfg(catalog.lerobot_task("LiftCube").lerobot_cfg)
    with pytest.raises(ValueError, match="cfg has its look already"):
        gym.make(ID, cfg=cfg, look="real")


def test_both_arms_and_the_scene_take_the_look():
    scene = load_cfg(catalog.lerobot_task("CleanToyTable-BiArm").lerobot_cfg, ("real",)).scene
    for entity in (scene.left_arm, scene.right_arm, scene.surroundings):
        assert entity.spawn.usd_path.endswith("_real.usda")


def noted(*presets: str):
    return {"look": configuration._look(load_cfg(catalog.lerobot_task("LiftCube").lerobot_cfg, presets))}


def test_results_name_how_a_cloth_is_held():
    grips = {
        name: configuration._grip(load_cfg(catalog.lerobot_task(name).lerobot_cfg))
        for name in ("LiftCube", "FoldCloth-BiArm")
    }
    assert grips["LiftCube"] is None
    assert grips["FoldCloth-BiArm"]["name"] == "what is between closed jaws follows them"
    assert grips["FoldCloth-BiArm"]["figures"] == pytest.approx({"grips_below_deg": -3.0, "releases_above_deg": 2.0})


def test_results_of_another_look_are_of_another_world(monkeypatch):
    plain, real = noted(), noted("real")
    assert plain["look"] is None, "as in results that were written when there was no other"
    found = configuration.differences(plain, real)
    assert configuration.in_words("look", found["look"]) == ["plain", "real"]
    assert configuration.differences(real, noted("real")) == {}
    monkeypatch.setattr(exact_meshes, "installed", lambda: not exact_meshes.VERSION)
    found = configuration.differences(real, noted("real"))
    assert configuration.in_words("look", found["look"]) == ["real (arm exact)", "real (arm authored)"]
