import os
import subprocess
import sys

import pytest

from lerobot_env_leisaac.assets import paths


@pytest.fixture
def leisaac_root(tmp_path, monkeypatch):
    """A folder in LeIsaac's layout, named by LEISAAC_ASSETS_ROOT."""
    for asset in paths.ASSETS:
        file = tmp_path / asset.leisaac
        file.parent.mkdir(parents=True)
        file.touch()
    monkeypatch.setenv(paths.ENV_VAR, str(tmp_path))
    return tmp_path


@pytest.fixture
def no_leisaac_root(monkeypatch):
    monkeypatch.delenv(paths.ENV_VAR, raising=False)


def test_packaged_without_the_variable(no_leisaac_root):
    for resolved in paths.resolve_all():
        assert resolved.source == "packaged"
        assert resolved.path.is_file()
        assert paths.ENV_VAR in resolved.reason


def test_an_empty_variable_counts_as_unset(monkeypatch):
    monkeypatch.setenv(paths.ENV_VAR, "")

    assert paths.resolve(paths.ROBOT).source == "packaged"


def test_leisaacs_own_with_the_variable(leisaac_root):
    robot, table, kitchen = paths.resolve_all()

    assert robot.path == leisaac_root / "robots/so101_follower.usd"
    assert table.path == leisaac_root / "scenes/table_with_cube/scene.usd"
    assert kitchen.path == leisaac_root / "scenes/kitchen_with_orange/scene.usd"
    assert robot.source == table.source == kitchen.source == "leisaac"
    assert str(leisaac_root) in robot.reason


def test_packaged_on_request_in_spite_of_the_variable(leisaac_root):
    assert paths.resolve(paths.ROBOT, "packaged").path.is_relative_to(paths.PACKAGED_ROOT)


def test_relative_root_gives_an_absolute_path(leisaac_root, monkeypatch):
    monkeypatch.chdir(leisaac_root.parent)
    monkeypatch.setenv(paths.ENV_VAR, leisaac_root.name)

    assert paths.resolve(paths.ROBOT).path == leisaac_root / paths.ROBOT.leisaac


def test_a_file_that_leisaacs_folder_lacks_is_never_replaced(leisaac_root):
    missing = leisaac_root / paths.ROBOT.leisaac
    missing.unlink()

    assert paths.resolve(paths.SCENE).source == "leisaac"
    with pytest.raises(FileNotFoundError) as error:
        paths.resolve(paths.ROBOT)
    message = str(error.value)
    assert str(missing) in message
    assert f"unset {paths.ENV_VAR}" in message
    assert "\n" not in message


def test_a_damaged_install_says_how_to_fix_it(no_leisaac_root, monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "PACKAGED_ROOT", tmp_path)

    with pytest.raises(FileNotFoundError, match=f"tried {tmp_path / paths.SCENE.packaged}.*reinstall"):
        paths.resolve(paths.SCENE)


def test_leisaacs_on_request_needs_the_variable(no_leisaac_root):
    with pytest.raises(FileNotFoundError, match="LEISAAC_ASSETS_ROOT is not set; set it to"):
        paths.resolve(paths.ROBOT, "leisaac")


def test_resolves_from_any_folder_without_heavy_imports(tmp_path):
    code = (
        "import sys; from lerobot_env_leisaac.assets import paths;"
        "print(*(resolved.path for resolved in paths.resolve_all()), sep='\\n');"
        "assert not {'torch', 'isaaclab', 'warp', 'pxr'} & set(sys.modules)"
    )
    env = {name: value for name, value in os.environ.items() if name != paths.ENV_VAR}
    process = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True)

    assert process.returncode == 0, process.stderr
    assert process.stdout.split() == [str(paths.PACKAGED_ROOT / asset.packaged) for asset in paths.ASSETS]
