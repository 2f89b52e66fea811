"""Build the packaged USD files: ``python -m tools.build_assets [--out DIR]``, in the repository."""

from pathlib import Path

import tyro

from lerobot_env_leisaac.assets.files import PACKAGED_ROOT
from lerobot_env_leisaac.robots.lekiwi.spec import LEKIWI
from lerobot_env_leisaac.robots.so101.spec import SO101
from lerobot_env_leisaac.scenes.kitchen_with_hamburger import KITCHEN_WITH_HAMBURGER
from lerobot_env_leisaac.scenes.kitchen_with_orange import KITCHEN_WITH_ORANGE
from lerobot_env_leisaac.scenes.lightwheel_loft import LIGHTWHEEL_LOFT
from lerobot_env_leisaac.scenes.lightwheel_toyroom import LIGHTWHEEL_TOYROOM
from lerobot_env_leisaac.scenes.table_with_cube import TABLE_WITH_CUBE

from .kitchen_with_hamburger import build_kitchen_with_hamburger
from .kitchen_with_orange import build_kitchen_with_orange
from .lekiwi import build_lekiwi
from .lightwheel_loft import build_lightwheel_loft
from .lightwheel_toyroom import build_lightwheel_toyroom
from .robot import build_robot
from .table_with_cube import build_table_with_cube


def main(out: Path = PACKAGED_ROOT) -> None:
    """Build the packaged robots and scenes as USD.

    Args:
        out: Folder to write below.
    """
    print(build_robot(out / str(SO101.file.packaged)))
    print(build_lekiwi(out / str(LEKIWI.file.packaged)))
    print(build_table_with_cube(out / str(TABLE_WITH_CUBE.file.packaged)))
    print(build_kitchen_with_orange(out / str(KITCHEN_WITH_ORANGE.file.packaged)))
    print(build_kitchen_with_hamburger(out / str(KITCHEN_WITH_HAMBURGER.file.packaged)))
    print(build_lightwheel_loft(out / str(LIGHTWHEEL_LOFT.file.packaged)))
    print(build_lightwheel_toyroom(out / str(LIGHTWHEEL_TOYROOM.file.packaged)))


if __name__ == "__main__":
    tyro.cli(main)
