"""Build the packaged USD files: ``python -m tools.build_assets [--out DIR]``, in the repository."""

from pathlib import Path

import tyro

from lerobot_env_leisaac.assets.files import PACKAGED_ROOT
from lerobot_env_leisaac.robots.lekiwi.spec import LEKIWI
from lerobot_env_leisaac.robots.so101.spec import SO101
from lerobot_env_leisaac.scenes.kitchen_with_hamburger import KITCHEN_WITH_HAMBURGER
from lerobot_env_leisaac.scenes.kitchen_with_orange import KITCHEN_WITH_ORANGE
from lerobot_env_leisaac.scenes.lightwheel_bedroom import LIGHTWHEEL_BEDROOM
from lerobot_env_leisaac.scenes.lightwheel_loft import LIGHTWHEEL_LOFT
from lerobot_env_leisaac.scenes.lightwheel_toyroom import LIGHTWHEEL_TOYROOM
from lerobot_env_leisaac.scenes.table_with_cube import TABLE_WITH_CUBE

from .kitchen_with_hamburger import build_kitchen_with_hamburger
from .kitchen_with_orange import build_kitchen_with_orange
from .lekiwi import MOUNT, build_lekiwi
from .lightwheel_bedroom import build_lightwheel_bedroom
from .lightwheel_loft import build_lightwheel_loft
from .lightwheel_toyroom import build_lightwheel_toyroom
from .real_robot import build_real_robot
from .real_scenes import build_real_scene
from .robot import build_robot
from .table_with_cube import build_table_with_cube
from .textures import build_textures


def main(out: Path = PACKAGED_ROOT) -> None:
    """Build the packaged robots and scenes as USD.

    Args:
        out: Folder to write below.
    """
    scenes = (
        (TABLE_WITH_CUBE, build_table_with_cube),
        (KITCHEN_WITH_ORANGE, build_kitchen_with_orange),
        (KITCHEN_WITH_HAMBURGER, build_kitchen_with_hamburger),
        (LIGHTWHEEL_LOFT, build_lightwheel_loft),
        (LIGHTWHEEL_TOYROOM, build_lightwheel_toyroom),
        (LIGHTWHEEL_BEDROOM, build_lightwheel_bedroom),
    )
    print(*build_textures(out / "textures"), sep="\n")
    so101, lekiwi = (out / str(robot.file.packaged) for robot in (SO101, LEKIWI))
    print(build_robot(so101), build_real_robot(out / str(SO101.file.real), so101), sep="\n")
    print(build_lekiwi(lekiwi), build_real_robot(out / str(LEKIWI.file.real), lekiwi, MOUNT, "arm_"), sep="\n")
    for scene, build in scenes:
        plain = out / str(scene.file.packaged)
        print(build(plain), build_real_scene(out / str(scene.file.real), plain), sep="\n")


if __name__ == "__main__":
    tyro.cli(main)
