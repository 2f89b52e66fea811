"""Builds the scenes of ``look=real``: files on top of the plain ones, which change what is seen and nothing else.

A table gets grain and stands in a room with a floor and two walls, behind the robot and at its left: those that the
light of the Newton Warp renderer falls on. Where there is no wall, the background of the cameras has the colour of one;
pixels of it cost nothing.
"""

from dataclasses import dataclass
from pathlib import Path

from pxr import Usd, UsdGeom

from . import kitchen, lightwheel_loft, lightwheel_toyroom, table_with_cube, usd
from .hulls import rectangle
from .real_robot import SCOPE
from .shapes import Box, Vector

COMMENT = "The same scene as it looks. Built by tools/build_assets: change the builder, not this file."

TEXTURES = "../textures"
"""Folder of the textures, from that of the scenes."""

FLOOR_HEIGHT = -0.72
"""Height of the floor under a table [m]."""

FLOOR_SIDE = 1.2
"""Edge of the square that a texture of the floor covers once [m]."""

TABLE_SIDE = 0.45
"""The same of a table top [m]."""

FLAT = 0.0005
"""How far a texture lies above the box that is its body [m]."""

WALL_COLOR: Vector = (0.72, 0.70, 0.64)
"""Linear RGB of the walls."""

SKIRTING_COLOR: Vector = (0.85, 0.85, 0.82)
"""Linear RGB of their skirting boards."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """What is seen of a scene instead.

    Attributes:
        hidden: What is not seen any more: prims below the file's default prim.
        top: The table top; None where the robot stands on the floor.
        texture: Its texture.
        edge: Linear RGB of its edges.
        floor: Height of the floor [m].
        back: Where the wall behind the robot is along x [m].
        left: Where the wall at its left is along y [m].
    """

    hidden: tuple[str, ...]
    top: Box | None = None
    texture: str = "walnut"
    edge: Vector = (0.0, 0.0, 0.0)
    floor: float = FLOOR_HEIGHT
    back: float = -0.95
    left: float = 1.15


def _wider(top: Box, front: float) -> Box:
    """Return a table top which reaches to `front` [m], where no camera sees beyond it, and farther to both sides."""
    back = -0.30
    return Box(((back + front) / 2, 0.0, top.center[2]), (front - back, 1.30, top.size[2]))


ROOMS = {
    table_with_cube.ROOT: Room(
        hidden=("table/visuals/top",), top=_wider(table_with_cube.TABLE_TOP, 0.80), edge=(0.19, 0.09, 0.045)
    ),
    "kitchen_with_orange": Room(
        hidden=("counter/visuals/top",), top=_wider(kitchen.COUNTER, 0.55), texture="stone", edge=(0.30, 0.29, 0.27)
    ),
    "kitchen_with_hamburger": Room(
        hidden=("counter/visuals/top",), top=_wider(kitchen.COUNTER, 0.55), texture="stone", edge=(0.30, 0.29, 0.27)
    ),
    lightwheel_toyroom.ROOT: Room(
        hidden=("table/visuals/top",),
        top=_wider(lightwheel_toyroom.TABLE, 0.55),
        texture="birch",
        edge=(0.52, 0.38, 0.22),
    ),
    lightwheel_loft.ROOT: Room(
        hidden=("room/visuals/floor", *(f"room/visuals/seam_{index}" for index in range(len(lightwheel_loft.SEAMS)))),
        floor=0.0,
        back=-1.2,
        left=1.5,
    ),
}
"""The rooms by the scene's name."""


def build_real_scene(path: Path, plain: Path) -> Path:
    """Write a scene as it looks to `path`, beside its plain file, and return it."""
    room = ROOMS[plain.stem]
    stage = usd.new_overlay(path, plain, COMMENT)
    root = stage.GetDefaultPrim().GetPath()
    for hidden in room.hidden:
        stage.OverridePrim(f"{root}/{hidden}").SetActive(False)
    UsdGeom.Xform.Define(stage, f"{root}/{SCOPE}")
    if room.top is not None:
        _add_top(stage, str(root), room, room.top)
    _add_room(stage, str(root), room)
    stage.Save()
    return path


def _add_top(stage: Usd.Stage, root: str, room: Room, top: Box) -> None:
    (x, y, z), (length, width, thickness) = top.center, top.size
    body = Box((x, y, z - FLAT), top.size)
    edge = usd.add_material(stage, f"{root}/Looks/real_edge", room.edge, roughness=0.7)
    usd.bind(usd.add_shape(stage, f"{root}/{SCOPE}/table_body", body), edge)
    corner = (x - length / 2, y + width / 2, z + thickness / 2)
    grain = usd.add_texture(stage, f"{root}/Looks/real_top", f"{TEXTURES}/{room.texture}.png", roughness=0.6)
    # its grain runs across, along the edge that a person would sit at
    mesh = rectangle(corner, (0.0, -width, 0.0), (length, 0.0, 0.0), TABLE_SIDE)
    usd.bind(usd.add_mesh(stage, f"{root}/{SCOPE}/table", mesh), grain)


def _add_room(stage: Usd.Stage, root: str, room: Room) -> None:
    scope, far, right, height = f"{root}/{SCOPE}", 3.5, -3.0, 2.3
    oak = usd.add_texture(stage, f"{root}/Looks/real_floor", f"{TEXTURES}/oak_floor.png", roughness=0.7)
    floor = rectangle(
        (room.back, right, room.floor), (far - room.back, 0.0, 0.0), (0.0, room.left - right, 0.0), FLOOR_SIDE
    )
    usd.bind(usd.add_mesh(stage, f"{scope}/floor", floor), oak)
    wall = usd.add_material(stage, f"{root}/Looks/real_wall", WALL_COLOR, roughness=0.9)
    white = usd.add_material(stage, f"{root}/Looks/real_skirting", SKIRTING_COLOR, roughness=0.6)
    for name, thickness, tall, material in (("wall", 0.04, height, wall), ("skirting", 0.07, 0.09, white)):
        middle = room.floor + tall / 2
        back = Box((room.back, (room.left + right) / 2, middle), (thickness, room.left - right, tall))
        left = Box(((room.back + far) / 2, room.left, middle), (far - room.back, thickness, tall))
        for side, box in (("back", back), ("left", left)):
            usd.bind(usd.add_shape(stage, f"{scope}/{name}_{side}", box), material)
