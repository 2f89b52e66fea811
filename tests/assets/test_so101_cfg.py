import pytest

from lerobot_env_leisaac.assets import files
from lerobot_env_leisaac.robots.so101 import cfg as so101
from lerobot_env_leisaac.robots.so101.spec import SO101


@pytest.mark.parametrize("model", [None, "packaged", "nucleus"])
def test_every_robot_has_the_same_actuators_and_starts_at_zero(model):
    cfg = so101.so101_cfg(model)
    joints = [joint for actuator in cfg.actuators.values() for joint in actuator.joint_names_expr]

    assert list(cfg.actuators) == ["sts3215-arm", "sts3215-gripper"]
    assert tuple(joints) == SO101.channel_names
    assert cfg.init_state.joint_pos == {".*": 0.0}
    assert tuple(cfg.init_state.pos)[:2] == (0.0, 0.0)


def test_configurations_share_nothing_that_a_task_may_change():
    first, second = so101.so101_cfg("packaged"), so101.so101_cfg("packaged")
    first.actuators["sts3215-arm"].stiffness = 1.0
    first.init_state.pos = (1.0, 0.0, 0.0)

    assert second.actuators["sts3215-arm"].stiffness != 1.0
    assert tuple(second.init_state.pos) == (0.0, 0.0, 0.0)


def reach_along_x(rotation, reach) -> float:
    """Share of a direction of reach (x, y), turned about z by a quaternion (x, y, z, w), that points along +X."""
    x, y, z, w = rotation
    assert x == y == 0.0
    return reach[0] * (w * w - z * z) - reach[1] * 2 * z * w


def test_leisaacs_robot_is_turned_to_reach_along_x(tmp_path, monkeypatch):
    file = tmp_path / SO101.file.leisaac
    file.parent.mkdir()
    file.touch()
    monkeypatch.setenv(files.ENV_VAR, str(tmp_path))
    cfg = so101.so101_cfg()

    assert cfg.spawn.usd_path == str(file)
    assert reach_along_x(cfg.init_state.rot, (0, -1)) == pytest.approx(1.0)


def test_other_robots_reach_along_x_too():
    assert reach_along_x(so101.so101_cfg().init_state.rot, (1, 0)) == pytest.approx(1.0)
    assert reach_along_x(so101.so101_cfg("nucleus").init_state.rot, (0, -1)) == pytest.approx(1.0)
