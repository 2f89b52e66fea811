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
from lerobot_env_leisaac import units
from lerobot_env_leisaac.envs.make import load_cfg

env_id, folder = sys.argv[1], Path(sys.argv[2])
in_units = env_id.endswith("SmolVLA-v0")
cfg = load_cfg(gym.spec(env_id).kwargs["env_cfg_entry_point"])
cfg.recorders = ActionStateRecorderManagerCfg(
    dataset_export_dir_path=str(folder),
    dataset_filename="recorded",
    dataset_export_mode=DatasetExportMode.EXPORT_ALL,
)
keywords = {"cameras": ("front", "wrist"), "image_size": (96, 128)} if in_units else {}
env = gym.make(env_id, cfg=cfg, num_envs=2, device="cpu", seed=5, time_limit=1.0, **keywords)
observation, _ = env.reset()
convention = units.load("degrees" if in_units else "radians")
seen = []
for step in range(60):  # the gripper stays away from its stop, where its reading ends
    swing = torch.tensor([[0.3, -0.4, 0.3, 0.2, 0.5, 0.4], [-0.3, -0.2, 0.4, 0.5, -0.5, 0.6]])
    action = convention.from_radians(swing * abs(math.sin(step / 12)))
    state = observation["observation.state"] if in_units else observation["policy"][:, :6]
    seen.append((state.numpy().copy(), action.numpy()))
    observation, *_ = env.step(action)
env.close()
state, action = (np.stack(each) for each in zip(*seen, strict=True))  # (60, 2, 6)
np.savez(folder / "seen.npz", state=state, action=action)
