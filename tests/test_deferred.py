"""Packages that run late."""

import importlib
import sys

import pytest

from lerobot_env_leisaac.deferred import defer, run


@pytest.fixture
def zoo(tmp_path, monkeypatch):
    """A package `zoo` of animals, each a package with a light module and, in its ``__init__``, a heavy one."""
    for animal in ("lion", "tiger"):
        folder = tmp_path / "zoo" / animal
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("from .heavy import WEIGHT\nfrom .light import NAME\nLEGS = 4\n")
        (folder / "light.py").write_text(f"NAME = {animal!r}\n")
        (folder / "heavy.py").write_text("WEIGHT = 200\n")
    (tmp_path / "zoo" / "__init__.py").write_text("from .lion.light import NAME as LION\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    defer(r"zoo\.\w+")
    yield tmp_path / "zoo"
    for name in [name for name in sys.modules if name.split(".")[0] == "zoo"]:
        del sys.modules[name]


def test_to_import_a_module_inside_does_not_run_the_package(zoo):
    assert importlib.import_module("zoo.tiger.light").NAME == "tiger"
    assert importlib.import_module("zoo").LION == "lion"
    assert "zoo.lion" in sys.modules
    assert not {"zoo.tiger.heavy", "zoo.lion.heavy"} & set(sys.modules)


def test_the_first_use_runs_the_package_that_is_used_alone(zoo):
    light = importlib.import_module("zoo.tiger.light")
    tiger = importlib.import_module("zoo.tiger")
    from zoo.tiger import LEGS  # type: ignore[import-not-found]

    assert (LEGS, tiger.WEIGHT, tiger.light) == (4, 200, light)
    assert sys.modules["zoo.tiger"] is tiger
    assert importlib.import_module("zoo").tiger is tiger
    assert "zoo.lion.heavy" not in sys.modules
    with pytest.raises(AttributeError, match="stripes"):
        tiger.stripes  # noqa: B018


def test_all_names_of_a_package_are_imported_by_a_star(zoo):
    names: dict[str, object] = {}
    exec("from zoo.lion import *", names)
    assert (names["LEGS"], names["WEIGHT"], names["NAME"]) == (4, 200, "lion")


def test_a_package_that_cannot_run_says_so_each_time(zoo):
    (zoo / "lion" / "heavy.py").unlink()
    lion = importlib.import_module("zoo.lion")
    for _ in range(2):
        with pytest.raises(ImportError, match="heavy"):
            lion.LEGS  # noqa: B018
    (zoo / "lion" / "heavy.py").write_text("WEIGHT = 200\n")
    importlib.invalidate_caches()
    assert lion.WEIGHT == 200


def test_run_runs_once_and_leaves_other_modules_alone(zoo):
    tiger = importlib.import_module("zoo.tiger")
    run(tiger)
    assert "zoo.tiger.heavy" in sys.modules
    tiger.LEGS = 3
    run(tiger)
    run(importlib.import_module("zoo.tiger.light"))
    assert tiger.LEGS == 3


def test_other_packages_run_at_once(zoo):
    folder = zoo.parent / "farm" / "cow"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("LEGS = 4\n")
    assert "LEGS" in vars(importlib.import_module("farm.cow"))
