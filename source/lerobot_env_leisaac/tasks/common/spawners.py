"""Scene files with one thing changed as they are put on the stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any

import isaaclab.sim as sim_utils
from isaaclab.utils import configclass
from pxr import Usd


@sim_utils.clone
def spawn_with_scaled_bodies(prim_path: str, cfg: ScaledBodiesUsdFileCfg, *args: Any, **kwargs: Any) -> Usd.Prim:
    """Spawn a USD file and scale some of its bodies; arguments as for Isaac Lab's ``spawn_from_usd``."""
    scene = cfg.spawned_by(prim_path, cfg, *args, **kwargs)
    for path, factor in cfg.body_scales.items():
        body = scene.GetPrimAtPath(path)
        sim_utils.standardize_xform_ops(body)
        scale = body.GetAttribute("xformOp:scale")
        scale.Set(scale.Get() * factor)
    return scene


@configclass
class ScaledBodiesUsdFileCfg(sim_utils.UsdFileCfg):
    """A USD file, some bodies of which are built larger or smaller; their masses stay."""

    func: Callable = spawn_with_scaled_bodies
    spawned_by: Callable = sim_utils.spawn_from_usd
    """What puts the file on the stage."""
    body_scales: dict[str, float] = field(default_factory=dict)
    """Factor of a body's three edges, by its path below the file's default prim."""
