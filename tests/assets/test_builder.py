import subprocess
import sys
from pathlib import Path

import pytest

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.assets import files

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("assets")
    subprocess.run([sys.executable, "-m", "tools.build_assets", "--out", out], check=True, cwd=REPOSITORY)
    return out


@pytest.mark.parametrize("asset", catalog.assets(), ids=lambda asset: asset.name)
def test_packaged_file_is_what_the_builder_writes(rebuilt, asset):
    built, packaged = rebuilt / asset.packaged, files.PACKAGED_ROOT / asset.packaged

    assert built.read_text() == packaged.read_text(), "run python -m tools.build_assets and commit what it writes"
