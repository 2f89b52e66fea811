"""Scene files with one thing changed as they are put on the stage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import isaaclab.sim as sim_utils
from isaaclab.utils import configclass
from pxr import Usd


@sim_utils.clone
def spawn_with_scaled_body(prim_path: str, cfg: ScaledBodyUsdFileCfg, *args: Any, **kwargs: Any) -> Usd.Prim:
    """Spawn a USD file and scale one of its bodies; arguments as for Isaac Lab's ``spawn_from_usd``."""
    scene = sim_utils.spawn_from_usd(prim_path, cfg, *args, **kwargs)
    body = scene.GetPrimAtPath(cfg.body)
    sim_utils.standardize_xform_ops(body)
    scale = body.GetAttribute("xformOp:scale")
    scale.Set(scale.Get() * cfg.body_scale)
    return scene


@configclass
class ScaledBodyUsdFileCfg(sim_utils.UsdFileCfg):
    """A USD file, one body of which is built larger or smaller; its mass stays."""

    func: Callable = spawn_with_scaled_body
    body: str = ""
    """Path of the body below the file's default prim."""
    body_scale: float = 1.0
    """Factor of its three edges."""
