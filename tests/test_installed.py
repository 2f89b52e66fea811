"""Which distribution each module is of."""

import importlib.metadata

from lerobot_env_leisaac.installed import packages_distributions


def test_it_is_what_python_says():
    def sort(found):
        return {module: sorted(distributions) for module, distributions in found.items()}

    assert sort(packages_distributions()) == sort(importlib.metadata.packages_distributions())


def test_a_distribution_is_found_by_what_it_declares_or_by_its_files(tmp_path, monkeypatch):
    for name, files in {
        "declares": {"top_level.txt": "one\ntwo\n", "RECORD": "three/__init__.py,,\n"},
        "lists": {"RECORD": "four/__init__.py,,\nsix.py,sha256=x,1\n../../bin/seven,,\nlists-1.dist-info/RECORD,,\n"},
        "says_nothing": {},
    }.items():
        folder = tmp_path / f"{name}-1.dist-info"
        folder.mkdir()
        for file, text in {"METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n", **files}.items():
            (folder / file).write_text(text)
    found = importlib.metadata.distributions(path=[str(tmp_path)])
    monkeypatch.setattr(importlib.metadata, "distributions", lambda: found)
    assert packages_distributions.__wrapped__() == {
        "one": ["declares"],
        "two": ["declares"],
        "four": ["lists"],
        "six": ["lists"],
    }
