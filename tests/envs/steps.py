"""Play a task's demonstrator in two environments, one after the other, and print a digest of all states and the time.

python steps.py TASK VARIATION STEPS recorded|eager
"""

import hashlib
import json
import sys
import time

import gymnasium as gym

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.envs.make import load_cfg
from lerobot_env_leisaac.experts.base import make_expert

WARM = 5
"""Steps at the beginning that are not timed."""


def play(task: str, variation: str, steps: int, num_envs: int, recorded: bool) -> tuple[str, float]:
    """Return the digest, and the processor time of a step [s]."""
    spec = catalog.demonstrated_task(task)
    cfg = load_cfg(spec.lerobot_cfg, [])
    cfg.sim.physics.use_cuda_graph = recorded
    keywords = {"seed": 3, "device": "cpu", "cameras": (), "variation": variation, "time_limit": 2.0}
    env = gym.make(spec.lerobot_id, cfg=cfg, num_envs=num_envs, **keywords).unwrapped
    observation, _ = env.reset(options={"queue": range(100)})
    expert, digest, started = make_expert(spec, env), hashlib.sha256(), 0.0
    for step in range(steps):
        if step == WARM:
            started = time.process_time()
        observation, *_ = env.step(expert.act())
        digest.update(observation["observation.state"].numpy().tobytes())
        for each in env.scene.rigid_objects.values():
            digest.update(each.data.root_pose_w.torch.numpy().tobytes())
        for each in env.scene.deformable_objects.values():
            digest.update(each.data.nodal_pos_w.torch.numpy().tobytes())
    seconds = (time.process_time() - started) / (steps - WARM)
    env.close()
    return digest.hexdigest(), seconds


if __name__ == "__main__":
    name, variation, steps, how = sys.argv[1:]
    first = play(name, variation, int(steps), 2, how == "recorded")
    second = play(name, variation, int(steps), 1, how == "recorded")
    print(json.dumps({"digests": [first[0], second[0]], "step_s": first[1]}))
