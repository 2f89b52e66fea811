"""Builds the packaged robot, ``robots/so101_follower.usda``."""

import math
from pathlib import Path

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, UsdPhysics

from . import usd
from .colliders import COLLIDERS
from .kinematics import JOINT_LIMITS, JOINTS, LINKS, Joint, Link, link_poses
from .visuals import MATERIALS, VISUALS

ROOT = "so101_follower"
COMMENT = "SO-101 follower arm. Built by tools/build_assets: change the builder, not this file."

DRIVE_STIFFNESS, DRIVE_DAMPING, DRIVE_MAX_FORCE = 17.8, 0.60, 3.35
"""Drive defaults in [N m/rad], [N m s/rad], [N m], for whoever opens the file without an actuator configuration.

Source: TheRobotStudio SO-ARM100, ``so101_new_calib.xml`` (gains and torque of the STS3215).
"""

MAX_JOINT_VELOCITY = 10.0
"""Velocity limit of every joint [rad/s]. Source: ``so101_new_calib.urdf``."""

JAW_FRICTION = 1.0
"""Friction of both jaws. Source: MJCF of the SO-101."""


def build_robot(path: Path) -> Path:
    """Write the robot to `path` and return it."""
    stage = usd.new_stage(ROOT, COMMENT)
    root = stage.GetDefaultPrim()
    UsdPhysics.ArticulationRootAPI.Apply(root)
    looks = UsdGeom.Scope.Define(stage, f"/{ROOT}/Looks").GetPath()
    materials = {name: usd.add_material(stage, f"{looks}/{name}", *look) for name, look in MATERIALS.items()}
    rubber = usd.add_physics_material(stage, f"{looks}/jaw_friction", JAW_FRICTION)
    poses = link_poses()
    for name, link in LINKS.items():
        xform = UsdGeom.Xform.Define(stage, f"/{ROOT}/{name}")
        usd.place(xform, poses[name][:3, 3], poses[name][:3, :3])
        _add_body(xform.GetPrim(), link)
        visuals = UsdGeom.Xform.Define(stage, f"{xform.GetPath()}/visuals").GetPath()
        for part in VISUALS[name]:
            usd.bind(usd.add_shape(stage, f"{visuals}/{part.name}", part.shape), materials[part.material])
        collisions = UsdGeom.Xform.Define(stage, f"{xform.GetPath()}/collisions").GetPath()
        for box_name, box in COLLIDERS[name].items():
            collider = usd.add_shape(stage, f"{collisions}/{box_name}", box)
            usd.add_collider(collider, rubber if name in ("gripper", "jaw") else None)
    UsdGeom.Scope.Define(stage, f"/{ROOT}/joints")
    fixed = UsdPhysics.FixedJoint.Define(stage, f"/{ROOT}/joints/root_joint")
    fixed.CreateBody1Rel().SetTargets([f"/{ROOT}/base"])
    for name, joint in JOINTS.items():
        _add_joint(stage, name, joint)
    return usd.save(stage, path)


def _add_body(prim: Usd.Prim, link: Link) -> None:
    UsdPhysics.RigidBodyAPI.Apply(prim)
    mass = UsdPhysics.MassAPI.Apply(prim)
    mass.CreateMassAttr(link.mass)
    mass.CreateCenterOfMassAttr(Gf.Vec3f(*link.center_of_mass))
    # USD holds an inertia tensor as principal moments and the rotation to their axes.
    moments, axes = np.linalg.eigh(link.inertia_matrix())
    axes[:, 0] *= np.linalg.det(axes)
    mass.CreateDiagonalInertiaAttr(Gf.Vec3f(*[float(f"{moment:.9e}") for moment in moments]))
    mass.CreatePrincipalAxesAttr(usd.quat(axes))


def _add_joint(stage: Usd.Stage, name: str, joint: Joint) -> None:
    origin = joint.origin()
    prim = UsdPhysics.RevoluteJoint.Define(stage, f"/{ROOT}/joints/{name}")
    prim.CreateBody0Rel().SetTargets([f"/{ROOT}/{joint.parent}"])
    prim.CreateBody1Rel().SetTargets([f"/{ROOT}/{joint.child}"])
    prim.CreateAxisAttr(UsdPhysics.Tokens.z)
    prim.CreateLocalPos0Attr(Gf.Vec3f(*joint.position))
    prim.CreateLocalRot0Attr(usd.quat(origin[:3, :3]))
    prim.CreateLocalPos1Attr(Gf.Vec3f(0.0))
    prim.CreateLocalRot1Attr(Gf.Quatf(1.0))
    lower, upper = JOINT_LIMITS[name]
    prim.CreateLowerLimitAttr(math.degrees(lower))
    prim.CreateUpperLimitAttr(math.degrees(upper))
    drive = UsdPhysics.DriveAPI.Apply(prim.GetPrim(), UsdPhysics.Tokens.angular)
    drive.CreateTypeAttr(UsdPhysics.Tokens.force)
    # USD counts drive gains by degree.
    drive.CreateStiffnessAttr(math.radians(DRIVE_STIFFNESS))
    drive.CreateDampingAttr(math.radians(DRIVE_DAMPING))
    drive.CreateMaxForceAttr(DRIVE_MAX_FORCE)
    velocity = prim.GetPrim().CreateAttribute("physxJoint:maxJointVelocity", Sdf.ValueTypeNames.Float)
    velocity.Set(math.degrees(MAX_JOINT_VELOCITY))
