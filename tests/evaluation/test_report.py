"""The report of an evaluation, of scenes with any number of objects."""

import dataclasses
import re

import pytest

from lerobot_env_leisaac.evaluation import report
from lerobot_env_leisaac.evaluation.episode import Episode
from lerobot_env_leisaac.evaluation.report import write_report
from lerobot_env_leisaac.evaluation.summary import summarize

CONFIG = {
    "checkpoint": "packaged",
    "checkpoint_hash": "0" * 64,
    "policy_type": "act",
    "n_action_steps": 5,
    "env_id": "LeIsaac-SO101-LiftCube-SmolVLA-v0",
    "seed": 5,
    "units": {"name": "degrees"},
    "instruction": "Lift the red cube up.",
    "variation": {
        "name": "slippery",
        "changes": {"friction": [0.5, 0.5], "cube_mass": [1.0, 2.0], "objects": {"A": {"mass": [3, 3]}}},
    },
    "time_limit": 12.5,
    "physics": {"name": "newton_mjwarp", "settings": {}},
    "versions": {"torch": "2.10"},
    "runs": [
        {"episodes": [[0, 2], [4, 4]], "device": "cuda:0", "num_envs": 2, "versions": {"torch": "2.10", "newton": "1"}},
        {"episodes": [[3, 3]], "device": "cpu", "num_envs": 2, "versions": {"torch": "2.10", "newton": "2"}},
    ],
    "timing": {},
}


def episodes(objects: tuple[str, ...]) -> list[Episode]:
    places = {name: {"position": [0.2 + 0.01 * n, 0.1, 0.01], "yaw": 0.0} for n, name in enumerate(objects)}
    failures = (None, "time_out", "reset", None, None)
    return [
        Episode(n, 5, {"joints": {}, **places}, why is None, 30, None if why else 1.0, 0.0, why)
        for n, why in enumerate(failures)
    ]


@pytest.fixture
def drawn(monkeypatch) -> list:
    """What is drawn on, by figure: axes, or a grid of them."""
    figures = []

    def noted(make):
        def call(*arguments, **options):
            figure, axes = make(*arguments, **options)
            figures.append(axes)
            return figure, axes

        return call

    for name in ("panels", "subplots"):
        monkeypatch.setattr(report, name, noted(getattr(report, name)))
    return figures


@pytest.mark.parametrize("objects", [(), ("cube",), ("orange_1", "orange_2", "orange_3", "plate")])
def test_each_object_has_its_panel_on_a_scale_that_shows_the_robot(objects, drawn, tmp_path):
    played = episodes(objects)
    write_report(tmp_path, {**summarize(played), **CONFIG}, played)
    html = (tmp_path / "report.html").read_text()
    assert ("Where it succeeds" in html) == bool(objects)
    shown = [axes for axes in drawn[0].flat if axes.get_visible()] if objects else []
    assert [axes.get_title() for axes in shown] == [f"{name} at the start" for name in objects]
    for axes in shown:
        (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
        assert left <= -0.2 and right >= 0.2, "as wide as the arm reaches"
        assert low < 0 and high >= 0.4, "with the robot in it"
        labels = [scatter.get_label() for scatter in axes.collections]
        assert labels == ["robot", "success (3)", "failure (2)"]


def test_the_report_says_what_was_measured_where(tmp_path):
    played = episodes(("cube",))
    write_report(tmp_path, {**summarize(played), **CONFIG}, played)
    html = (tmp_path / "report.html").read_text()
    for name, value in (
        ("instruction", "Lift the red cube up."),
        ("time limit", "12.5 s"),
        ("physics", "newton_mjwarp"),
        ("variation", r"slippery \(friction 0.5, cube_mass \[1.0, 2.0\], objects.A.mass 3\)"),
        ("device", "cuda:0, newton 1, for episodes 0 to 2, 4"),
        ("device", "cpu, newton 2, for episodes 3"),
        ("failures", "1 reset, 1 time_out"),
    ):
        assert re.search(rf">{name}</td>\s*<td[^>]*>{value}</td>", html), name
    assert "<th></th>" not in html, "a row of empty heads"


def test_the_report_says_how_far_episodes_got(drawn, tmp_path):
    reached = ([True, True], [True, False], [False, False], [True, True], [True, True])
    played = [
        dataclasses.replace(one, subtasks=dict(zip(("orange_1_on_plate", "orange_2_on_plate"), masks, strict=True)))
        for one, masks in zip(episodes(("orange_1", "orange_2")), reached, strict=True)
    ]
    write_report(tmp_path, {**summarize(played), **CONFIG}, played)
    html = (tmp_path / "report.html").read_text()
    for name, value in (
        ("orange_1_on_plate", r"4 of 5, 80.0% \(37.6% to 96.4%\)"),
        ("orange_2_on_plate", r"3 of 5, 60.0% \(23.1% to 88.2%\)"),
        ("objects on plate", "mean 1.40 of 2 an episode"),
    ):
        assert re.search(rf">{name}</td>\s*<td[^>]*>{value}</td>", html), name
    assert [round(bar.get_width()) for bar in drawn[0].patches] == [80, 60]
    assert [label.get_text() for label in drawn[0].get_yticklabels()] == ["orange_1_on_plate", "orange_2_on_plate"]
    assert re.search(r">1</td>\s*<td[^>]*>time_out</td>\s*<td[^>]*>30</td>\s*<td[^>]*>orange_1_on_plate</td>", html)


@pytest.mark.parametrize(
    ("cameras", "words"),
    [
        (["front"], "front camera"),
        (["front", "top"], "front and top cameras"),
        (["front", "top", "wrist"], "front, top and wrist cameras"),
    ],
)
def test_cameras_are_listed_as_people_do(cameras, words):
    assert report._enumerated(cameras) == words
