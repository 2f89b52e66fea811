import pytest
import torch

from lerobot_env_leisaac import units

URDF_LIMITS_RAD = (
    (-1.91986, 1.91986),
    (-1.74533, 1.74533),
    (-1.69, 1.69),
    (-1.65806, 1.65806),
    (-2.74385, 2.84121),
    (-0.174533, 1.74533),
)
LEISAAC_LIMITS_DEG = ((-110, 110), (-100, 100), (-100, 90), (-95, 95), (-160, 160), (-10, 100))


@pytest.fixture(scope="session")
def limit_tables() -> dict[str, torch.Tensor]:
    """Joint limits (6, 2) [rad] of TheRobotStudio's URDF and of LeIsaac's USD."""
    return {
        "urdf": torch.tensor(URDF_LIMITS_RAD),
        "leisaac": torch.tensor(LEISAAC_LIMITS_DEG, dtype=torch.float32).deg2rad(),
    }


@pytest.fixture(scope="session")
def conventions() -> dict[str, units.UnitConvention]:
    """The packaged conventions by name."""
    return {name: units.load(name) for name in units.names()}
