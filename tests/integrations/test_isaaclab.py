"""Isaac Lab's own commands on the installed wheel, from another working directory, without Isaac Sim."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
ISAACLAB = Path(sys.executable).with_name("isaaclab")
RADIANS = "LeIsaac-SO101-LiftCube-v0"
SMOLVLA = "LeIsaac-SO101-LiftCube-SmolVLA-v0"


@pytest.fixture
def output_of(isaaclab):
    """Return what a command printed; it must have succeeded."""

    def output(name: str) -> str:
        result = isaaclab[1][name]
        assert result.status == 0, result.out[-2000:] + result.err[-4000:]
        return result.out

    return output


def test_list_envs_shows_both_ids_among_isaac_labs_own(output_of):
    table = output_of("list_envs")
    for env_id in (RADIANS, SMOLVLA, "Isaac-Cartpole"):
        assert f" {env_id} " in table


def test_list_envs_shows_both_ids_alone_inside_the_repository(installed_wheel):
    environment = {**os.environ, "PYTHONPATH": str(installed_wheel)}
    command = [ISAACLAB, "list_envs"]
    process = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-4000:]
    for env_id in (RADIANS, SMOLVLA):
        assert f" {env_id} " in process.stdout
    assert " Isaac-Cartpole " not in process.stdout


@pytest.mark.parametrize(
    ("command", "space"),
    (
        ("zero_agent smolvla", "(2, 3, 128, 128)"),
        ("random_agent smolvla", "(2, 3, 256, 256)"),
        ("zero_agent radians", "'policy': Box"),
        ("random_agent radians", "'policy': Box"),
    ),
)
def test_agents_run(output_of, command, space):
    out = output_of(command)
    assert space in out.partition("Gym observation space")[2]
    assert "(2, 6)" in out.partition("Gym action space")[2]


def test_training_runs(output_of):
    assert "Episode_Termination/success" in output_of("train")


def test_help_lists_the_presets_by_kind(output_of):
    _, physics, renderer, presets = re.split("(?:physics|renderer|presets)=NAME.*Available:", output_of("help"))
    for listing, names in (
        (physics, ("newton_mjwarp", "newton_mjwarp_deterministic", "isaacsim_physx", "ovphysx", "physx")),
        (renderer, ("newton_renderer", "isaacsim_rtx", "ovrtx")),
        (presets, ("res128", "res256", "packaged", "nucleus")),
    ):
        for name in names:
            assert f"- {name}\n" in listing
