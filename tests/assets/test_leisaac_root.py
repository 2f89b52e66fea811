"""An environment on LeIsaac's own files, as `LEISAAC_ASSETS_ROOT` supplies them.

The files here are the packaged ones, rewritten to LeIsaac's conventions: the arm reaches along -Y of the base frame,
the limits are LeIsaac's, the file leaves the base free, and the table stands where LeIsaac puts the robot. A LeKiwi
looks and reaches along +Y.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pxr import Gf, Usd, UsdGeom, UsdPhysics

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.assets import files
from lerobot_env_leisaac.robots.lekiwi.spec import BASE_HEIGHT, LEKIWI
from lerobot_env_leisaac.robots.so101.spec import LEISAAC_JOINT_LIMITS_DEG, SO101, URDF_JOINT_LIMITS_DEG
from lerobot_env_leisaac.scenes.table_with_cube import TABLE_WITH_CUBE

ROBOT_POSITION = Gf.Vec3d(0.35, -0.64, 0.01)
CUBE_IN_BASE = (0.0, -0.24, 0.015075)
TASKS = [task for task in catalog.OURS[1:] if "robot" in task.scene.leisaac_robot_poses]
"""The tasks of one arm but the first."""
LEISAAC = Path(sys.executable).with_name("leisaac")

SCRIPT = """
import json, sys
import gymnasium as gym
import numpy as np
import torch
from isaaclab.managers import SceneEntityCfg
from isaaclab_tasks.utils.hydra import resolve_task_config

import lerobot_env_leisaac
from lerobot_env_leisaac import catalog, units
from lerobot_env_leisaac.robots.so101.spec import SO101
from lerobot_env_leisaac.tasks.lift_cube.expert import LiftCubeExpert
from lerobot_env_leisaac.integrations.lerobot.end_effector import EndEffectorSteps
from lerobot_env_leisaac.policies.environment_facts import EnvironmentFacts
from lerobot_env_leisaac.tasks.lift_cube.mdp import cube_pose_in_base
from lerobot_env_leisaac.tasks.lift_cube.spec import SPEC
from lerobot_env_leisaac.tasks.common.places import position_in_base

ID = "LeIsaac-SO101-LiftCube-SmolVLA-v0"
ASIDE = (80.0, 0.0, 0.0, 0.0, 0.0, 0.0)  # the arm hides nothing, and would be elsewhere if it turned the other way


def body(env, name):
    robot = env.unwrapped.scene["robot"]
    return robot.data.body_pos_w.torch[0, robot.body_names.index(name)].tolist()


def views(*overrides):
    cfg, _ = resolve_task_config(ID, None, overrides=overrides)
    cfg.events.cube_pose = cfg.events.front_camera = None
    env = gym.make(ID, cfg=cfg, device="cpu", seed=0, image_size=(120, 160), image_format="uint8_hwc")
    env.reset()
    for _ in range(40):
        observation = env.step([ASIDE])[0]
    env.close()
    return {name.split(".")[-1]: image[0].numpy() for name, image in observation.items() if "images" in name}


env = gym.make(ID, num_envs=8, device="cpu", seed=0, cameras=())
env.reset()
base = SceneEntityCfg("robot", body_names="base")
base.resolve(env.unwrapped.scene)
report = {
    "limits": [env.action_space.low[0].tolist(), env.action_space.high[0].tolist()],
    "cubes": cube_pose_in_base(env.unwrapped, base)[:, :3].tolist(),
    "gripper": body(env, "gripper"),
}
for _ in range(10):
    env.step(torch.zeros(8, 6))
report["base"] = body(env, "base")
env.reset(seed=5)
expert, won = LiftCubeExpert(env.unwrapped), torch.zeros(8, dtype=torch.bool)
for _ in range(220):
    info = env.step(expert.act())[-1]
    won |= info["is_success"]
report["demonstrated"] = won.tolist()
env.reset(seed=5)
steps = EndEffectorSteps(env.unwrapped)
joints = env.unwrapped.scene["robot"].find_joints(SO101.joint_names, preserve_order=True)[0]
places, target = [], env.unwrapped.scene["robot"].data.joint_pos.torch[0, joints].clone()
turn_down = {"delta_x": -1.0, "delta_z": -0.3}
for action in (turn_down, turn_down, {"delta_x": -1.0}, {"delta_y": 1.0}, {"delta_z": -1.0}):
    for _ in range(15):
        target = steps.move(action, target)
        env.step(target.rad2deg().repeat(8, 1))
    places.append(steps._now().tolist())
report["moves"] = np.diff(places, axis=0).tolist()
env.close()
for task in map(catalog.task, sys.argv[3:]):
    env = gym.make(task.lerobot_id, num_envs=8, device="cpu", seed=0, cameras=())
    env.reset()
    base = SceneEntityCfg("robot", body_names="base")
    base.resolve(env.unwrapped.scene)
    places = {name: position_in_base(env.unwrapped, base, SceneEntityCfg(name)).tolist() for name in task.scene.objects}
    heights = {name: env.unwrapped.scene[name].cfg.height for name in task.scene.objects}
    report[task.name] = {"base": body(env, "base"), "places": places, "heights": heights}
    if task.robot.drive is not None:
        for _ in range(30):
            env.step([[0.0] * 6 + [0.2, 0.1, 0.0]] * 8)
        report[task.name]["driven"] = body(env, "base")
    env.close()
for name in ("facts", "packaged_facts", "nucleus_facts"):
    overrides = [] if name == "facts" else [f"presets={name.removesuffix('_facts')}"]
    cfg, _ = resolve_task_config(ID, None, overrides=overrides)
    report[name] = EnvironmentFacts.of(cfg).joint_limits.rad2deg().T.tolist()
report["light_facts"] = EnvironmentFacts.of_task(SPEC, units.load("degrees"), {}, "").joint_limits.rad2deg().T.tolist()
np.savez(sys.argv[1], **views())
np.savez(sys.argv[2], **views("presets=packaged"))
print(json.dumps(report))
"""


def build_robot(asset: files.AssetFile, reach_deg: float, path: Path) -> None:
    """Write a packaged robot in LeIsaac's conventions: its arm reaches in a direction about z from +X."""
    stage = Usd.Stage.Open(Usd.Stage.Open(str(files.resolve(asset, "packaged").path)).Flatten())
    robot = stage.GetDefaultPrim()
    base = robot.GetChild("base")
    turn = Gf.Rotation(Gf.Vec3d.ZAxis(), reach_deg)
    quaternion = Gf.Quatf(turn.GetQuat())
    for part in base.GetChildren():  # what the base is made of turns, its frame does not
        UsdGeom.Xformable(part).AddOrientOp().Set(quaternion)
    for prim in list(stage.Traverse()):
        if prim.HasAPI(UsdPhysics.RigidBodyAPI) and prim != base and not prim.GetName().startswith("slide_"):
            position, orientation = prim.GetAttribute("xformOp:translate"), prim.GetAttribute("xformOp:orient")
            position.Set(turn.TransformDir(position.Get()))
            orientation.Set(quaternion * orientation.Get())
        elif prim.IsA(UsdPhysics.FixedJoint):
            stage.RemovePrim(prim.GetPath())
        elif prim.GetName() in LEISAAC_JOINT_LIMITS_DEG and (joint := UsdPhysics.RevoluteJoint(prim)):
            lower, upper = LEISAAC_JOINT_LIMITS_DEG[prim.GetName()]
            joint.GetLowerLimitAttr().Set(lower)
            joint.GetUpperLimitAttr().Set(upper)
            if joint.GetBody0Rel().GetTargets() == [base.GetPath()]:
                position, orientation = joint.GetLocalPos0Attr(), joint.GetLocalRot0Attr()
                position.Set(Gf.Vec3f(turn.TransformDir(Gf.Vec3d(position.Get()))))
                orientation.Set(quaternion * orientation.Get())
    if asset is SO101.file:
        robot.RemoveAPI(UsdPhysics.ArticulationRootAPI)
        UsdPhysics.ArticulationRootAPI.Apply(base)
    export(stage, path)


def build_scene(asset: files.AssetFile, robot_position: Gf.Vec3d, path: Path) -> None:
    """Write a packaged scene around the place where LeIsaac puts the robot, whose arm reaches along +Y there."""
    stage = Usd.Stage.Open(Usd.Stage.Open(str(files.resolve(asset, "packaged").path)).Flatten())
    turn = Gf.Rotation(Gf.Vec3d.ZAxis(), 90.0)
    for prim in stage.GetDefaultPrim().GetChildren():
        if prim.HasAPI(UsdPhysics.RigidBodyAPI):
            position = prim.GetAttribute("xformOp:translate")
            position.Set(robot_position + turn.TransformDir(position.Get()))
            if orientation := prim.GetAttribute("xformOp:orient"):
                orientation.Set(Gf.Quatd(turn.GetQuat()) * orientation.Get())
        elif xform := UsdGeom.Xformable(prim):
            xform.AddTranslateOp().Set(robot_position)
            xform.AddOrientOp().Set(Gf.Quatf(turn.GetQuat()))
    export(stage, path)


def above_ground(task) -> float:
    """How high the base's origin is above what the robot stands on."""
    return BASE_HEIGHT if task.robot is LEKIWI else 0.0


def export(stage: Usd.Stage, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    stage.GetRootLayer().Export(str(path))


@pytest.fixture(scope="module")
def leisaac_root(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("leisaac")
    build_robot(SO101.file, -90.0, root / SO101.file.leisaac)
    build_robot(LEKIWI.file, 90.0, root / LEKIWI.file.leisaac)
    build_scene(TABLE_WITH_CUBE.file, ROBOT_POSITION, root / TABLE_WITH_CUBE.file.leisaac)
    for task in TASKS:
        place = Gf.Vec3d(*task.scene.leisaac_robot_poses["robot"][0])
        build_scene(task.scene.file, place - Gf.Vec3d(0.0, 0.0, above_ground(task)), root / task.scene.file.leisaac)
    return root


def run(root: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=root, env={**os.environ, files.ENV_VAR: str(root)}, capture_output=True, text=True, timeout=600
    )


@pytest.fixture(scope="module")
def report(leisaac_root, tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("views")
    files = {"leisaac": folder / "leisaac.npz", "packaged": folder / "packaged.npz"}
    process = run(leisaac_root, sys.executable, "-c", SCRIPT, *files.values(), *(task.name for task in TASKS))
    assert process.returncode == 0, process.stderr[-4000:]
    views = {name: dict(np.load(file)) for name, file in files.items()}
    return {**json.loads(process.stdout.splitlines()[-1]), **views}


def test_actions_are_bounded_by_leisaacs_limits(report):
    expected = np.array([LEISAAC_JOINT_LIMITS_DEG[joint] for joint in SO101.channel_names]).T
    np.testing.assert_allclose(report["limits"], expected, atol=1e-3)


def test_a_policy_is_audited_by_the_limits_of_the_robot_that_the_scene_uses(report):
    expected = {
        **dict.fromkeys(("facts", "light_facts"), LEISAAC_JOINT_LIMITS_DEG),
        **dict.fromkeys(("packaged_facts", "nucleus_facts"), URDF_JOINT_LIMITS_DEG),
    }
    for name, limits in expected.items():
        np.testing.assert_allclose(
            report[name], np.array([limits[joint] for joint in SO101.channel_names]).T, atol=1e-6
        )
    np.testing.assert_allclose(report["facts"], report["limits"], atol=1e-3)


def test_the_demonstrator_lifts_the_cube(report):
    assert sum(report["demonstrated"]) >= 7, report["demonstrated"]


def test_steps_of_the_gripper_go_where_they_say(report):
    _, back, left, down = np.array(report["moves"])
    # the arm reaches along -Y of its base, to the left is +X
    for moved, axis in ((back, (0, 1, 0)), (left, (1, 0, 0)), (down, (0, 0, -1))):
        assert moved @ axis > 0.03 and np.linalg.norm(np.cross(moved, axis)) < 0.03, report["moves"]


def test_cube_lies_in_reach_of_the_base(report):
    offsets = np.array(report["cubes"]) - CUBE_IN_BASE
    assert np.abs(offsets[:, :2]).max() <= 0.075
    assert np.ptp(offsets[:, :2], axis=0).min() > 0.03, "it should be elsewhere in every environment"
    np.testing.assert_allclose(offsets[:, 2], 0.0, atol=1e-3)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_robot_stands_in_leisaacs_other_scenes_with_their_objects_in_reach(report, task):
    seen = report[task.name]
    np.testing.assert_allclose(seen["base"], task.scene.leisaac_robot_poses["robot"][0], atol=1e-5)
    ahead = -1 if task.robot is SO101 else 1  # along Y of the base
    for name, body in task.scene.objects.items():
        x, y, z = body.position
        offsets = np.array(seen["places"][name]) - (-ahead * y, ahead * x, z - above_ground(task))
        assert np.abs(offsets[:, :2]).max() <= (0.03 if task.robot is SO101 else 0.05) + 1e-5
        np.testing.assert_allclose(offsets[:, 2], 0.0, atol=1e-3)


def test_a_base_drives_to_where_leisaacs_file_looks(report):
    seen = report["CleanupTrash"]
    moved = np.array(seen["driven"]) - seen["base"]
    np.testing.assert_allclose(moved, (-0.1, 0.2, 0.0), atol=0.01)  # ahead is +Y, to the left is -X


def test_the_height_of_a_container_is_read_from_the_file(report):
    assert report["CleanToyTable"]["heights"]["Box"] == pytest.approx(0.045, abs=1e-6)
    assert report["CleanupTrash"]["heights"]["GarbageCan003_1"] == pytest.approx(0.16, abs=0.001)


def test_robot_stands_fixed_where_leisaac_puts_it_and_reaches_for_the_cube(report):
    np.testing.assert_allclose(report["base"], ROBOT_POSITION, atol=1e-5)
    x, y, _ = report["gripper"] - np.array(ROBOT_POSITION)
    assert abs(x) < 0.01 and y > 0.25


@pytest.mark.parametrize("camera", ("front", "top"))
def test_cameras_see_the_cube_where_the_packaged_ones_do(report, camera):
    (count, place), (packaged_count, packaged_place) = (red(report[scene][camera]) for scene in ("leisaac", "packaged"))
    assert packaged_count > 20
    assert count == pytest.approx(packaged_count, rel=0.3)  # the light falls from another side
    np.testing.assert_allclose(place, packaged_place, atol=1.5)


def test_wrist_camera_sees_the_jaws_as_the_packaged_one_does(report):
    images = [report[scene]["wrist"].astype(float) for scene in ("leisaac", "packaged")]
    assert np.ptp(images[0]) > 100
    assert np.abs(images[0] - images[1]).mean() < 5


def red(image: np.ndarray) -> tuple[int, np.ndarray]:
    """Return how many pixels are red, and the middle of them."""
    r, g, b = image.astype(int).transpose(2, 0, 1)
    places = np.argwhere((r > 60) & (r > 3 * g) & (r > 3 * b))
    return len(places), places.mean(axis=0) if len(places) else np.full(2, np.nan)


def test_assets_command_says_where_from_and_why(leisaac_root):
    process = run(leisaac_root, LEISAAC, "assets")
    assert process.returncode == 0, process.stderr
    known = [asset for asset in catalog.assets() if asset.leisaac is not None]
    for asset in known:
        assert str(leisaac_root / asset.leisaac) in process.stdout
    assert process.stdout.count(f"why     {files.ENV_VAR} is set to {leisaac_root}") == len(known)


def test_a_missing_file_is_refused_with_the_place_tried(leisaac_root, tmp_path):
    robots = tmp_path / "robots"
    robots.symlink_to(leisaac_root / robots.name)
    code = "import gymnasium, lerobot_env_leisaac; gymnasium.make('LeIsaac-SO101-LiftCube-v0')"
    for command in ([LEISAAC, "assets"], [sys.executable, "-c", code]):
        process = run(tmp_path, *command)
        assert process.returncode == 1
        error = process.stderr.splitlines()[-1]
        assert str(tmp_path / TABLE_WITH_CUBE.file.leisaac) in error
        assert f"unset {files.ENV_VAR}" in error
