"""Which evaluations a sweep has."""

import pytest
import tyro

from lerobot_env_leisaac.evaluation.options import EvaluationOptions, SweepOptions
from lerobot_env_leisaac.evaluation.runs import runs_of


def runs(*arguments: str):
    return runs_of(tyro.cli(SweepOptions, args=arguments))


def test_one_value_of_each_option_is_one_evaluation_as_ever():
    (run,) = runs("--checkpoint", "packaged", "--variation", "robust", "--n-action-steps", "8", "--seed", "3")
    assert run.name == "" and run.values == {}
    assert run.options == EvaluationOptions(checkpoint="packaged", variation="robust", n_action_steps=8, seed=3)
    (run,) = runs("--checkpoint", "packaged")
    assert run.options == EvaluationOptions(checkpoint="packaged")


def test_every_combination_is_a_run_and_those_of_one_world_follow_each_other():
    found = runs("--checkpoint", "a", "b", "--variation", "none", "robust", "--n-action-steps", "1", "16")
    assert [run.name for run in found] == [
        *("none-a-1", "none-a-16", "none-b-1", "none-b-16"),
        *("robust-a-1", "robust-a-16", "robust-b-1", "robust-b-16"),
    ]
    assert found[5].options == EvaluationOptions(checkpoint="a", variation="robust", n_action_steps=16)
    assert found[5].values == {"variation": "robust", "checkpoint": "a", "n_action_steps": "16"}


def test_paths_are_called_by_what_tells_them_apart():
    last = "checkpoints/last/pretrained_model"
    assert [run.name for run in runs("--checkpoint", f"outputs/act/{last}", f"outputs/vla/{last}")] == ["act", "vla"]
    steps = [f"outputs/act/checkpoints/{step}/pretrained_model" for step in ("010000", "020000")]
    assert [run.name for run in runs("--checkpoint", *steps, "packaged")] == ["010000", "020000", "packaged"]
    assert [run.name for run in runs("--checkpoint", "a/b", "a/b/.", "c")] == ["b_1", "b_2", "c_3"]
    assert [run.name for run in runs("--checkpoint", "packaged", "--variation", "x/dim.yaml", "robust")] == [
        "dim",
        "robust",
    ]
    assert [run.name for run in runs("--checkpoint", "x/a", "y/z/a")] == ["x", "z"]


def test_every_run_has_a_folder_of_its_own_inside_that_of_the_sweep(tmp_path, monkeypatch):
    (tmp_path / "mine" / "sub").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "mine" / "sub")
    names = [run.name for run in runs("--checkpoint", "..", "../..", "packaged")]
    assert names == ["mine", tmp_path.name, "packaged"]
    names = [run.name for run in runs("--variation", "a-b.yaml", "a.yaml", "--checkpoint", "c", "b-c")]
    assert names == ["a-b-c_1", "a-b-b-c_2", "a-c_3", "a-b-c_4"]
    assert [run.name for run in runs("--checkpoint", "report.html", "b\nc")] == ["report.html_1", "b_c_2"]


def test_a_value_that_is_given_twice_is_refused():
    with pytest.raises(ValueError, match="--checkpoint names one of a, b, a twice"):
        runs("--checkpoint", "a", "b", "a")
    with pytest.raises(ValueError, match="--variation needs a value or more"):
        runs("--checkpoint", "a", "--variation")
