"""Builds the scenes of ``look=real``: files on top of the plain ones, which change what is seen and nothing else.

A table gets grain and stands in a room with a floor and two walls, behind the robot and at its left: those that the
light of the Newton Warp renderer falls on. Where there is no wall, the background of the cameras has the colour of one;
pixels of it cost nothing. Pixels of a textured mesh cost most: a table has no thickness, and its room no texture.
"""

from dataclasses import dataclass
from pathlib import Path

from pxr import Usd, UsdGeom

from . import kitchen, lightwheel_bedroom, lightwheel_loft, lightwheel_toyroom, table_with_cube, usd
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

FLOOR_COLOR: Vector = (0.28, 0.20, 0.13)
WALL_COLOR: Vector = (0.72, 0.70, 0.64)
"""Linear RGB of the floor under a table, and of the walls."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """What is seen of a scene instead.

    Attributes:
        hidden: What is not seen any more: prims below the file's default prim.
        top: The table top; None where the robot stands on the floor.
        texture: Its texture.
        floor: Height of the floor [m].
        back: Where the wall behind the robot is along x [m].
        left: Where the wall at its left is along y [m].
    """

    hidden: tuple[str, ...]
    top: Box | None = None
    texture: str = "walnut"
    floor: float = FLOOR_HEIGHT
    back: float = -0.95
    left: float = 1.15


def _wider(top: Box, front: float) -> Box:
    """Return a table top which reaches to `front` [m], where no camera sees beyond it, and farther to both sides."""
    back = -0.30
    return Box(((back + front) / 2, 0.0, top.center[2]), (front - back, 1.30, top.size[2]))


ROOMS = {
    table_with_cube.ROOT: Room(hidden=("table/visuals/top",), top=_wider(table_with_cube.TABLE_TOP, 0.80)),
    "kitchen_with_orange": Room(hidden=("counter/visuals/top",), top=_wider(kitchen.COUNTER, 0.55), texture="stone"),
    "kitchen_with_hamburger": Room(hidden=("counter/visuals/top",), top=_wider(kitchen.COUNTER, 0.55), texture="stone"),
    lightwheel_toyroom.ROOT: Room(
        hidden=("table/visuals/top",),
        top=_wider(lightwheel_toyroom.TABLE, 0.55),
        texture="birch",
    ),
    lightwheel_bedroom.ROOT: Room(
        hidden=("table/visuals/top",),
        top=_wider(lightwheel_bedroom.TABLE, 0.55),
        texture="birch",
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
    corner = (x - length / 2, y + width / 2, z + thickness / 2)
    grain = usd.add_texture(stage, f"{root}/Looks/real_top", f"{TEXTURES}/{room.texture}.png", roughness=0.6)
    # its grain runs across, along the edge that a person would sit at
    mesh = rectangle(corner, (0.0, -width, 0.0), (length, 0.0, 0.0), TABLE_SIDE)
    usd.bind(usd.add_mesh(stage, f"{root}/{SCOPE}/table", mesh), grain)


def _add_room(stage: Usd.Stage, root: str, room: Room) -> None:
    scope, far, right, height = f"{root}/{SCOPE}", 3.5, -3.0, 2.3
    size = (far - room.back, room.left - right)
    if room.top is None:  # the floor is what the robot stands on
        oak = usd.add_texture(stage, f"{root}/Looks/real_floor", f"{TEXTURES}/oak_floor.png", roughness=0.7)
        boards = rectangle((room.back, right, room.floor), (size[0], 0.0, 0.0), (0.0, size[1], 0.0), FLOOR_SIDE)
        usd.bind(usd.add_mesh(stage, f"{scope}/floor", boards), oak)
    else:
        plain = usd.add_material(stage, f"{root}/Looks/real_floor", FLOOR_COLOR, roughness=0.7)
        middle_of_floor = ((room.back + far) / 2, (room.left + right) / 2, room.floor - 0.02)
        usd.bind(usd.add_shape(stage, f"{scope}/floor", Box(middle_of_floor, (*size, 0.04))), plain)
    wall = usd.add_material(stage, f"{root}/Looks/real_wall", WALL_COLOR, roughness=0.9)
    middle, thickness = room.floor + height / 2, 0.04
    back = Box((room.back, (room.left + right) / 2, middle), (thickness, room.left - right, height))
    left = Box(((room.back + far) / 2, room.left, middle), (far - room.back, thickness, height))
    for side, box in (("back", back), ("left", left)):
        usd.bind(usd.add_shape(stage, f"{scope}/wall_{side}", box), wall)
