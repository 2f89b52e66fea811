"""The extension in a real Kit, as Isaac Sim's extension manager treats it: from a clone and from the wheel."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lerobot_env_leisaac import catalog

REPOSITORY = Path(__file__).parents[2]
PROBE = Path(__file__).with_name("kit_probe.py")
IDS = list(catalog.ids())

pytestmark = [
    pytest.mark.skipif(
        os.environ.get("OMNI_KIT_ACCEPT_EULA", "").lower() not in ("y", "yes", "1"),
        reason="Kit's licence is not accepted: read it, then set OMNI_KIT_ACCEPT_EULA=YES",
    ),
    pytest.mark.skipif(
        importlib.util.find_spec("omni") is None,
        reason="Kit is not installed: pip install omniverse-kit==110.4.0.386251",
    ),
]


@pytest.fixture
def repository_copy(tmp_path) -> Path:
    """What the extension needs of the repository, in a folder of the extension's name."""
    # The checkout may have any name. Kit takes the name from the folder, links resolved first: a link would not do.
    copy = tmp_path / "lerobot_env_leisaac"
    for name in ("extension.toml", "README.md", "CHANGELOG.md", "docs", "config", "source"):
        path = REPOSITORY / name
        if path.is_dir():
            shutil.copytree(path, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            copy.mkdir(exist_ok=True)
            shutil.copy(path, copy / name)
    return copy


def run_probe(extension_dir: Path, tmp_path: Path, pythonpath: str = "", *options: str) -> dict[str, Any]:
    """Return the probe's report on an extension folder, from a Python with some options."""
    report = tmp_path / "report.json"
    environment = {**os.environ, "PYTHONPATH": pythonpath}
    if os.getuid() == 0:
        environment["OMNI_KIT_ALLOW_ROOT"] = "1"
    process = subprocess.run(
        [sys.executable, *options, PROBE, extension_dir, tmp_path / "kit", report],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return {**json.loads(report.read_text()), "log": process.stdout + process.stderr}


def assert_works(report: dict[str, Any], extension_dir: Path) -> None:
    """Assert that the extension registered its ids, took them out, and registered them again, and describes itself."""
    assert report["discovered"], report["log"]
    on, off, on_again = report["steps"]
    for step in (on, on_again):
        assert step["enabled"] and not step["failed"], report["log"]
        assert step["ids"] == IDS
    assert not off["enabled"]
    assert off["ids"] == []
    assert all(step["imported"] == [] for step in report["steps"]), "start-up must stay light"
    assert Path(report["module"]).is_relative_to(extension_dir)

    package = report["package"]
    assert package["name"] == "lerobot_env_leisaac"
    for key in ("version", "title", "description", "category", "keywords", "authors", "repository"):
        assert package[key], key
    for key in ("readme", "changelog", "icon", "preview_image"):
        assert (extension_dir / package[key]).is_file(), key


def test_extension_works_from_a_clone_beside_an_install(repository_copy, tmp_path):
    assert_works(run_probe(repository_copy, tmp_path), repository_copy)


def test_extension_works_from_a_clone_with_nothing_installed(repository_copy, bare_packages, tmp_path):
    """As in Isaac Sim, whose Python has Gymnasium and not this distribution."""
    assert_works(run_probe(repository_copy, tmp_path, str(bare_packages), "-S"), repository_copy)


def test_extension_works_from_the_installed_wheel(installed_wheel, tmp_path):
    extension_dir = installed_wheel / "lerobot_env_leisaac"
    assert_works(run_probe(extension_dir, tmp_path, pythonpath=str(installed_wheel)), extension_dir)


def test_a_raise_at_startup_is_seen(repository_copy, tmp_path):
    module = repository_copy / "source/lerobot_env_leisaac/integrations/kit.py"
    module.write_text(module.read_text().replace("catalog.register()", "raise RuntimeError('on purpose')"))
    report = run_probe(repository_copy, tmp_path)
    assert report["steps"][0]["failed"]
    assert "RuntimeError: on purpose" in report["log"]
