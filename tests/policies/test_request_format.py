"""What a server's policy is asked with, as YAML files say it."""

import pytest
import yaml

from lerobot_env_leisaac import catalog, config_files
from lerobot_env_leisaac.policies.remote.request_format import RequestFormat
from lerobot_env_leisaac.resources import config_dir

LIFT_CUBE = catalog.lerobot_task("LiftCube")


@pytest.mark.parametrize("name", config_files.names("policies"))
def test_the_files_that_ship_fit_the_so101(name):
    format = RequestFormat.load(name)
    assert not format.mistakes(LIFT_CUBE.robot, LIFT_CUBE.cameras)
    assert RequestFormat.from_table(format.table, where="again", name=name) == format
    assert format.n_action_steps


def test_a_robot_or_a_task_that_it_does_not_fit_is_said():
    format = RequestFormat.load("gr00t_so101")
    mistakes = format.mistakes(catalog.lerobot_task("CleanToyTable-BiArm").robot, ("top",))
    assert mistakes[0] == "it looks through front, wrist, the task's cameras are top"
    assert "its state has shoulder_pan, " in mistakes[1] and "which no " in mistakes[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"protocol": "carrier pigeon"}, "protocol: expected one of openpi, gr00t_n1.5, gr00t, found 'carrier pigeon'"),
        ({"protocol": ["openpi"]}, "protocol: expected one of"),
        ({"units": "furlongs"}, "unknown unit convention 'furlongs'"),
        ({"units": {"name": "x"}}, "units: missing source, joints"),
        ({"units": 3}, "units: "),
        ({"state": {}}, "state: expected a name or more"),
        ({"state": {"state": "some"}}, "state.state: expected all, or a list of channels, found 'some'"),
        ({"state": "all"}, "state: expected names with values"),
        ({"actions": {"actions": []}}, "actions.actions: expected all"),
        ({"cameras": {"front": 1}}, "cameras.front: expected names with values"),
        ({"cameras": {"front": {"name": "a", "size": [1, 2, 3]}}}, "cameras.front.size: expected [HEIGHT, WIDTH]"),
        ({"cameras": {"fr\nont": "a"}}, "cameras: expected a name of letters"),
        ({"sent_size": [0, 224]}, "sent_size is 0, expected a whole number of 1 or more"),
        ({"n_action_steps": 0}, "n_action_steps is 0, expected a whole number"),
        ({"prompt": None}, "prompt: expected a name"),
        ({"colour": "red"}, "unknown 'colour'; expected protocol, "),
        ({"cameras": {"front": "f", "wrist": "f"}}, "f would stand for two things in a request"),
        ({"cameras": {"front": "s"}, "state": {"s": "all"}}, "s would stand for two things in a request"),
        ({"state": {"s": "all"}, "prompt": "s"}, "s would stand for two things in a request"),
        ({"prompt": "noise"}, "noise would stand for two things in a request"),
        ({"units": ["degrees"]}, "units: expected the name of a unit convention, or its table, found ['degrees']"),
    ],
)
def test_a_file_that_is_not_valid_is_one_line(tmp_path, change, message):
    content = yaml.safe_load((config_dir() / "policies" / "openpi_leisaac.yaml").read_text()) | change
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(ValueError) as error:
        RequestFormat.load(tmp_path / "mine.yaml")
    assert message in str(error.value) and str(tmp_path / "mine.yaml") in str(error.value) + str(tmp_path / "mine.yaml")
    assert "\n" not in str(error.value)


def test_a_missing_key_and_a_missing_file_are_named(tmp_path):
    (tmp_path / "mine.yaml").write_text("protocol: openpi\n")
    with pytest.raises(ValueError, match=r"mine.yaml: missing source, units, state, cameras, prompt, actions"):
        RequestFormat.load(tmp_path / "mine.yaml")
    with pytest.raises(ValueError, match="unknown policy format 'openpie': use one of gr00t_n15_leisaac, "):
        RequestFormat.load("openpie")
