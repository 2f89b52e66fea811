"""What ``physics=``, ``renderer=`` and ``presets=`` select, resolved by Isaac Lab as for its own tasks."""

import gymnasium as gym
import pytest
from isaaclab.physics import PhysxAutoCfg
from isaaclab_newton.physics import MJWarpSolverCfg, NewtonCfg
from isaaclab_newton.renderers import NewtonWarpRendererCfg
from isaaclab_ov.physics import OvPhysxCfg
from isaaclab_ov.renderers import OVRTXRendererCfg
from isaaclab_physx.physics import PhysxCfg
from isaaclab_physx.renderers import IsaacRtxRendererCfg
from isaaclab_tasks.utils.hydra import resolve_task_config

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.assets import files
from lerobot_env_leisaac.envs.make import load_cfg
from lerobot_env_leisaac.robots.so101.spec import SO101
from lerobot_env_leisaac.scenes.table_with_cube import TABLE_WITH_CUBE
from lerobot_env_leisaac.tasks.common import variations
from lerobot_env_leisaac.tasks.common.apply_variation import apply_variation

RADIANS = "LeIsaac-SO101-LiftCube-v0"
SMOLVLA = "LeIsaac-SO101-LiftCube-SmolVLA-v0"


@pytest.fixture(autouse=True)
def no_leisaac_root(monkeypatch):
    monkeypatch.delenv(files.ENV_VAR, raising=False)


def resolve(task: str, *overrides: str):
    return resolve_task_config(task, None, overrides=overrides)[0]


def three_cameras(cfg):
    return [getattr(cfg.scene, name) for name in cfg.cameras()]


@pytest.mark.parametrize("task", (RADIANS, SMOLVLA))
def test_default_is_newton_with_every_environment_at_the_origin(task):
    cfg = resolve(task)
    assert isinstance(cfg.sim.physics, NewtonCfg)
    assert isinstance(cfg.sim.physics.solver_cfg, MJWarpSolverCfg)
    assert cfg.scene.env_spacing == 0.0
    assert cfg.scene.robot.spawn.usd_path == str(files.resolve(SO101.file, "packaged").path)


@pytest.mark.parametrize("task", catalog.ids())
@pytest.mark.parametrize("overrides", [(), ("presets=packaged",), ("presets=nucleus",)])
def test_a_configuration_opens_no_usd_file(task, overrides, tmp_path, monkeypatch):
    expected = resolve(task, *overrides).to_dict()["scene"]
    monkeypatch.setattr(files, "PACKAGED_ROOT", tmp_path)
    for asset in catalog.assets():  # they are there, and whoever opens one fails
        (tmp_path / asset.packaged).parent.mkdir(exist_ok=True)
        (tmp_path / asset.packaged).write_text("no USD")
    cfg = resolve(task, *overrides)
    objects = catalog.task(task).objects
    assert all(cfg.to_dict()["scene"][name] == expected[name] for name in objects)
    if objects and task == catalog.task(task).lerobot_id:
        at_rest = [getattr(cfg.scene, name).init_state.pos[2] for name in objects]
        apply_variation(cfg, variations.load({"object_scale": 1.2}))
        scaled = [getattr(cfg.scene, name).init_state.pos[2] for name in objects]
        assert scaled == pytest.approx([1.2 * height for height in at_rest])


def test_default_cameras_are_640x480_and_newtons():
    for camera in three_cameras(resolve(SMOLVLA)):
        assert (camera.width, camera.height) == (640, 480)
        assert isinstance(camera.renderer_cfg, NewtonWarpRendererCfg)
        assert camera.renderer_cfg.enable_shadows


@pytest.mark.parametrize("side", (256, 128))
def test_resolution(side):
    cfg = resolve(SMOLVLA, f"presets=res{side}")
    assert [(camera.width, camera.height) for camera in three_cameras(cfg)] == [(side, side)] * 3
    assert isinstance(cfg.sim.physics, NewtonCfg) and cfg.scene.env_spacing == 0.0


@pytest.mark.parametrize("task", (RADIANS, SMOLVLA))
@pytest.mark.parametrize(
    ("name", "kind", "spacing"),
    (
        ("newton_mjwarp", NewtonCfg, 0.0),
        ("isaacsim_physx", PhysxCfg, 2.0),
        ("ovphysx", OvPhysxCfg, 2.0),
        ("physx", PhysxAutoCfg, 2.0),
    ),
)
def test_physics(task, name, kind, spacing):
    cfg = resolve(task, f"physics={name}")
    assert type(cfg.sim.physics) is kind
    assert cfg.scene.env_spacing == spacing


@pytest.mark.parametrize(
    ("name", "kind", "spacing"),
    (
        ("newton_renderer", NewtonWarpRendererCfg, 0.0),
        ("isaacsim_rtx", IsaacRtxRendererCfg, 2.0),
        ("ovrtx", OVRTXRendererCfg, 2.0),
    ),
)
def test_renderer(name, kind, spacing):
    cfg = resolve(SMOLVLA, f"renderer={name}")
    assert {type(camera.renderer_cfg) for camera in three_cameras(cfg)} == {kind}
    assert isinstance(cfg.sim.physics, NewtonCfg)
    assert cfg.scene.env_spacing == spacing


@pytest.mark.parametrize(
    ("overrides", "physics"), (((), "physics"), (("physics=isaacsim_physx", "renderer=isaacsim_rtx"), "physx"))
)
def test_nucleus_takes_nvidias_robot_with_the_physics_of_the_backend(overrides, physics):
    cfg = resolve(SMOLVLA, "presets=nucleus,res128", *overrides)
    assert cfg.scene.robot.spawn.usd_path.endswith("so101_new_calib.usda")
    assert cfg.scene.robot.spawn.variants["Physics"] == physics
    assert cfg.scene.surroundings.spawn.usd_path == str(files.resolve(TABLE_WITH_CUBE.file, "packaged").path)
    assert cfg.scene.front.width == 128


def test_nucleus_cameras_stand_in_the_frame_of_its_base():
    packaged, nucleus = resolve(SMOLVLA), resolve(SMOLVLA, "presets=nucleus")
    for name in ("front", "top"):
        x, y, z = getattr(packaged.scene, name).offset.pos
        # its arm reaches along -Y of the base, where the packaged one reaches along +X
        assert getattr(nucleus.scene, name).offset.pos == pytest.approx((y, -x, z), abs=1e-6)
    assert nucleus.scene.wrist.offset.pos == packaged.scene.wrist.offset.pos


@pytest.mark.parametrize("override", ("presets=res1024", "physics=bullet", "renderer=opengl"))
def test_an_unknown_preset_is_refused_with_the_legal_ones(override):
    with pytest.raises(ValueError, match=override.split("=")[1]) as error:
        resolve(SMOLVLA, override)
    for legal in ("newton_mjwarp", "isaacsim_physx", "ovphysx", "isaacsim_rtx", "ovrtx", "res256", "nucleus"):
        assert legal in str(error.value)


@pytest.mark.parametrize("override", ("presets=res128", "presets=isaacsim_rtx", "renderer=isaacsim_rtx"))
def test_a_task_without_cameras_offers_nothing_for_them(override):
    with pytest.raises(ValueError):
        resolve(RADIANS, override)


@pytest.mark.parametrize("kind", ["isaaclab", "lerobot"])
def test_a_device_that_a_configuration_names_and_is_not_here_is_refused(kind):
    task = catalog.task("LiftCube")
    cfg = load_cfg(getattr(task, f"{kind}_cfg"))
    cfg.sim.device = "cuda:63"  # as Isaac Lab's commands say cuda:0, unless they are told otherwise
    with pytest.raises(ValueError, match="device 'cuda:63' is not here, this machine has"):
        gym.make(getattr(task, f"{kind}_id"), cfg=cfg)
