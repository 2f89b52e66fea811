"""What statistics tell of units, on the reference dataset and on any data that a robot can make."""

import itertools

import checkpoints
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lerobot_env_leisaac import units
from lerobot_env_leisaac.policies.joint_statistics import JointStatistics
from lerobot_env_leisaac.policies.unit_evidence import weigh
from lerobot_env_leisaac.robots.so101.spec import SO101, URDF_JOINT_LIMITS_RAD

NAMES = units.names()
LIMITS = torch.tensor(list(URDF_JOINT_LIMITS_RAD.values()), dtype=torch.float64)
PAN, ELBOW, WRIST_FLEX, ROLL, GRIPPER = 0, 2, 3, 4, 5


def statistics_in(convention: units.UnitConvention, low, high, mean=None, std=None, measured=True) -> JointStatistics:
    """Statistics of data that lie in [low, high] rad, in a convention."""
    low, high = torch.as_tensor(low, dtype=torch.float64), torch.as_tensor(high, dtype=torch.float64)
    mean = (low + high) / 2 if mean is None else torch.as_tensor(mean, dtype=torch.float64)
    std = (high - low) / 4 if std is None else torch.as_tensor(std, dtype=torch.float64)
    scale = torch.tensor(convention.scale, dtype=torch.float64).abs()
    values = [convention.from_radians(value) for value in (mean, low, high)]
    return JointStatistics(SO101, "observation.state", values[0], std * scale, values[1], values[2], measured)


def reference(convention: units.UnitConvention, feature: str, measured: bool) -> JointStatistics:
    known = {name: value.double().deg2rad() for name, value in checkpoints.reference_statistics()[feature].items()}
    return statistics_in(convention, known["min"], known["max"], known["mean"], known["std"], measured)


def errors(statistics: JointStatistics, name: str) -> list[str]:
    return [item.verdict for item in weigh(statistics, units.load(name), LIMITS) if item.level == "error"]


@pytest.mark.parametrize("measured", (True, False))
@pytest.mark.parametrize("feature", ("observation.state", "action"))
@pytest.mark.parametrize(("data", "environment"), list(itertools.product(NAMES, NAMES)))
def test_the_reference_statistics_tell_radians_from_all_others_and_nothing_else(data, environment, feature, measured):
    statistics = reference(units.load(data), feature, measured)
    found = errors(statistics, environment)
    if data == environment:
        assert not found
    elif "radians" in (data, environment):
        assert len(found) == 1
        assert "too small" in found[0] if data == "radians" else "too large" in found[0]
        assert all(joint in found[0] for joint in SO101.channel_names)
    elif measured and feature == "action" and data == "degrees" and environment != "degrees":
        # the reference's actions open the gripper to its lower limit, -10 deg, which 0..100 % cannot say
        assert len(found) == 1 and "gripper -10..63" in found[0]
    else:
        assert not found, "degrees and -100..100 cannot be told apart"


@pytest.mark.parametrize(("data", "environment"), [("radians", "degrees"), ("degrees", "radians")])
def test_the_factor_between_radians_and_degrees_is_named(data, environment):
    (found,) = errors(reference(units.load(data), "observation.state", True), environment)
    assert "by a factor of about 57.3" in found


@st.composite
def ranges(draw, moving: int):
    """Ranges [low, high] (6,) rad within the joint limits, at least 10 % of the limits wide in `moving` joints."""
    wide = draw(st.permutations(range(6)).map(lambda order: set(order[:moving])))
    ends = []
    for joint, (low, high) in enumerate(LIMITS.tolist()):
        width = draw(st.floats(0.1 if joint in wide else 0.0, 1.0))
        start = draw(st.floats(0.0, 1.0 - width))
        ends.append((low + start * (high - low), low + (start + width) * (high - low)))
    return torch.tensor(ends, dtype=torch.float64).unbind(-1)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25)
@given(moved=ranges(moving=1))
def test_data_never_speak_against_their_own_convention(name, moved):
    evidence = weigh(statistics_in(units.load(name), *moved), units.load(name), LIMITS)
    assert not [item for item in evidence if item.level == "error"]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "radians"])
@settings(max_examples=25)
@given(moved=ranges(moving=0))
def test_radians_are_always_told_from_another_convention(name, moved):
    (found,) = errors(statistics_in(units.load("radians"), *moved), name)
    assert "on the scale of radians" in found


@pytest.mark.parametrize("name", [name for name in NAMES if name != "radians"])
@settings(max_examples=25)
@given(moved=ranges(moving=3))
def test_other_conventions_are_told_from_radians_once_three_joints_move(name, moved):
    (found,) = errors(statistics_in(units.load(name), *moved), "radians")
    assert "too large" in found


def with_extremes(name: str, **extremes) -> JointStatistics:
    """The reference state in a convention, with other measured extremes (low, high) at some joints."""
    statistics = reference(units.load(name), "observation.state", measured=True)
    for joint, (low, high) in extremes.items():
        index = SO101.channel_names.index(joint)
        statistics.low[index], statistics.high[index] = low, high
    return statistics


def test_a_body_joint_beyond_100_cannot_be_a_percentage():
    far_rolled = with_extremes("degrees", wrist_roll=(-23.0, 150.0))
    (found,) = errors(far_rolled, "lerobot_normalized")
    assert "wrist_roll -23..150 (limits -100..100)" in found
    assert not errors(far_rolled, "degrees")


def test_a_gripper_below_0_cannot_be_a_percentage():
    (found,) = errors(with_extremes("degrees", gripper=(-9.0, 60.0)), "lerobot_degrees")
    assert "gripper -9..60 (limits 0..100)" in found


def test_estimated_extremes_are_no_evidence():
    statistics = with_extremes("degrees", gripper=(-9.0, 60.0))
    estimated = JointStatistics(
        SO101, statistics.feature, statistics.mean, statistics.std, statistics.low, statistics.high, measured=False
    )
    assert not errors(estimated, "lerobot_degrees")


def test_degrees_beyond_the_joint_limits_are_a_warning():
    (item,) = weigh(with_extremes("degrees", elbow_flex=(-120.0, 60.0)), units.load("degrees"), LIMITS)
    assert item.level == "warning"
    assert "elbow_flex -120..60 (limits -96.83..96.83)" in item.verdict


def test_joints_that_end_at_exactly_100_look_like_percentages():
    clamped = with_extremes("lerobot_normalized", shoulder_pan=(-100.0, 20.0), wrist_roll=(-50.0, 100.0))
    (item,) = weigh(clamped, units.load("degrees"), LIMITS)
    assert item.level == "warning"
    # the reference's wrist_flex reaches its limit too
    assert "exactly 100 in shoulder_pan, wrist_flex, wrist_roll" in item.verdict
    assert not weigh(clamped, units.load("lerobot_normalized"), LIMITS)


def test_one_joint_out_of_scale_is_not_taken_for_another_unit():
    slipped = with_extremes("degrees", wrist_roll=(-720.0, 720.0))
    (item,) = weigh(slipped, units.load("degrees"), LIMITS)
    assert item.level == "warning"
