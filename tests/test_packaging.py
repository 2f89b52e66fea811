"""What a user gets from the wheel and from an editable install: everything, from anywhere, and nothing more."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

import lerobot_env_leisaac
from lerobot_env_leisaac import catalog, resources

REPOSITORY = Path(__file__).parents[1]
SOURCE = REPOSITORY / "source"
IDS = set(
    re.findall(
        r"^\| `(LeIsaac-\S+)` \|", (REPOSITORY / "docs" / "reference" / "environment.md").read_text(), re.MULTILINE
    )
)
"""The ids that are documented."""
ONLY_INSIDE_KIT = {"lerobot_env_leisaac.integrations.kit": "No module named 'omni.ext'"}


def run_python(code: str, folder: Path, pythonpath: str = "", *options: str) -> Any:
    """Return the JSON that `code` prints last, run by a fresh interpreter from another working directory."""
    process = subprocess.run(
        [sys.executable, *options, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": pythonpath},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout.splitlines()[-1])


IMPORT_EVERYTHING = """
import importlib, json, pkgutil, sys
sys_path = list(sys.path)
import lerobot_env_leisaac as package
names, errors = [package.__name__], {}
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    names.append(module.name)
    try:
        importlib.import_module(module.name)
    except ImportError as error:
        errors[module.name] = str(error)

import gymnasium as gym
from importlib.metadata import distribution
from gymnasium.envs.registration import load_env_creator
from lerobot_env_leisaac import catalog, resources, units
from lerobot_env_leisaac.assets import files
specs = [gym.spec(env_id) for env_id in catalog.ids()]
named = {value.split(":")[0] for spec in specs for key, value in spec.kwargs.items() if key.endswith("_entry_point")}
print(json.dumps({
    "file": package.__file__,
    "names": names,
    "errors": errors,
    "sys_path_edits": sorted(set(sys.path) ^ set(sys_path)),
    "entry_points": sorted(point.name for point in distribution("lerobot_env_leisaac").entry_points if point.load()),
    "envs": [load_env_creator(spec.entry_point).__module__ for spec in specs],
    "named_by_ids": sorted(named),
    "env_cfgs": [load_env_creator(spec.kwargs["env_cfg_entry_point"]).__module__ for spec in specs],
    "config_dir": str(resources.config_dir()),
    "extension_dir": str(resources.extension_dir()),
    "units": [units.load(name).name for name in units.names()],
    "assets": [str(asset.path) for asset in [files.resolve(asset) for asset in catalog.assets()]],
}))
"""


@pytest.mark.parametrize("install", ("wheel", "editable"))
def test_everything_imports_from_any_directory(install, request, tmp_path, monkeypatch):
    monkeypatch.delenv("LEISAAC_ASSETS_ROOT", raising=False)
    if install == "wheel":
        root = request.getfixturevalue("installed_wheel")
        files = extension_dir = root / "lerobot_env_leisaac"
        report = run_python(IMPORT_EVERYTHING, tmp_path, pythonpath=str(root))
    else:
        root, files, extension_dir = SOURCE, SOURCE / "lerobot_env_leisaac", REPOSITORY
        report = run_python(IMPORT_EVERYTHING, tmp_path)

    assert report["errors"] == ONLY_INSIDE_KIT
    modules = {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__") for path in files.rglob("*.py")
    }
    assert set(report["names"]) == modules, "a folder lacks its __init__.py"
    assert report["sys_path_edits"] == []
    assert report["entry_points"] == ["leisaac", "lerobot_env_leisaac", "lerobot_env_leisaac_tasks"]
    assert set(report["envs"] + report["env_cfgs"] + report["named_by_ids"]) <= modules
    assert Path(report["file"]) == files / "__init__.py"
    assert Path(report["extension_dir"]) == extension_dir
    assert Path(report["config_dir"]) == extension_dir / "config"
    assert "degrees" in report["units"]
    assert report["assets"] and all(Path(asset).is_relative_to(files) for asset in report["assets"])


def test_wheel_holds_every_file_of_package_and_config(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    expected = {path.relative_to(SOURCE) for path in (SOURCE / "lerobot_env_leisaac").rglob("*")}
    expected |= {"lerobot_env_leisaac" / path.relative_to(REPOSITORY) for path in (REPOSITORY / "config").rglob("*")}
    missing = {str(path) for path in expected if path.suffix and "__pycache__" not in path.parts} - held
    assert not missing, "ignored by git, so left out of the wheel?"


def test_wheel_holds_the_manifest_and_the_files_it_names(wheel):
    archive = zipfile.ZipFile(wheel)
    manifest = tomllib.loads(archive.read("lerobot_env_leisaac/extension.toml").decode())
    named = [manifest["package"][key] for key in ("readme", "changelog", "icon", "preview_image")]
    assert {f"lerobot_env_leisaac/{name}" for name in named} <= set(archive.namelist())


def test_the_wheel_has_the_version_that_the_manifest_says(installed_wheel):
    manifest = tomllib.loads((REPOSITORY / "extension.toml").read_text())
    (installed,) = metadata.distributions(name="lerobot_env_leisaac", path=[str(installed_wheel)])
    assert manifest["package"]["version"] == installed.version == lerobot_env_leisaac.__version__


BARE = """
import json
import gymnasium as gym
import lerobot_env_leisaac
from lerobot_env_leisaac import catalog, resources
from lerobot_env_leisaac.versions import installed_versions
errors = {}
for env_id in lerobot_env_leisaac.catalog.ids():
    gym.spec(env_id)
    try:
        gym.make(env_id)
    except ModuleNotFoundError as error:
        errors[env_id] = str(error)
print(json.dumps({
    "version": lerobot_env_leisaac.__version__,
    "versions": installed_versions(),
    "extension_dir": str(resources.extension_dir()),
    "errors": errors,
}))
"""


@pytest.mark.parametrize("layout", ("clone", "wheel"))
def test_the_folder_alone_registers_its_ids(layout, request, bare_packages, tmp_path):
    """Gymnasium, and the folder on PYTHONPATH: nothing is installed, neither this distribution nor Isaac Lab."""
    root = SOURCE
    if layout == "wheel":  # unpacked, without the distribution's metadata
        root = tmp_path / "unpacked"
        (root / "lerobot_env_leisaac").parent.mkdir()
        shutil.copytree(
            request.getfixturevalue("installed_wheel") / "lerobot_env_leisaac", root / "lerobot_env_leisaac"
        )
    report = run_python(BARE, tmp_path, f"{root}{os.pathsep}{bare_packages}", "-S")
    assert report["version"] == lerobot_env_leisaac.__version__
    assert report["versions"] == {"lerobot_env_leisaac": report["version"]}
    assert set(report["errors"]) == IDS
    for error in report["errors"].values():
        assert error.startswith("an environment needs isaaclab, ") and "pip install" in error
        assert "\n" not in error


IMPORT = """
import json, sys, time
start = time.process_time()
import lerobot_env_leisaac
seconds = time.process_time() - start
print(json.dumps({"seconds": seconds, "modules": list(sys.modules)}))
"""


def test_import_is_fast_and_light(tmp_path):
    reports = [run_python(IMPORT, tmp_path) for _ in range(3)]
    # processor time, which on an idle machine is the time a user waits: what else runs beside the test must not matter
    assert min(report["seconds"] for report in reports) < 1.0
    assert not {"torch", "isaaclab", "isaaclab_tasks", "lerobot", "warp"} & set(reports[0]["modules"])


REGISTER = """
import json, sys
import gymnasium as gym
before = set(gym.registry)
import lerobot_env_leisaac
modules = [name for name in sys.modules if name.startswith("lerobot_env_leisaac.tasks.")]
print(json.dumps({"ids": list(set(gym.registry) - before), "modules": modules}))
"""


def test_registration_adds_the_documented_ids_and_imports_no_pseudo_task(tmp_path):
    report = run_python(REGISTER, tmp_path)
    assert set(report["ids"]) == IDS
    folders = [spec.lerobot_cfg.partition(".env_cfg")[0] for spec in catalog.OURS]
    specs = {"lerobot_env_leisaac.tasks.spec", *folders, *(f"{folder}.spec" for folder in folders)}
    assert set(report["modules"]) == specs, "what is known of the tasks, not what they are made of"


def test_a_missing_resource_names_both_places(tmp_path, monkeypatch):
    monkeypatch.setattr(resources, "PACKAGE_DIR", tmp_path / "site-packages")
    monkeypatch.setattr(resources, "CHECKOUT_DIR", tmp_path / "checkout")
    with pytest.raises(FileNotFoundError) as error:
        resources.config_dir()
    for place in ("site-packages/config", "checkout/config", "reinstall"):
        assert place in str(error.value)
