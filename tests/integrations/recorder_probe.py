"""Record with Isaac Lab's own recorder: python recorder_probe.py ID FOLDER

Two environments play two episodes of a second each; what their agent saw and did is in FOLDER/seen.npz.
"""

import math
import sys
from pathlib import Path

import gymnasium as gym
import numpy as np
import torch
from isaaclab.envs.mdp.recorders.recorders_cfg import ActionStateRecorderManagerCfg
from isaaclab.managers import DatasetExportMode

import lerobot_env_leisaac  # noqa: F401
from lerobot_env_leisaac import catalog, units
from lerobot_env_leisaac.envs.make import load_cfg
from lerobot_env_leisaac.tasks.common.observations import state_in_units

env_id, folder = sys.argv[1], Path(sys.argv[2])
task = catalog.task(env_id)
in_units = env_id == task.lerobot_id
cfg = load_cfg(gym.spec(env_id).kwargs["env_cfg_entry_point"])
cfg.recorders = ActionStateRecorderManagerCfg(
    dataset_export_dir_path=str(folder),
    dataset_filename="recorded",
    dataset_export_mode=DatasetExportMode.EXPORT_ALL,
)
keywords = {"cameras": tuple(task.cameras)[::2], "image_size": (96, 128)} if in_units else {}
env = gym.make(env_id, cfg=cfg, num_envs=2, device="cpu", seed=5, time_limit=1.0, **keywords)
observation, _ = env.reset()
convention = units.load("degrees" if in_units else "radians").of(task.robot)

# the gripper stays away from its stop, where its reading ends; a base drives slowly
SWING = torch.tensor([[0.3, -0.4, 0.3, 0.2, 0.5, 0.4], [-0.3, -0.2, 0.4, 0.5, -0.5, 0.6]])
DRIVE = torch.tensor([[0.1, -0.05, 0.4], [-0.1, 0.05, -0.3]])
moving = [channel.quantity != "position" for channel in task.robot.channels]
swing = torch.cat([SWING] * len(task.robot.entities) + ([DRIVE] if any(moving) else []), dim=1)


def state() -> np.ndarray:
    """What an environment in units shows; in radians the same is read from the scene."""
    if in_units:
        return observation["observation.state"].numpy().copy()
    return shown(env.unwrapped).numpy().copy()


if not in_units:
    env.unwrapped.cfg.units = "radians"
    shown = state_in_units(None, env.unwrapped)
seen = []
for step in range(60):
    action = convention.from_radians(swing * abs(math.sin(step / 12)))
    seen.append((state(), action.numpy()))
    observation, *_ = env.step(action)
env.close()
states, actions = (np.stack(each) for each in zip(*seen, strict=True))  # (60, 2, C)
np.savez(folder / "seen.npz", state=states, action=actions)
