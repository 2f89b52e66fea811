"""Between linear light and the values that images hold, sRGB; both in [0, 1]."""

import torch


def to_linear(srgb: torch.Tensor) -> torch.Tensor:
    """Return the linear light of sRGB values."""
    return torch.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def to_srgb(linear: torch.Tensor) -> torch.Tensor:
    """Return the sRGB values of linear light."""
    return torch.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
