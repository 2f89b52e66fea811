import pytest

from lerobot_env_leisaac.robots.so101.spec import LEISAAC_JOINT_LIMITS_DEG, SO101, URDF_JOINT_LIMITS_DEG


def test_tables_hold_every_joint_in_order():
    assert tuple(URDF_JOINT_LIMITS_DEG) == tuple(LEISAAC_JOINT_LIMITS_DEG) == SO101.channel_names


def test_urdf_limits_are_the_published_ones():
    expected = {
        "shoulder_pan": (-110, 110),
        "shoulder_lift": (-100, 100),
        "elbow_flex": (-96.83, 96.83),
        "wrist_flex": (-95, 95),
        "wrist_roll": (-157.21, 162.79),
        "gripper": (-10, 100),
    }
    for joint, limits in expected.items():
        assert URDF_JOINT_LIMITS_DEG[joint] == pytest.approx(limits, abs=0.005)


def test_leisaac_limits_differ_where_its_model_does():
    differing = {
        joint: limits
        for joint, limits in LEISAAC_JOINT_LIMITS_DEG.items()
        if limits != pytest.approx(URDF_JOINT_LIMITS_DEG[joint], abs=0.005)
    }

    assert differing == {"elbow_flex": (-100, 90), "wrist_roll": (-160, 160)}
