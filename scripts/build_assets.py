"""Build the packaged USD files: ``python scripts/build_assets.py [--out DIR]``."""

import argparse
from pathlib import Path

from lerobot_env_leisaac.assets.builder.robot import build_robot
from lerobot_env_leisaac.assets.builder.scene import build_scene
from lerobot_env_leisaac.assets.paths import PACKAGED_ROOT, ROBOT, SCENE


def main() -> None:
    """Write robot and scene below the folder given by ``--out``."""
    parser = argparse.ArgumentParser(description="Build the packaged robot and scene as USD.")
    parser.add_argument("--out", type=Path, default=PACKAGED_ROOT, help="folder to write below (default: the package)")
    out = parser.parse_args().out
    print(build_robot(out / ROBOT.packaged))
    print(build_scene(out / SCENE.packaged))


if __name__ == "__main__":
    main()
