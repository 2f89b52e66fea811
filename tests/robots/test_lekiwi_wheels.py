"""The limits of a LeKiwi's base beside LeRobot's own kinematics of its wheels."""

import math

import pytest
import torch
from lerobot.robots.lekiwi import LeKiwi, LeKiwiConfig

from lerobot_env_leisaac.robots.lekiwi.spec import LEKIWI
from lerobot_env_leisaac.tasks.common.base import attainable

TICK = math.radians(360 / 4096) * 0.05
"""What the rim of a wheel does by a tick a second [m/s]: LeRobot's commands to wheels are whole ticks."""


@pytest.fixture(scope="module")
def real():
    """LeRobot's robot, which nobody connects."""
    return LeKiwi(LeKiwiConfig(port="/dev/null"))


def commands() -> torch.Tensor:
    """Velocities [m/s], [m/s], [deg/s]: every way, from a creep to twice what the wheels can do, and none."""
    ways = torch.nn.functional.normalize(torch.randn(200, 3, generator=torch.Generator().manual_seed(0)))
    return torch.cat([ways * torch.linspace(0.02, 0.5, 200)[:, None] * torch.tensor([1, 1, 360]), torch.zeros(1, 3)])


def test_the_base_gets_the_velocities_that_lerobots_wheels_give_it(real):
    wanted = commands()
    radians = wanted * torch.tensor([1.0, 1.0, math.pi / 180])
    got = wanted * attainable(LEKIWI.drive, radians)
    slowed = (got != wanted).any(dim=1)
    assert 50 < slowed.sum() < 150, "of both kinds some"
    for command, velocity in zip(wanted.tolist(), got.tolist(), strict=True):
        theirs = real._wheel_raw_to_body(*real._body_to_wheel_raw(*command).values())
        # half a tick at each wheel
        assert theirs["x.vel"] == pytest.approx(velocity[0], abs=TICK)
        assert theirs["y.vel"] == pytest.approx(velocity[1], abs=TICK)
        assert theirs["theta.vel"] == pytest.approx(velocity[2], abs=math.degrees(TICK / 0.125))


def test_at_its_limits_the_base_is_not_slowed_and_beyond_it_is():
    limits = torch.tensor([high for _, high in LEKIWI.drive.limits])
    assert (attainable(LEKIWI.drive, torch.diag(limits)) == 1).all()
    assert (attainable(LEKIWI.drive, torch.diag(-limits)) == 1).all()
    torch.testing.assert_close(attainable(LEKIWI.drive, torch.diag(1.25 * limits)), torch.full((3, 1), 0.8))
    # two at once are too much for one wheel or another
    assert (
        attainable(LEKIWI.drive, torch.stack([limits * torch.tensor(use) for use in ([1, 1, 0], [1, 0, 1])])) < 1
    ).all()
