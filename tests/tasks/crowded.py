"""Steps the pick-orange task with room for next to nothing; `test_pick_orange.py` runs it in a process of its own.

python crowded.py LIMIT

The environment complains.
"""

import sys

import gymnasium as gym
import torch

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac.envs.make import load_cfg
from lerobot_env_leisaac.tasks.pick_orange.spec import SPEC


def main(limit: str) -> None:
    cfg = load_cfg(SPEC.lerobot_cfg)
    setattr(cfg.sim.physics.solver_cfg, limit, 1 if limit == "iterations" else 2)
    env = gym.make(SPEC.lerobot_id, cfg=cfg, device="cpu", seed=0, cameras=())
    env.reset()
    for _ in range(3):
        env.step(torch.zeros(1, 6))
    env.close()


if __name__ == "__main__":
    main(sys.argv[1])
