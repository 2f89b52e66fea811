"""The servos: what every robot made of an SO-101 has, and what a name, a file or a result says of them."""

import gymnasium as gym
import pytest
from isaaclab_tasks.utils.hydra import resolve_task_config

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.envs.make import load_cfg
from lerobot_env_leisaac.evaluation import configuration
from lerobot_env_leisaac.robots.bi_so101.spec import BI_SO101
from lerobot_env_leisaac.robots.lekiwi.spec import LEKIWI
from lerobot_env_leisaac.robots.servo import DEFAULT_SERVO
from lerobot_env_leisaac.robots.so101.spec import SO101


def actuators_of(task: str, *presets: str) -> list[dict]:
    """Return the figures of all joints of each arm of a task's scene, by their names."""
    spec = catalog.lerobot_task(task)
    scene = load_cfg(spec.lerobot_cfg, presets).scene
    return [
        {
            name: {
                joint: value
                for actuator in getattr(scene, arm).actuators.values()
                for joint, value in (getattr(actuator, name) or {}).items()
            }
            for name in ("stiffness", "damping", "joint_effort_limit", "actuator_effort_limit", "armature", "friction")
        }
        for arm in spec.robot.entities
    ]


def test_every_robot_with_arms_of_an_so101_has_its_servos():
    assert set(SO101.servos) == {"tracking", "identified", "menagerie", "leisaac"}
    assert BI_SO101.servos is SO101.servos and LEKIWI.servos is SO101.servos
    for servo in SO101.servos.values():
        assert set(servo.drives) == set(SO101.joint_names)


def test_a_preset_puts_a_servo_into_both_arms_and_the_default_is_as_ever():
    left, right = actuators_of("CleanToyTable-BiArm", "identified")
    assert left == right
    assert left["armature"]["wrist_flex"] == 0.05071
    assert left["actuator_effort_limit"] == left["joint_effort_limit"]
    (arm,) = actuators_of("LiftCube")
    assert set(arm["stiffness"].values()) == {200.0} and set(arm["damping"].values()) == {8.0}
    assert arm["joint_effort_limit"] == {**dict.fromkeys(SO101.joint_names, 2.94), "gripper": 0.5}
    assert arm["actuator_effort_limit"] == {}, "clipped where recorded datasets had it clipped"


@pytest.mark.parametrize(
    ("override", "model", "servo", "stiffness"),
    [
        ("presets=menagerie,nucleus", "nucleus", "menagerie", 998.22),
        ("presets=packaged", "packaged", "tracking", 200.0),
    ],
)
def test_isaac_labs_presets_choose_servo_and_robot_file_each_on_its_own(override, model, servo, stiffness):
    robot = resolve_task_config("LeIsaac-SO101-LiftCube-SmolVLA-v0", None, overrides=(override,))[0].scene.robot
    assert (robot.model, robot.servo) == (model, servo)
    assert robot.actuators["sts3215-arm"].stiffness["elbow_flex"] == stiffness


@pytest.mark.parametrize("given", ["stiff", 3])
def test_a_servo_that_there_is_not_is_refused_with_those_that_are(given):
    with pytest.raises(ValueError, match=r"expected one of.*identified.*menagerie"):
        gym.make("LeIsaac-SO101-LiftCube-SmolVLA-v0", servo=given)


def test_a_configuration_has_its_servo_already():
    cfg = load_cfg(catalog.lerobot_task("LiftCube").lerobot_cfg)
    with pytest.raises(ValueError, match="cfg has its servo already"):
        gym.make("LeIsaac-SO101-LiftCube-SmolVLA-v0", cfg=cfg, servo="menagerie")


def noted(*presets: str):
    return configuration._servo(load_cfg(catalog.lerobot_task("LiftCube").lerobot_cfg, presets))


def test_results_of_another_servo_are_of_another_world():
    default, other = ({"servo": noted(*presets)} for presets in ((), ("identified",)))
    assert default["servo"] is None and noted(DEFAULT_SERVO) is None, "named when it is another one"
    found = configuration.differences(default, other)
    assert configuration.in_words("servo", found["servo"]) == ["tracking", "identified"]
    assert configuration.differences(other, {"servo": noted("identified")}) == {}
    changed = {**other["servo"], "drives": {**other["servo"]["drives"], "gripper": {"stiffness": 1.0}}}
    assert "servo" in configuration.differences(other, {"servo": changed}), "figures count, not the name"


def test_results_that_name_no_servo_were_measured_with_the_default_one(tmp_path):
    (tmp_path / "config.json").write_text('{"format": 2, "env_id": "x", "seed": 0}')
    config = configuration.read(tmp_path)
    assert "servo" not in configuration.not_noted(config)
    assert "servo" in configuration.differences(config, {"servo": noted("menagerie")})
