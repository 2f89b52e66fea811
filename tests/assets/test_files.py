import os
import subprocess
import sys

import pytest

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.assets import files
from lerobot_env_leisaac.robots.so101.spec import SO101
from lerobot_env_leisaac.scenes.table_with_cube import TABLE_WITH_CUBE


@pytest.fixture
def leisaac_root(tmp_path, monkeypatch):
    """A folder in LeIsaac's layout, named by LEISAAC_ASSETS_ROOT."""
    for asset in (each for each in catalog.assets() if each.leisaac is not None):
        file = tmp_path / asset.leisaac
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    monkeypatch.setenv(files.ENV_VAR, str(tmp_path))
    return tmp_path


@pytest.fixture
def no_leisaac_root(monkeypatch):
    monkeypatch.delenv(files.ENV_VAR, raising=False)


def test_packaged_without_the_variable(no_leisaac_root):
    for resolved in [files.resolve(asset) for asset in catalog.assets()]:
        assert resolved.source == "packaged"
        assert resolved.path.is_file()
        assert files.ENV_VAR in resolved.reason


def test_an_empty_variable_counts_as_unset(monkeypatch):
    monkeypatch.setenv(files.ENV_VAR, "")

    assert files.resolve(SO101.file).source == "packaged"


def test_leisaacs_own_with_the_variable(leisaac_root):
    resolved = {asset.name: files.resolve(asset) for asset in catalog.assets()}

    assert resolved.pop("lightwheel_bedroom").source == "packaged"
    assert resolved.pop("so101_follower").path == leisaac_root / "robots/so101_follower.usd"
    assert resolved.pop("lekiwi").path == leisaac_root / "robots/lekiwi.usd"
    assert resolved.pop("lightwheel_loft").path == leisaac_root / "scenes/lightwheel_loft/LW_Loft.usd"
    for name, scene in resolved.items():
        assert scene.path == leisaac_root / "scenes" / name / "scene.usd"
        assert scene.source == "leisaac" and str(leisaac_root) in scene.reason


def test_packaged_on_request_in_spite_of_the_variable(leisaac_root):
    assert files.resolve(SO101.file, "packaged").path.is_relative_to(files.PACKAGED_ROOT)


def test_relative_root_gives_an_absolute_path(leisaac_root, monkeypatch):
    monkeypatch.chdir(leisaac_root.parent)
    monkeypatch.setenv(files.ENV_VAR, leisaac_root.name)

    assert files.resolve(SO101.file).path == leisaac_root / SO101.file.leisaac


def test_a_file_that_leisaacs_folder_lacks_is_never_replaced(leisaac_root):
    missing = leisaac_root / SO101.file.leisaac
    missing.unlink()

    assert files.resolve(TABLE_WITH_CUBE.file).source == "leisaac"
    with pytest.raises(FileNotFoundError) as error:
        files.resolve(SO101.file)
    message = str(error.value)
    assert str(missing) in message
    assert f"unset {files.ENV_VAR}" in message
    assert "\n" not in message


def test_a_damaged_install_says_how_to_fix_it(no_leisaac_root, monkeypatch, tmp_path):
    monkeypatch.setattr(files, "PACKAGED_ROOT", tmp_path)

    with pytest.raises(FileNotFoundError, match=f"tried {tmp_path / TABLE_WITH_CUBE.file.packaged}.*reinstall"):
        files.resolve(TABLE_WITH_CUBE.file)


def test_leisaacs_on_request_needs_the_variable(no_leisaac_root):
    with pytest.raises(FileNotFoundError, match="LEISAAC_ASSETS_ROOT is not set; set it to"):
        files.resolve(SO101.file, "leisaac")


def test_resolves_from_any_folder_without_heavy_imports(tmp_path):
    code = (
        "import sys; from lerobot_env_leisaac import catalog; from lerobot_env_leisaac.assets import files;"
        "print(*(resolved.path for resolved in [files.resolve(asset) for asset in catalog.assets()]), sep='\\n');"
        "assert not {'torch', 'isaaclab', 'warp', 'pxr'} & set(sys.modules)"
    )
    env = {name: value for name, value in os.environ.items() if name != files.ENV_VAR}
    process = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True)

    assert process.returncode == 0, process.stderr
    assert process.stdout.split() == [str(files.PACKAGED_ROOT / asset.packaged) for asset in catalog.assets()]


def test_a_file_that_leisaac_has_not_comes_with_its_package(leisaac_root, tmp_path):
    mark = tmp_path / "mark.usda"
    mark.touch()
    found = files.resolve(files.AssetFile("mark", mark))

    assert (found.path, found.source) == (mark, "packaged")
    assert files.resolve(SO101.file).source == "leisaac"
