"""`leisaac declare`: said once, known to every command."""

import json
import re

import checkpoints
import pytest

from lerobot_env_leisaac import cli, units
from lerobot_env_leisaac.datasets import manifest as manifests
from lerobot_env_leisaac.declaration import OF_DATASET


def error(capsys) -> str:
    return capsys.readouterr().err.strip().splitlines()[-1]


def test_a_checkpoint_needs_its_units_no_more(tmp_path, capsys):
    checkpoint = checkpoints.make_act(tmp_path, weights=False)
    assert cli.main(["declare", str(tmp_path), "--units", "lerobot_degrees"]) == 0
    written = json.loads((checkpoint / "leisaac.json").read_text())
    assert units.from_table(written["units"], "test") == units.load("lerobot_degrees")
    cli.main(["audit", str(checkpoint), "--units", "degrees", "--json"])
    found = json.loads(capsys.readouterr().out.partition("\n")[2])
    assert any("lerobot_degrees" in finding["verdict"] for finding in found["findings"])


def test_a_dataset_keeps_what_else_is_noted_of_it(video_dataset, capsys):
    path = video_dataset / OF_DATASET
    assert cli.main(["declare", str(video_dataset), "--units", "degrees"]) == 0
    assert manifests.declared_units(video_dataset) == units.load("degrees")
    path.write_text(json.dumps({**json.loads(path.read_text()), "note": "mine"}))
    assert cli.main(["declare", str(video_dataset), "--units", "radians"]) == 1
    assert "declares degrees already: add --replace" in error(capsys)
    assert cli.main(["declare", str(video_dataset), "--units", "degrees"]) == 0, "the same again"
    assert cli.main(["declare", str(video_dataset), "--units", "radians", "--replace"]) == 0
    assert manifests.declared_units(video_dataset) == units.load("radians")
    assert json.loads(path.read_text())["note"] == "mine"


@pytest.mark.parametrize(
    ("content", "units_name", "reason"),
    [
        (None, "degrees", "neither a checkpoint .* nor a dataset"),
        ("{}", "degres", "unknown unit convention 'degres'"),
        ("[1]", "degrees", "expected a JSON object"),
        ("{", "degrees", "is no JSON file"),
    ],
)
def test_what_cannot_be_declared_loses_nothing(tmp_path, capsys, content, units_name, reason):
    if content is not None:
        (tmp_path / "config.json").write_text("{}")
        (tmp_path / "leisaac.json").write_text(content)
    assert cli.main(["declare", str(tmp_path), "--units", units_name]) == 1
    assert re.search(reason, error(capsys))
    assert content is None or (tmp_path / "leisaac.json").read_text() == content
