"""When two unit conventions are the same: the one answer for checkpoints, datasets and LeRobot's commands."""

from __future__ import annotations

import torch

from lerobot_env_leisaac.units import UnitConvention

_TOLERANCE = 1e-3
"""Part of a joint's range by which two conventions may differ there: rounded figures, and nothing that moves an arm."""


def difference(first: UnitConvention, second: UnitConvention, limits: torch.Tensor) -> str | None:
    """Return how two conventions differ, None where they are the same within 0.1 % of each joint's range.

    Args:
        first: A convention.
        second: Another one; the factor is its scale over that of `first`, or the reverse, whichever is above 1.
        limits: Joint limits [rad]. Shape is (C, 2).
    """
    in_first, in_second = first.limits_from_radians(limits), second.limits_from_radians(limits)
    span = in_first.diff(dim=-1)
    turned = torch.tensor([a * b < 0 for a, b in zip(first.scale, second.scale, strict=True)])
    off = ((in_first - in_second).abs() / span).amax(dim=-1) > _TOLERANCE
    if turned.any():
        return f"which count the other way round in {_names(first, turned)}"
    if not off.any():
        return None
    factor = (in_second.diff(dim=-1) / span).squeeze(-1)[off].median().item()
    if abs(factor - 1) < 0.01:
        return f"which differ in their zero in {_names(first, off)}"
    return f"a factor of about {max(factor, 1 / factor):.3g} in {_names(first, off)}"


def _names(convention: UnitConvention, chosen: torch.Tensor) -> str:
    return ", ".join(joint for joint, is_chosen in zip(convention.joints, chosen, strict=True) if is_chosen)
