"""A table with a cube."""

from lerobot_env_leisaac.assets.files import AssetFile

from .leisaac_cameras import FRONT, TOP, WRIST
from .spec import RigidBody, SceneSpec

CUBE_EDGE = 0.03015
"""Edge of the cube [m]. Source: LeIsaac 0.4.0, ``cube/model.xml``."""

CUBE = RigidBody(path="cube", position=(0.24, 0.0, CUBE_EDGE / 2), origin_height=CUBE_EDGE / 2)
"""The cube of the packaged file, at rest on the table top, which is the plane z = 0."""

TABLE_WITH_CUBE = SceneSpec(
    file=AssetFile(
        "table_with_cube",
        "scenes/table_with_cube.usda",
        "scenes/table_with_cube/scene.usd",
        real="scenes/table_with_cube_real.usda",
    ),
    objects={"cube": CUBE},
    cameras=(FRONT, TOP, WRIST),
    leisaac_robot_poses={"robot": ((0.35, -0.64, 0.01), (0.0, 0.0, 1.0, 0.0))},
)
"""LeIsaac's LiftCube scene. Source of the robot's pose: LeIsaac 0.4.0."""
