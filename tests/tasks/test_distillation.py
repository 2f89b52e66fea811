"""LiftCube's actor teaches one that sees by the wrist camera: what `isaaclab train` is told for that is enough."""

import re
import subprocess
import sys
from pathlib import Path

import torch

from lerobot_env_leisaac import catalog

COMMAND = (
    "train --task LeIsaac-SO101-LiftCube-v0 --agent rsl_rl_distillation_cfg_entry_point presets=wrist --checkpoint"
    " pretrained --num_envs 2 --viz none --device cpu --max_iterations 2 agent.num_steps_per_env=8"
)


def test_a_student_learns_from_the_actor_that_ships(tmp_path):
    script = Path(sys.executable).with_name("isaaclab")
    process = subprocess.run([script, *COMMAND.split()], cwd=tmp_path, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    losses = [float(loss) for loss in re.findall(r"Mean behavior loss: ([\d.]+)", process.stdout)]
    assert len(losses) == 2 and all(0 < loss < 10 for loss in losses)
    (saved,) = tmp_path.glob("logs/rsl_rl/leisaac_lift_cube_wrist/*/model_1.pt")
    model = torch.load(saved, weights_only=True)
    teacher = model["teacher_state_dict"]["mlp.0.weight"]
    assert teacher.shape[1] == 28 and catalog.task("LiftCube").pretrained is not None
    assert any(weight.dim() == 4 for weight in model["student_state_dict"].values()), "it has eyes"
