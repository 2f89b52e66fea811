"""The objects of a scene file: of a packaged one as they are written down beside it, of any other as they are read."""

from __future__ import annotations

from pathlib import Path

from lerobot_env_leisaac.assets import paths

from .kitchen_with_orange import ORANGES, PLATE
from .rigid_body import RigidBody
from .table_with_cube import CUBE

_PACKAGED = {
    paths.SCENE.packaged: {CUBE.path: CUBE},
    paths.KITCHEN_WITH_ORANGE.packaged: {body.path: body for body in (*ORANGES, PLATE)},
}
"""The objects of each packaged scene, by name."""


def object_of(file: Path, name: str) -> RigidBody:
    """Return an object of a scene file.

    Raises:
        ValueError: The file has no rigid body of this name.
    """
    for packaged, objects in _PACKAGED.items():
        if file == paths.PACKAGED_ROOT / packaged:
            return objects[name]
    from .read import rigid_body  # opens the file

    return rigid_body(file, name)
