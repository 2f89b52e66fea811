"""What an audit says of a policy that was trained to do something else, and what it shows that the policy is told."""

import dataclasses
import json

import pytest
from checkpoints import make_act

from lerobot_env_leisaac import cli, units
from lerobot_env_leisaac.policies.audit import audit
from lerobot_env_leisaac.policies.checkpoint import open_checkpoint
from lerobot_env_leisaac.policies.environment_facts import EnvironmentFacts
from lerobot_env_leisaac.tasks.lift_cube.spec import SPEC

PUSH = dataclasses.replace(SPEC, name="PushCube", instruction="Push the cube away.")
SIZE = (96, 128)


def facts(instruction=SPEC.instruction, task=SPEC):
    return EnvironmentFacts.of_task(task, units.load("degrees"), {"front": SIZE}, instruction)


@pytest.fixture
def checkpoint(tmp_path, no_datasets):
    return make_act(tmp_path / "run", cameras=("front",), weights=False)


def note(checkpoint, **content):
    (checkpoint / "leisaac.json").write_text(json.dumps({"units": "degrees", **content}))
    return checkpoint


def warnings(checkpoint, environment):
    found = audit(open_checkpoint(checkpoint), environment).findings
    assert {(finding.level, finding.check) for finding in found} <= {("warning", "task"), ("warning", "instruction")}
    return [finding.verdict for finding in found]


def test_another_task_is_a_warning_that_names_both(checkpoint):
    note(checkpoint, task=SPEC.name, instruction=SPEC.instruction)
    assert warnings(checkpoint, facts()) == []
    (verdict,) = warnings(checkpoint, facts(task=PUSH))
    assert verdict == (
        f"it was trained to do LiftCube ({checkpoint}/leisaac.json says so), the environment's task is PushCube"
    )


def test_another_task_comes_before_the_cameras_that_it_does_not_have(checkpoint):
    note(checkpoint, task=SPEC.name)
    result = audit(open_checkpoint(checkpoint), dataclasses.replace(facts(task=PUSH), image_sizes={"wrist": SIZE}))
    assert [(finding.level, finding.check) for finding in result.findings] == [
        ("warning", "task"),
        ("error", "cameras"),
    ]
    with pytest.raises(
        ValueError, match=r"it was trained to do LiftCube .*the environment's task is PushCube; .*front"
    ):
        result.refuse_errors()


def test_other_words_are_a_warning_that_names_both(checkpoint):
    note(checkpoint, task=SPEC.name, instruction="Raise the cube.")
    assert warnings(checkpoint, facts("Raise the cube.")) == [], "the same task in other words, which it is told"
    (verdict,) = warnings(checkpoint, facts("Sweep the floor."))
    assert "'Raise the cube.'" in verdict and "is told 'Sweep the floor.'" in verdict


def test_the_audit_prints_what_the_policy_is_told_and_who_says_so(checkpoint, capsys):
    def printed(*arguments):
        assert cli.main(["audit", str(checkpoint), *arguments]) == 0
        return next(line for line in capsys.readouterr().out.splitlines() if line.startswith("instruction "))

    assert printed() == f"instruction {SPEC.instruction!r} (from the task LiftCube)"
    assert printed("--instruction", "Lift it.") == "instruction 'Lift it.' (from the argument)"
    note(checkpoint, instruction="Raise the cube.")
    assert printed() == f"instruction 'Raise the cube.' (from {checkpoint}/leisaac.json)"
    assert printed("--instruction", "Lift it.") == "instruction 'Lift it.' (from the argument)"


@pytest.mark.parametrize("noted", [3, "", ["Lift it."]])
def test_an_instruction_that_is_no_text_is_refused(checkpoint, noted, capsys):
    note(checkpoint, instruction=noted)
    assert cli.main(["audit", str(checkpoint)]) == 1
    assert f"{checkpoint}/leisaac.json: instruction: found {noted!r}, expected a text" in capsys.readouterr().err
