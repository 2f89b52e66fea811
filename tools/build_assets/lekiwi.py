"""Builds the packaged LeKiwi, ``robots/lekiwi.usda``: the SO-101 on a base with three omniwheels.

The arm's own base is one body with the wheels' base, whose origin is where the real one's ``base_link`` is: in the
middle, above the floor. It hangs on three joints between world and base, along x, along y and about z, which stand for
the wheels: they do not turn. Places and sizes come from the robot's published CAD, simplified.
"""

import dataclasses
import math
from pathlib import Path

import numpy as np
from pxr import Gf, Usd, UsdPhysics

from lerobot_env_leisaac.robots.lekiwi.spec import BASE_HEIGHT, LEKIWI

from . import robot, usd
from .kinematics import Joint, Link, Vector
from .shapes import Box, Cylinder, moved
from .visuals import SERVO_LENGTH, SERVO_WIDTH, Part

MOUNT: Vector = (0.03, 0.0, 0.1005 - BASE_HEIGHT)
"""Where the arm stands on the upper deck, in the frame of the base [m]."""

DECK_RADIUS, DECK_THICKNESS = 0.108, 0.007
DECK_HEIGHTS = (0.047 - BASE_HEIGHT, 0.097 - BASE_HEIGHT)
"""Middles of lower and upper deck, in the frame of the base [m]."""

WHEEL_RADIUS, WHEEL_WIDTH, WHEEL_DISTANCE = 0.051, 0.025, 0.1322
WHEELS = {"left": math.radians(60), "back": math.radians(180), "right": math.radians(-60)}
"""Size of a wheel and its distance from the middle [m], and where wheels stand, about z from the way ahead [rad]."""

BASE_MASS = 3.0
"""Mass of the base without the arm [kg]: a guess. Its joints' servos are so stiff that it moves as told."""

SLIDE_MASS = 0.1
"""Mass of each body between the joints of the base [kg]."""

BODY = Cylinder((0.0, 0.0, 0.057 - BASE_HEIGHT), 0.130, 0.074, "z")
"""What the base touches with: it hangs clear of the floor, on which the joints carry it."""

FRONT_CAMERA = Box((0.118, 0.0, 0.025), (0.020, 0.036, 0.028))
"""Case of the front camera, behind its lens."""

MATERIALS = {
    "deck": ((0.62, 0.62, 0.60), 0.6, 0.0),
    "tyre": ((0.02, 0.02, 0.022), 0.7, 0.0),
    "hub": ((0.75, 0.75, 0.73), 0.5, 0.0),
}
"""Linear RGB, roughness and metallic by material, beside those of the arm."""


def build_lekiwi(path: Path) -> Path:
    """Write the robot to `path` and return it."""
    arm = robot.SO101
    kiwi = dataclasses.replace(
        arm,
        root="lekiwi",
        comment="LeKiwi. Built by tools/build_assets: change the builder, not this file.",
        links={**arm.links, "base": _with_arm(arm.links["base"])},
        joints={**arm.joints, "shoulder_pan": _on_mount(arm.joints["shoulder_pan"])},
        materials={**arm.materials, **MATERIALS},
        visuals={**arm.visuals, "base": [*map(_part_on_mount, arm.visuals["base"]), *_visuals()]},
        colliders={
            **arm.colliders,
            "base": {"body": BODY, **{name: moved(box, MOUNT) for name, box in arm.colliders["base"].items()}},
        },
    )
    stage = robot.arm_stage(kiwi)
    usd.add_contact_gap(stage.GetPrimAtPath(f"/{kiwi.root}/base/collisions/body"), 0.0)
    slide = Link(SLIDE_MASS, (0.0, 0.0, 0.0), (100.0, 100.0, 100.0), (0.0, 0.0, 0.0))
    parent = ""
    for channel, axis, child in zip(LEKIWI.columns("base"), "XYZ", ("slide_x", "slide_y", "base"), strict=True):
        if child != "base":
            robot.add_body(stage, kiwi.root, child, slide, np.eye(4))
        _add_base_joint(stage, kiwi.root, LEKIWI.channels[channel].joint, axis, parent, child)
        parent = child
    for name, joint in kiwi.joints.items():
        robot.add_joint(stage, kiwi.root, name, joint)
    return usd.save(stage, path)


def _with_arm(foot: Link) -> Link:
    """Return base and arm's foot as one body; the base is a disc of even mass."""
    radius, height, middle = DECK_RADIUS, DECK_HEIGHTS[1] - DECK_HEIGHTS[0], np.array([0.0, 0.0, sum(DECK_HEIGHTS) / 2])
    across = BASE_MASS * (3 * radius**2 + height**2) / 12
    disc = np.diag([across, across, BASE_MASS * radius**2 / 2])
    foot_middle = np.add(foot.center_of_mass, MOUNT)
    mass = BASE_MASS + foot.mass
    center = (BASE_MASS * middle + foot.mass * foot_middle) / mass
    inertia = disc + _about(BASE_MASS, middle - center)
    inertia += foot.inertia_matrix() + _about(foot.mass, foot_middle - center)
    (xx, xy, xz), (_, yy, yz), (_, _, zz) = inertia.tolist()
    return Link(mass, tuple(center.tolist()), (xx * 1e5, yy * 1e5, zz * 1e5), (xy * 1e6, xz * 1e6, yz * 1e6))


def _about(mass: float, offset: np.ndarray) -> np.ndarray:
    """Return the inertia of a point mass about a point at an offset (3,), shape (3, 3) [kg m^2]."""
    return mass * (offset @ offset * np.eye(3) - np.outer(offset, offset))


def _on_mount(joint: Joint) -> Joint:
    x, y, z = (place + by for place, by in zip(joint.position, MOUNT, strict=True))
    return dataclasses.replace(joint, position=(x, y, z))


def _part_on_mount(part: Part) -> Part:
    return Part(f"arm_{part.name}", part.material, moved(part.shape, MOUNT))


def _visuals() -> list[Part]:
    """Return decks, posts, battery, camera, and a wheel with its servo at three sides."""
    middle = sum(DECK_HEIGHTS) / 2
    parts = [
        *(
            Part(f"{name}_deck", "deck", Cylinder((0.0, 0.0, z), DECK_RADIUS, DECK_THICKNESS, "z"))
            for name, z in zip(("lower", "upper"), DECK_HEIGHTS, strict=True)
        ),
        Part("battery", "servo", Box((-0.010, 0.0, middle), (0.090, 0.070, 0.030))),
        Part("front_camera", "servo", FRONT_CAMERA),
        Part("front_bracket", "printed", Box((0.103, 0.0, middle), (0.014, 0.030, 0.046))),
    ]
    for name, angle in WHEELS.items():
        turn, (x, y) = (0.0, 0.0, angle), (math.cos(angle), math.sin(angle))
        z = WHEEL_RADIUS - BASE_HEIGHT
        place = (WHEEL_DISTANCE * x, WHEEL_DISTANCE * y, z)
        inside = (0.092 * x, 0.092 * y, z)
        parts += [
            Part(f"{name}_tyre", "tyre", Cylinder(place, WHEEL_RADIUS, WHEEL_WIDTH, "x", turn)),
            Part(f"{name}_hub", "hub", Cylinder(place, 0.030, WHEEL_WIDTH + 0.004, "x", turn)),
            Part(f"{name}_cap", "printed", Cylinder(place, 0.012, WHEEL_WIDTH + 0.008, "x", turn)),
            Part(f"{name}_servo", "servo", Box(inside, (0.040, SERVO_LENGTH, SERVO_WIDTH), turn)),
        ]
    return parts


def _add_base_joint(stage: Usd.Stage, root: str, name: str, axis: str, parent: str, child: str) -> None:
    """Add a joint of the base along (X, Y) or about (Z) an axis; the first one hangs on the world."""
    kind = UsdPhysics.RevoluteJoint if axis == "Z" else UsdPhysics.PrismaticJoint
    prim = kind.Define(stage, f"/{root}/joints/{name}")
    if parent:
        prim.CreateBody0Rel().SetTargets([f"/{root}/{parent}"])
    prim.CreateBody1Rel().SetTargets([f"/{root}/{child}"])
    prim.CreateAxisAttr(axis)
    for attribute in (prim.CreateLocalPos0Attr, prim.CreateLocalPos1Attr):
        attribute(Gf.Vec3f(0.0))
    for attribute in (prim.CreateLocalRot0Attr, prim.CreateLocalRot1Attr):
        attribute(Gf.Quatf(1.0))
    way = UsdPhysics.Tokens.angular if axis == "Z" else UsdPhysics.Tokens.linear
    drive = UsdPhysics.DriveAPI.Apply(prim.GetPrim(), way)
    drive.CreateTypeAttr(UsdPhysics.Tokens.force)
    drive.CreateStiffnessAttr(0.0)
    drive.CreateDampingAttr(100.0)
