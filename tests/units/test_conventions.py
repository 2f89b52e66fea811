"""The packaged conventions: what they convert to, and that nothing is lost on the way."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lerobot_env_leisaac import units
from lerobot_env_leisaac.robots.so101.spec import SO101

CONVENTIONS = ("degrees", "lerobot_degrees", "lerobot_normalized", "lerobot_normalized_leisaac", "radians")
fractions = st.lists(st.floats(0, 1), min_size=6, max_size=6).map(torch.tensor)


def test_names_lists_the_packaged_conventions():
    assert units.names() == CONVENTIONS


@pytest.mark.parametrize("table", ("urdf", "leisaac"))
@pytest.mark.parametrize("name", CONVENTIONS)
@given(fraction=fractions)
def test_round_trip_over_the_whole_joint_range(conventions, limit_tables, name, table, fraction):
    convention = conventions[name]
    low, high = limit_tables[table].unbind(-1)
    joint_pos = low + fraction * (high - low)
    assert joint_pos.dtype == torch.float32

    values = convention.from_radians(joint_pos)
    torch.testing.assert_close(convention.to_radians(values), joint_pos, atol=1e-5, rtol=0)

    span = convention.limits_from_radians(limit_tables[table]).diff(dim=-1).squeeze(-1)
    again = convention.from_radians(convention.to_radians(values))
    assert ((again - values).abs() / span).max() < 1e-5


@pytest.mark.parametrize(
    "degrees",
    (
        (2.55, 15.93, -17.21, 75.45, 4.75, 28.40),  # state mean of lift_cube_3cams
        (2.55, 13.68, -19.39, 76.21, 4.79, 23.37),  # action mean of lift_cube_3cams
        (90.0, -90.0, 45.0, -45.0, 160.0, -10.0),
    ),
)
def test_degrees_are_degrees_of_every_joint(degrees):
    convention = units.load("degrees")
    radians = torch.tensor([math.radians(angle) for angle in degrees])
    torch.testing.assert_close(convention.from_radians(radians), torch.tensor(degrees), atol=1e-4, rtol=0)
    torch.testing.assert_close(convention.to_radians(torch.tensor(degrees)), radians, atol=1e-6, rtol=0)
    assert convention.units == ("deg",) * 6


def test_radians_change_nothing():
    joint_pos = torch.randn(32, 6)
    assert torch.equal(units.load("radians").from_radians(joint_pos), joint_pos)
    assert torch.equal(units.load("radians").to_radians(joint_pos), joint_pos)


def test_lerobot_degrees_show_the_gripper_in_percent():
    degrees = torch.tensor(
        [[10.0, 20.0, 30.0, 40.0, 50.0, -10.0], [0.0, 0.0, 0.0, 0.0, 0.0, 45.0], [0.0] * 5 + [100.0]]
    )
    expected = degrees.clone()
    expected[:, 5] = torch.tensor([0.0, 50.0, 100.0])
    values = units.load("lerobot_degrees").from_radians(degrees.deg2rad())
    torch.testing.assert_close(values, expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("name, table", (("lerobot_normalized", "urdf"), ("lerobot_normalized_leisaac", "leisaac")))
def test_normalized_reaches_its_ends_at_its_joint_limits(limit_tables, name, table):
    expected = torch.tensor([[-100.0, 100.0]] * 5 + [[0.0, 100.0]])
    limits = units.load(name).limits_from_radians(limit_tables[table])
    torch.testing.assert_close(limits, expected, atol=1e-3, rtol=0)


@given(fraction=fractions)
def test_leisaac_convention_is_leisaacs_affine_map(conventions, limit_tables, fraction):
    # motor = factor * degrees + constant, as LeIsaac 0.4.0 converts
    factor = torch.tensor([0.909091, 1.0, 1.052632, 1.052632, 0.625, 0.909091])
    constant = torch.tensor([0.0, 0.0, 5.263158, 0.0, 0.0, 9.090909])
    low, high = limit_tables["leisaac"].unbind(-1)
    joint_pos = low + fraction * (high - low)
    values = conventions["lerobot_normalized_leisaac"].from_radians(joint_pos)
    torch.testing.assert_close(values, factor * joint_pos.rad2deg() + constant, atol=2e-4, rtol=0)


def test_limits_stay_ordered_where_the_scale_is_negative(limit_tables):
    table = units.load("degrees").table
    table["joints"]["elbow_flex"]["scale"] *= -1
    table["joints"]["elbow_flex"]["offset"] = 90.0
    limits = units.from_table(table, "test").limits_from_radians(limit_tables["leisaac"])
    torch.testing.assert_close(limits[2], torch.tensor([0.0, 190.0]), atol=1e-4, rtol=0)
    torch.testing.assert_close(limits[4], torch.tensor([-160.0, 160.0]), atol=1e-4, rtol=0)


@pytest.mark.parametrize("shape", ((6,), (3, 6), (2, 5, 6), (0, 6)))
@pytest.mark.parametrize("dtype", (torch.float32, torch.float64))
def test_batches_keep_shape_and_dtype(shape, dtype):
    convention = units.load("lerobot_normalized")
    joint_pos = torch.zeros(shape, dtype=dtype)
    for converted in (convention.from_radians(joint_pos), convention.to_radians(joint_pos)):
        assert converted.shape == shape
        assert converted.dtype == dtype


def test_double_precision_is_kept():
    quarter_turn = torch.full((6,), math.pi / 2, dtype=torch.float64)
    assert (units.load("degrees").from_radians(quarter_turn) - 90).abs().max() < 1e-12


def test_conversion_makes_no_host_copy():
    # tensors on the meta device hold no data: reading any of it on the host is an error
    convention = units.load("lerobot_degrees")
    values = convention.from_radians(torch.empty(4, 6, device="meta"))
    assert values.device.type == "meta"
    assert convention.to_radians(values).device.type == "meta"
    assert convention.limits_from_radians(torch.empty(6, 2, device="meta")).device.type == "meta"


def test_conversion_inside_inference_mode_leaves_gradients_usable_afterwards():
    convention = units.from_table({**units.load("degrees").table, "name": "first used in inference mode"}, "test")
    with torch.inference_mode():
        convention.from_radians(torch.zeros(6))
    joint_pos = torch.zeros(6, requires_grad=True)
    convention.from_radians(joint_pos).sum().backward()
    torch.testing.assert_close(joint_pos.grad, torch.full((6,), 180 / math.pi))


@pytest.mark.parametrize("name", CONVENTIONS)
def test_table_holds_the_whole_convention(name):
    convention = units.load(name)
    assert units.from_table(convention.table, "metadata") == convention
    assert tuple(convention.table["joints"]) == SO101.channel_names
