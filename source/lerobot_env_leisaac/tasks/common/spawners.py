"""Files of scenes and robots with one thing changed as they are put on the stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any

import isaaclab.sim as sim_utils
from isaaclab.utils import configclass
from pxr import Usd, UsdShade

from lerobot_env_leisaac.robots.so101 import exact_meshes


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


@sim_utils.clone
def spawn_with_exact_meshes(prim_path: str, cfg: sim_utils.UsdFileCfg, *args: Any, **kwargs: Any) -> Usd.Prim:
    """Spawn a robot with an SO-101's arm, of the exact shapes where they are installed; arguments as above."""
    robot = sim_utils.spawn_from_usd(prim_path, cfg, *args, **kwargs)
    if exact_meshes.installed():
        file = str(exact_meshes.parts_file())
        for link in exact_meshes.LINKS.values():
            shown = robot.GetPrimAtPath(f"{link}/real")
            for part in shown.GetChildren():
                if part.GetName() in exact_meshes.MATERIALS.values():
                    part.SetActive(False)
            shown.GetReferences().AddReference(file, f"/{link}")
            for part in shown.GetChildren():
                name = part.GetName().partition("_")[0]
                material = UsdShade.Material(robot.GetPrimAtPath(f"Looks/{name}"))
                UsdShade.MaterialBindingAPI.Apply(part).Bind(material)
    return robot
