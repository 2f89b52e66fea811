"""Builds the packaged SO-101, ``robots/so101_follower.usda``, and what robots derived from it share."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, UsdPhysics

from . import usd
from .colliders import COLLIDERS
from .kinematics import JOINT_LIMITS, JOINTS, LINKS, Joint, Link, link_poses
from .shapes import Shape
from .visuals import MATERIALS, VISUALS, Part

DRIVE_STIFFNESS, DRIVE_DAMPING, DRIVE_MAX_FORCE = 17.8, 0.60, 3.35
"""Drive defaults in [N m/rad], [N m s/rad], [N m], for whoever opens the file without an actuator configuration.

Source: TheRobotStudio SO-ARM100, ``so101_new_calib.xml`` (gains and torque of the STS3215).
"""

MAX_JOINT_VELOCITY = 10.0
"""Velocity limit of every joint [rad/s]. Source: ``so101_new_calib.urdf``."""

JAW_FRICTION = 1.0
"""Friction of both jaws. Source: MJCF of the SO-101."""


@dataclass(frozen=True, kw_only=True)
class Arm:
    """What an arm is made of.

    Attributes:
        root: Name of the default prim.
        comment: What the file says of itself.
        links: Rigid bodies by name, the base first.
        joints: Joints by name, from the base on.
        materials: Linear RGB, roughness and metallic by material.
        visuals: Visible shapes by link.
        colliders: Collision shapes by link and name.
    """

    root: str
    comment: str
    links: Mapping[str, Link]
    joints: Mapping[str, Joint]
    materials: Mapping[str, tuple[tuple[float, float, float], float, float]]
    visuals: Mapping[str, Sequence[Part]]
    colliders: Mapping[str, Mapping[str, Shape]]


SO101 = Arm(
    root="so101_follower",
    comment="SO-101 follower arm. Built by tools/build_assets: change the builder, not this file.",
    links=LINKS,
    joints=JOINTS,
    materials=MATERIALS,
    visuals=VISUALS,
    colliders=COLLIDERS,
)


def build_robot(path: Path) -> Path:
    """Write the SO-101 to `path` and return it."""
    stage = arm_stage(SO101)
    fixed = UsdPhysics.FixedJoint.Define(stage, f"/{SO101.root}/joints/root_joint")
    fixed.CreateBody1Rel().SetTargets([f"/{SO101.root}/base"])
    for name, joint in SO101.joints.items():
        add_joint(stage, SO101.root, name, joint)
    return usd.save(stage, path)


def arm_stage(arm: Arm) -> Usd.Stage:
    """Return a stage with an arm's bodies; its joints are still to come, those of its base first."""
    stage = usd.new_stage(arm.root, arm.comment)
    UsdPhysics.ArticulationRootAPI.Apply(stage.GetDefaultPrim())
    looks = UsdGeom.Scope.Define(stage, f"/{arm.root}/Looks").GetPath()
    materials = {name: usd.add_material(stage, f"{looks}/{name}", *look) for name, look in arm.materials.items()}
    rubber = usd.add_physics_material(stage, f"{looks}/jaw_friction", JAW_FRICTION)
    poses = link_poses(joints=arm.joints)
    for name, link in arm.links.items():
        xform = add_body(stage, arm.root, name, link, poses[name])
        visuals = UsdGeom.Xform.Define(stage, f"{xform.GetPath()}/visuals").GetPath()
        for part in arm.visuals[name]:
            usd.bind(usd.add_shape(stage, f"{visuals}/{part.name}", part.shape), materials[part.material])
        collisions = UsdGeom.Xform.Define(stage, f"{xform.GetPath()}/collisions").GetPath()
        for shape_name, shape in arm.colliders[name].items():
            collider = usd.add_shape(stage, f"{collisions}/{shape_name}", shape)
            usd.add_collider(collider, rubber if name in ("gripper", "jaw") else None)
    UsdGeom.Scope.Define(stage, f"/{arm.root}/joints")
    return stage


def add_body(stage: Usd.Stage, root: str, name: str, link: Link, pose: np.ndarray) -> UsdGeom.Xform:
    """Add a rigid body at a pose, shape (4, 4), and return it."""
    xform = UsdGeom.Xform.Define(stage, f"/{root}/{name}")
    prim = xform.GetPrim()
    usd.place(xform, pose[:3, 3], pose[:3, :3])
    UsdPhysics.RigidBodyAPI.Apply(prim)
    mass = UsdPhysics.MassAPI.Apply(prim)
    mass.CreateMassAttr(link.mass)
    mass.CreateCenterOfMassAttr(Gf.Vec3f(*link.center_of_mass))
    # USD holds an inertia tensor as principal moments and the rotation to their axes.
    moments, axes = np.linalg.eigh(link.inertia_matrix())
    axes[:, 0] *= np.linalg.det(axes)
    mass.CreateDiagonalInertiaAttr(Gf.Vec3f(*[float(f"{moment:.9e}") for moment in moments]))
    mass.CreatePrincipalAxesAttr(usd.quat(axes))
    return xform


def add_joint(stage: Usd.Stage, root: str, name: str, joint: Joint) -> None:
    """Add a servo's joint."""
    origin = joint.origin()
    prim = UsdPhysics.RevoluteJoint.Define(stage, f"/{root}/joints/{name}")
    prim.CreateBody0Rel().SetTargets([f"/{root}/{joint.parent}"])
    prim.CreateBody1Rel().SetTargets([f"/{root}/{joint.child}"])
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
