"""Isaac Lab's own commands on the installed wheel, from another working directory, without Isaac Sim."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lerobot_env_leisaac.assets import paths

REPOSITORY = Path(__file__).parents[2]
ISAACLAB = Path(sys.executable).with_name("isaaclab")
RADIANS = "LeIsaac-SO101-LiftCube-v0"
SMOLVLA = "LeIsaac-SO101-LiftCube-SmolVLA-v0"


@pytest.fixture
def isaaclab(installed_wheel, tmp_path):
    """Run `isaaclab` with arguments and return what it prints; it must succeed."""

    def run(*arguments: str, folder: Path = tmp_path) -> str:
        environment = {**os.environ, "PYTHONPATH": str(installed_wheel)}
        environment.pop(paths.ENV_VAR, None)
        process = subprocess.run(
            [ISAACLAB, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=600
        )
        assert process.returncode == 0, process.stdout[-2000:] + process.stderr[-4000:]
        return process.stdout

    return run


def test_list_envs_shows_both_ids_among_isaac_labs_own(isaaclab):
    table = isaaclab("list_envs")
    for env_id in (RADIANS, SMOLVLA, "Isaac-Cartpole"):
        assert f" {env_id} " in table


def test_list_envs_shows_both_ids_alone_inside_the_repository(isaaclab):
    table = isaaclab("list_envs", folder=REPOSITORY)
    for env_id in (RADIANS, SMOLVLA):
        assert f" {env_id} " in table
    assert " Isaac-Cartpole " not in table


# Each pair once, and each kind of preset once: the rest is resolved in tests/tasks/test_presets.py.
@pytest.mark.parametrize(
    ("command", "task", "presets", "space"),
    (
        ("zero_agent", SMOLVLA, "res128", "(2, 3, 128, 128)"),
        ("random_agent", SMOLVLA, "packaged,res256", "(2, 3, 256, 256)"),
        ("zero_agent", RADIANS, "packaged", "'policy': Box"),
        ("random_agent", RADIANS, "packaged", "'policy': Box"),
    ),
)
def test_agents_run(isaaclab, command, task, presets, space):
    selection = ("physics=newton_mjwarp", f"presets={presets}")
    out = isaaclab(command, "--task", task, "--num_envs", "2", "--max_steps", "3", "--viz", "none", *selection)
    assert space in out.partition("Gym observation space")[2]
    assert "(2, 6)" in out.partition("Gym action space")[2]


def test_training_runs(isaaclab):
    sizes = ("--num_envs", "4", "--max_iterations", "1")
    out = isaaclab("train", "--task", RADIANS, *sizes, "--viz", "none", "--device", "cpu", "agent.device=cpu")
    assert "Episode_Termination/success" in out


def test_help_lists_the_presets_by_kind(isaaclab):
    out = isaaclab("zero_agent", "--task", SMOLVLA, "--help")
    _, physics, renderer, presets = re.split("(?:physics|renderer|presets)=NAME.*Available:", out)
    for listing, names in (
        (physics, ("newton_mjwarp", "newton_mjwarp_deterministic", "isaacsim_physx", "ovphysx", "physx")),
        (renderer, ("newton_renderer", "isaacsim_rtx", "ovrtx")),
        (presets, ("res128", "res256", "packaged", "nucleus")),
    ):
        for name in names:
            assert f"- {name}\n" in listing
