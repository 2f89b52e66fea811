"""What PhysX alone must be told of contacts, so that jaws hold what they hold with Newton."""

from __future__ import annotations

from typing import Any

import isaaclab.sim as sim_utils
from pxr import Sdf, Usd, UsdGeom, UsdPhysics

from .spawners import spawn_with_exact_meshes

POSITION_ITERATIONS = 16
"""Iterations in which the solver moves bodies apart. With 64 oranges are too hard to stay between the jaws."""

FRICTION_COMBINE_MODE = "multiply"
"""How the frictions of two surfaces become one. With Newton an object's own rules over that of what touches it; all
else has a friction of 1, so that the product is the same."""

ANGULAR_DAMPING = 20.0
"""Damping of the spin of what does not roll far [1/s]. PhysX has no friction against rolling. A sphere that rolls slows
down by two sevenths of its damping: at 0.1 m/s it stops after 17 mm, as an orange does with Newton."""

_ROLLING_DIMENSIONS = 6
"""Dimension of the contacts that know friction against rolling in Newton."""


@sim_utils.clone
def spawn_for_physx(prim_path: str, cfg: sim_utils.UsdFileCfg, *args: Any, **kwargs: Any) -> Usd.Prim:
    """Spawn a USD file whose bodies and materials say what PhysX must be told; arguments as for ``spawn_from_usd``."""
    return _told(sim_utils.spawn_from_usd(prim_path, cfg, *args, **kwargs))


@sim_utils.clone
def spawn_with_exact_meshes_for_physx(prim_path: str, cfg: sim_utils.UsdFileCfg, *args: Any, **kwargs: Any) -> Usd.Prim:
    """Spawn a robot as :func:`.spawners.spawn_with_exact_meshes` does, for PhysX."""
    return _told(spawn_with_exact_meshes(prim_path, cfg, *args, **kwargs))


def _told(top: Usd.Prim) -> Usd.Prim:
    for prim in Usd.PrimRange(top):
        if prim.HasAPI(UsdPhysics.ArticulationRootAPI):
            _author(prim, "PhysxArticulationAPI", "physxArticulation:solverPositionIterationCount", POSITION_ITERATIONS)
            _anchor(prim)
        if prim.HasAPI(UsdPhysics.RigidBodyAPI):
            _author(prim, "PhysxRigidBodyAPI", "physxRigidBody:solverPositionIterationCount", POSITION_ITERATIONS)
            if any(each.GetAttribute("mjc:condim").Get() == _ROLLING_DIMENSIONS for each in Usd.PrimRange(prim)):
                _author(prim, "PhysxRigidBodyAPI", "physxRigidBody:angularDamping", ANGULAR_DAMPING)
        if prim.HasAPI(UsdPhysics.MaterialAPI):
            _author(prim, "PhysxMaterialAPI", "physxMaterial:frictionCombineMode", FRICTION_COMBINE_MODE)
    return top


def _anchor(robot: Usd.Prim) -> None:
    """Let a joint that moves a robot against the world move it against a body that is fixed to the world.

    To PhysX such a joint is none of the robot's, and what is free of it the robot's root.
    """
    stage, path = robot.GetStage(), robot.GetPath().AppendChild("anchor")
    for prim in list(Usd.PrimRange(robot)):
        joint = UsdPhysics.Joint(prim)
        if joint and not prim.IsA(UsdPhysics.FixedJoint) and not joint.GetBody0Rel().GetTargets():
            anchor = UsdGeom.Xform.Define(stage, path).GetPrim()
            UsdPhysics.RigidBodyAPI.Apply(anchor)
            UsdPhysics.MassAPI.Apply(anchor).CreateMassAttr(1.0)
            fixed = UsdPhysics.FixedJoint.Define(stage, path.AppendChild("fixed"))
            fixed.CreateBody1Rel().SetTargets([path])
            joint.GetBody0Rel().SetTargets([path])


_KINDS = {int: Sdf.ValueTypeNames.Int, float: Sdf.ValueTypeNames.Float, str: Sdf.ValueTypeNames.Token}


def _author(prim: Usd.Prim, schema: str, name: str, value: int | float | str) -> None:
    """Write an attribute of one of PhysX's schemas, which need not be registered here."""
    prim.AddAppliedSchema(schema)
    prim.CreateAttribute(name, _KINDS[type(value)]).Set(value)
