"""Plays what ships for the id in radians by `isaaclab play`, 60 steps long; prints how many episodes succeeded.

python pretrained_probe.py
"""

import torch
from isaaclab.cli import load_external_tasks
from isaaclab_rl.entrypoints import dispatch
from isaaclab_rl.entrypoints.backends import play_rsl_rl

load_external_tasks()
create = play_rsl_rl.create_isaaclab_env
envs = []


def create_and_keep(*arguments, **keywords):
    envs.append(create(*arguments, **keywords))
    return envs[0]


def play_a_while(step, **_):  # Isaac Lab's own goes on until somebody presses Ctrl+C
    succeeded = torch.zeros(8, dtype=torch.bool)
    for _ in range(60):
        with torch.inference_mode():
            step()
        succeeded |= envs[0].unwrapped.termination_manager.get_term("success")
    print("environments that succeeded:", int(succeeded.sum()))


play_rsl_rl.create_isaaclab_env = create_and_keep
play_rsl_rl.run_playback = play_a_while
task = ["--task", "LeIsaac-SO101-LiftCube-v0", "--checkpoint", "pretrained", "--num_envs", "8", "--viz", "none"]
dispatch.run_play_cli([*task, "--device", "cpu", "--seed", "5", "agent.device=cpu"])
