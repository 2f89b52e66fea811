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
def spawn_changed(prim_path: str, cfg: ChangedUsdFileCfg, *args: Any, **kwargs: Any) -> Usd.Prim:
    """Spawn a USD file and change what its configuration says; arguments as for Isaac Lab's ``spawn_from_usd``."""
    scene = cfg.spawned_by(prim_path, cfg, *args, **kwargs)
    for path, factor in cfg.body_scales.items():
        body = scene.GetPrimAtPath(path)
        sim_utils.standardize_xform_ops(body)
        scale = body.GetAttribute("xformOp:scale")
        scale.Set(scale.Get() * factor)
    if cfg.copies:
        _copy(scene, cfg)
    return scene


def _copy(scene: Usd.Prim, cfg: ChangedUsdFileCfg) -> None:
    """Put copies of a body on the stage."""
    stage, body = scene.GetStage(), scene.GetPrimAtPath(cfg.copied)
    for name in cfg.copies:
        # an arc within the stage, so that what the body is bound to, its materials, are those of the file
        stage.DefinePrim(scene.GetPath().AppendChild(name)).GetInherits().AddInherit(body.GetPath())


@configclass
class ChangedUsdFileCfg(sim_utils.UsdFileCfg):
    """A USD file with some bodies built larger or smaller, their masses as they were, and with copies of one."""

    func: Callable = spawn_changed
    spawned_by: Callable = sim_utils.spawn_from_usd
    """What puts the file on the stage."""
    body_scales: dict[str, float] = field(default_factory=dict)
    """Factor of a body's three edges, by its path below the file's default prim."""
    copied: str = ""
    """The body that is copied, by its path."""
    copies: tuple[str, ...] = ()
    """Names of the copies, which stand below the default prim."""


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
