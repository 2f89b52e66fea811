import dataclasses
import importlib.metadata
import importlib.util
import json
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from lerobot_env_leisaac import catalog, cli, doctor, resources
from lerobot_env_leisaac.assets import files
from lerobot_env_leisaac.robots.so101.spec import SO101
from lerobot_env_leisaac.scenes.table_with_cube import TABLE_WITH_CUBE


@pytest.fixture(autouse=True)
def healthy(monkeypatch, tmp_path):
    """Packaged assets, a working folder and a kernel cache of our own."""
    monkeypatch.delenv(files.ENV_VAR, raising=False)
    monkeypatch.setenv("WARP_CACHE_PATH", str(tmp_path / "new" / "cache"))
    monkeypatch.chdir(tmp_path)


def examine() -> dict[str, doctor.Check]:
    return {check.name: check for check in doctor.examine()}


def problems() -> list[str]:
    return [name for name, check in examine().items() if check.status == "problem"]


def test_a_healthy_installation_has_no_problem(capsys):
    assert cli.main(["doctor", "--json"]) == 0
    report = {check["name"]: check for check in json.loads(capsys.readouterr().out)}
    assert report == {name: dataclasses.asdict(check) for name, check in examine().items()}
    for name in ("isaaclab", "lerobot", "physics newton_mjwarp", "renderer newton_renderer", "working folder"):
        assert report[name]["status"] == "ok"
    assert report["isaaclab"]["found"] == "3.0.0"
    assert report["physics newton_mjwarp"]["found"].endswith(", tested"), "run the tasks, then say so in backends.py"
    assert str(files.resolve(SO101.file).path) in report["asset so101_follower"]["found"]


def test_text_holds_every_finding_and_every_advice(capsys):
    assert cli.main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for check in examine().values():
        assert any(line.startswith(check.status) and check.name in line and check.found in line for line in lines)
        assert not check.advice or any(line.endswith(f"-> {check.advice}") for line in lines)


def test_every_backend_that_a_task_offers_is_examined():
    from lerobot_env_leisaac.tasks.common.presets import PhysicsBackendCfg, RendererBackendCfg

    # they stand for one of the others, or are one in another mode
    automatic = {"default", "physx", "rtx", "newton_mjwarp_deterministic"}
    offered = set()
    for kind, cfg in (("physics", PhysicsBackendCfg), ("renderer", RendererBackendCfg)):
        offered |= {f"{kind} {field.name}" for field in dataclasses.fields(cfg) if field.name not in automatic}
    assert {name for name in examine() if name.startswith(("physics ", "renderer "))} == offered


@pytest.mark.skipif(importlib.util.find_spec("ovrtx") is not None, reason="ovrtx is installed here")
def test_an_optional_backend_that_is_not_there_is_no_problem():
    check = examine()["renderer ovrtx"]
    assert check.status == "absent"
    assert "install" in check.advice


def test_a_package_that_is_missing_is_a_problem(monkeypatch):
    monkeypatch.setattr(doctor, "_PACKAGES", ("no-such-package",))
    check = examine()["no-such-package"]
    assert (check.status, check.found) == ("problem", "not installed")
    assert check.advice


def test_a_missing_asset_is_a_problem_with_the_place_tried(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv(files.ENV_VAR, str(tmp_path))
    assert cli.main(["doctor"]) == 1
    assert problems() == [f"asset {asset.name}" for asset in catalog.assets() if asset.leisaac is not None]
    assert str(tmp_path / SO101.file.leisaac) in examine()["asset so101_follower"].advice
    assert str(tmp_path / TABLE_WITH_CUBE.file.leisaac) in capsys.readouterr().out


# Root may write to any folder: these two refuse root too.
def test_a_kernel_cache_that_cannot_be_made_is_a_problem(monkeypatch, tmp_path):
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("WARP_CACHE_PATH", str(file / "cache"))
    assert problems() == ["kernel cache"]
    assert "WARP_CACHE_PATH" in examine()["kernel cache"].advice


def test_a_home_folder_that_is_not_there_is_a_problem(monkeypatch):
    monkeypatch.setenv("HOME", "/nowhere/at/all")
    assert problems() == ["home folder"]
    assert "HOME" in examine()["home folder"].advice


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc here")
def test_a_working_folder_that_cannot_be_written_is_a_problem(monkeypatch):
    monkeypatch.chdir("/proc")
    assert problems() == ["working folder"]
    assert "/proc" in examine()["working folder"].found


def test_looking_leaves_nothing_behind(tmp_path):
    examine()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(importlib.util.find_spec("omni") is None, reason="Kit is not installed")
def test_kit_needs_its_licence_accepted(monkeypatch):
    monkeypatch.delenv("OMNI_KIT_ACCEPT_EULA", raising=False)
    check = examine()["kit"]
    assert check.status == "absent"
    assert "OMNI_KIT_ACCEPT_EULA=YES" in check.advice
    monkeypatch.setenv("OMNI_KIT_ACCEPT_EULA", "YES")
    assert examine()["kit"].status == "ok"


def test_extension_path_is_the_folder_that_kit_reads(capsys):
    assert cli.main(["doctor", "--extension-path"]) == 0
    folder = Path(capsys.readouterr().out.strip())
    assert folder == resources.extension_dir()
    assert (folder / "extension.toml").is_file()


def test_a_transformers_that_lerobots_policies_cannot_use_is_named(monkeypatch):
    assert examine()["policies pi0, pi05"].status == "ok"
    real = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "5.10.4" if name == "transformers" else real(name))
    check = examine()["policies pi0, pi05"]
    assert check.status == "absent" and "5.10.4" in check.found
    assert "pip install 'transformers<5.6.0,>=5.4.0'" in check.advice


def test_an_extra_that_is_missing_is_named_with_how_to_get_it(monkeypatch):
    version = importlib.metadata.version

    def without_ray(name):
        if name == "ray":
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(importlib.metadata, "version", without_ray)
    checks = examine()
    assert checks["extra ray"] == doctor.Check(
        "extra ray", "absent", "not installed", "in a clone, uv sync --inexact --extra ray"
    )
    assert checks["extra server"].status == "ok" and "websockets" in checks["extra server"].found


def test_extras_are_those_that_are_declared():
    declared = [Requirement(line) for line in importlib.metadata.requires("lerobot_env_leisaac")]
    for extra, packages in doctor._EXTRAS.items():
        asked = {each.name for each in declared if each.marker and each.marker.evaluate({"extra": extra})}
        assert set(packages) == asked - {"lerobot"}, extra  # which is there without them


def test_every_finding_stands_in_one_column(capsys):
    cli.main(["doctor"])
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
    checks = list(examine().values())
    assert len({line.index(check.found, len(check.status) + 1) for line, check in zip(lines, checks, strict=True)}) == 1
