"""Build the packaged USD files: ``python scripts/build_assets.py [--out DIR]``."""

import argparse
from pathlib import Path

from lerobot_env_leisaac.assets.builder.kitchen_with_orange import build_kitchen_with_orange
from lerobot_env_leisaac.assets.builder.robot import build_robot
from lerobot_env_leisaac.assets.builder.scene import build_scene
from lerobot_env_leisaac.assets.paths import KITCHEN_WITH_ORANGE, PACKAGED_ROOT, ROBOT, SCENE


def main() -> None:
    """Write robot and scenes below the folder given by ``--out``."""
    parser = argparse.ArgumentParser(description="Build the packaged robot and scenes as USD.")
    parser.add_argument("--out", type=Path, default=PACKAGED_ROOT, help="folder to write below (default: the package)")
    out = parser.parse_args().out
    print(build_robot(out / ROBOT.packaged))
    print(build_scene(out / SCENE.packaged))
    print(build_kitchen_with_orange(out / KITCHEN_WITH_ORANGE.packaged))


if __name__ == "__main__":
    main()
