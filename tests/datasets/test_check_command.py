"""`leisaac check` as a user runs it: its table, its JSON, its report, its exit status."""

import json
import re

import numpy as np
import pytest

from lerobot_env_leisaac import cli


@pytest.fixture
def bad_dataset(write, demonstrate, tmp_path):
    """Two episodes; in one, a reading is missing and the top camera is black."""
    episodes = [demonstrate(seed) for seed in range(2)]
    episodes[1].state[3, 0] = np.nan
    episodes[1].images["top"][:] = 0
    return write(tmp_path / "bad", episodes)


def test_a_good_dataset_is_a_table_of_verdicts_and_status_0(capsys, video_dataset):
    assert cli.main(["check", str(video_dataset), "--units", "degrees"]) == 0
    lines = capsys.readouterr().out.splitlines()
    verdicts = [line for line in lines if line.startswith(("ok ", "warning ", "error "))]
    assert len(verdicts) == len(lines) - 2
    assert lines[-1] == f"0 errors, 0 warnings in {video_dataset}"


def test_a_bad_dataset_is_status_1_in_every_form(capsys, bad_dataset, tmp_path):
    report = tmp_path / "report.html"
    assert cli.main(["check", str(bad_dataset), "--units", "degrees", "--html", str(report)]) == 1
    out = capsys.readouterr().out
    errors = [line for line in out.splitlines() if line.startswith("error ")]
    assert [re.split("  +", line)[1] for line in errors] == ["state numbers", "statistics", "top images", "top motion"]
    assert f"4 errors, 0 warnings in {bad_dataset}; report {report}" in out

    assert cli.main(["check", str(bad_dataset), "--units", "degrees", "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    assert result["errors"] == 4
    found = {finding["check"]: finding for finding in result["findings"]}
    assert found["top images"]["figures"] == {"black": 40}
    assert found["top images"]["verdict"].startswith("40 black frames: episode 1 frame 0")

    html = report.read_text()
    assert not re.search(r"(src|href)=\"(?!data:)", html), "everything is in the one file"
    assert html.count("<img") == 5, "first frames, two episodes, histograms, lengths"
    for text in ("state numbers", "40 black frames", "First frames", "States and actions over time", "bad"):
        assert text in html
    assert html.index("state numbers") < html.index("episode lengths"), "errors come first"


def test_a_report_that_cannot_be_written_is_one_line_and_decodes_nothing(capsys, video_dataset, tmp_path):
    path = tmp_path / "nowhere" / "report.html"
    assert cli.main(["check", str(video_dataset), "--html", str(path)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1 and str(path) in captured.err


def test_checking_changes_nothing(video_dataset):
    def content():
        return {path: path.read_bytes() for path in video_dataset.rglob("*") if path.is_file()}

    before = content()
    cli.main(["check", str(video_dataset), "--json"])
    assert content() == before
