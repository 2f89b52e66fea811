import subprocess
import sys
from pathlib import Path

import pytest

from lerobot_env_leisaac.assets import paths

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("assets")
    subprocess.run([sys.executable, REPOSITORY / "scripts/build_assets.py", "--out", out], check=True, cwd=out)
    return out


@pytest.mark.parametrize("asset", paths.ASSETS, ids=lambda asset: asset.name)
def test_packaged_file_is_what_the_builder_writes(rebuilt, asset):
    built, packaged = rebuilt / asset.packaged, paths.PACKAGED_ROOT / asset.packaged

    assert built.read_text() == packaged.read_text(), "run scripts/build_assets.py and commit what it writes"
