"""Images in the size in which a server takes them."""

from __future__ import annotations

import torch
from torch.nn import functional

from .protocol import ImageSize


def resize_with_pad(images: torch.Tensor, size: ImageSize) -> torch.Tensor:
    """Resize images without distortion, centred on black, as openpi's clients and its training do.

    Args:
        images: Images. Shape is (n, H, W, 3), uint8.
        size: Height and width that they are to have.

    Returns:
        Images of that size on the same device, uint8; a value may differ by 1 from what PIL's bilinear filter gives.
    """
    if images.shape[1:3] == size:
        return images
    height, width = images.shape[1:3]
    ratio = max(width / size[1], height / size[0])
    inner = max(1, int(height / ratio)), max(1, int(width / ratio))
    resized = functional.interpolate(
        images.permute(0, 3, 1, 2).float(), size=inner, mode="bilinear", align_corners=False, antialias=True
    )
    top, left = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    padded = functional.pad(
        resized.round_().clamp_(0, 255), (left, size[1] - inner[1] - left, top, size[0] - inner[0] - top)
    )
    return padded.to(torch.uint8).permute(0, 2, 3, 1)
