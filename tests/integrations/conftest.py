"""Isaac Lab's own commands on the installed wheel, from another working directory, without Isaac Sim."""

from pathlib import Path

import pytest
from checkpoints import make_smolvla, make_vlm
from commands import Result, run

from lerobot_env_leisaac.assets import files

RADIANS = "LeIsaac-SO101-LiftCube-v0"
SMOLVLA = "LeIsaac-SO101-LiftCube-SmolVLA-v0"


@pytest.fixture(scope="session")
def isaaclab(installed_wheel, tmp_path_factory) -> tuple[Path, dict[str, Result]]:
    """The working directory of `isaaclab`, and how each command ended there."""
    folder = tmp_path_factory.mktemp("isaaclab")
    policy = make_smolvla(folder / "smolvla", make_vlm(folder / "vlm"), image_size=(48, 64))
    agent = "--num_envs 2 --max_steps 3 --viz none physics=newton_mjwarp"
    commands = {
        "list_envs": "isaaclab list_envs",
        # each pair once, and each kind of preset once: the rest is resolved in tests/tasks/test_presets.py
        "zero_agent smolvla": f"isaaclab zero_agent --task {SMOLVLA} {agent} presets=res128",
        "random_agent smolvla": f"isaaclab random_agent --task {SMOLVLA} {agent} presets=packaged,res256",
        "zero_agent radians": f"isaaclab zero_agent --task {RADIANS} {agent} presets=packaged",
        "random_agent radians": f"isaaclab random_agent --task {RADIANS} {agent} presets=packaged",
        "help": f"isaaclab zero_agent --task {SMOLVLA} --help",
        "play": f"isaaclab play --task {SMOLVLA} --checkpoint {policy} --num_envs 2 --seed 5 --device cpu --viz none"
        " --video --video_length 40 physics=newton_mjwarp renderer=newton_renderer presets=res128"
        " env.episode_length_s=0.5",
        "train": f"isaaclab train --task {RADIANS} --num_envs 4 --max_iterations 1 --viz none --device cpu"
        " agent.device=cpu",
    }
    environment = {"PYTHONPATH": str(installed_wheel), files.ENV_VAR: ""}
    return folder / "run", run(folder / "run", commands, environment=environment)
