"""`lerobot-eval`, then all that LeRobot asks of a vector environment, and whether the environment gives it.

    python lerobot_env_probe.py FOLDER POLICY ARGUMENT...

The folder holds an EnvHub repository ``leisaac/tasks`` in the Hub's layout; the arguments are `lerobot-eval`'s. It ends
with an error at the first surprise.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from lerobot.datasets.lerobot_dataset import LeRobotDataset
from lerobot.envs import check_env_attributes_and_types, close_envs, make_env, preprocess_observation
from lerobot.envs.utils import NEW_ROLLOUT_OPTION
from lerobot.processor import PolicyProcessorPipeline
from lerobot.scripts import lerobot_eval

_, CACHE, POLICY, *ARGUMENTS = sys.argv

# first of all, so that LeRobot finds the plugin by itself
assert not any(name.startswith("lerobot_env_leisaac") for name in sys.modules)
sys.argv = ["lerobot-eval", *ARGUMENTS]
lerobot_eval.main()
sys.argv = sys.argv[:1]  # environments are fitted to the policy of a command line

from lerobot_env_leisaac.evaluation.evaluate import EvaluationOptions, evaluate  # noqa: E402
from lerobot_env_leisaac.integrations.lerobot.config_env import LeisaacEnv  # noqa: E402
from lerobot_env_leisaac.tasks.lift_cube.expert import LiftCubeExpert  # noqa: E402

# EnvHub
try:
    make_env("leisaac/tasks", hub_cache_dir=CACHE)
except RuntimeError as error:
    assert "trust" in str(error), error
envs = make_env("leisaac/tasks", n_envs=1, use_async_envs=True, hub_cache_dir=CACHE, trust_remote_code=True)
env = envs["leisaac"][0]
observation, _ = env.reset(seed=3)
assert {name: image.shape for name, image in observation["pixels"].items()} == dict.fromkeys(
    ("front", "top", "wrist"), (1, 480, 640, 3)
)
close_envs(envs)
close_envs(envs)

cfg = LeisaacEnv(image_size=(48, 64), device="cpu")
envs = make_env(cfg, n_envs=2)
env = envs["leisaac"][0]
assert env.unwrapped.metadata["render_fps"] == 30
assert env.call("_max_episode_steps") == (750, 750)
assert env.call("task") == env.call("task_description") == ("Lift the red cube up.",) * 2
check_env_attributes_and_types(env)
try:
    cfg.create_envs(1)
    raise AssertionError("a second environment")
except RuntimeError as error:
    assert "already lives in this process" in str(error), error


def states(seed, **options):
    observation, info = env.reset(seed=seed, **options)
    assert env.observation_space.contains(observation), observation
    return observation["pixels"]["top"], env.env.scene["cube"].data.root_pos_w.torch.clone(), info["episode"].tolist()


# seeds of LeRobot's batches are episodes of the first one
first, _, numbers = states([7, 8], options={NEW_ROLLOUT_OPTION: True})
second, cubes, more = states([9, 10])
assert (numbers, more) == ([0, 1], [2, 3]) and env.env.cfg.seed == 7
assert not np.array_equal(first, second)
env.env.reset(seed=7, options={"episodes": [2, 3]})
assert torch.equal(env.env.scene["cube"].data.root_pos_w.torch, cubes)
again, _, _ = states([7, 8])
assert np.array_equal(first, again)
single, _, numbers = states(7)
assert np.array_equal(single, first) and numbers == [0, 1]
assert states(None)[2] == [2, 3]

frames = env.call("render")
assert len(frames) == 2 and frames[0].shape == (48, 192, 3) and frames[0].dtype == np.uint8 and frames[0].max() > 100

# a step gives NumPy of the shapes and types that LeRobot turns into tensors
observation, reward, terminated, truncated, info = env.step(np.zeros((2, 6), np.float32))
assert [type(value) for value in (reward, terminated, truncated, info["is_success"])] == [np.ndarray] * 4
batch = preprocess_observation(observation)
assert batch["observation.images.wrist"].shape == (2, 3, 48, 64) and batch["observation.state"].dtype == torch.float32


class Demonstrator(torch.nn.Module):
    def reset(self):
        self.expert = LiftCubeExpert(env.env)

    def select_action(self, observation):
        return self.expert.act()


nothing = PolicyProcessorPipeline(steps=[])
action = PolicyProcessorPipeline(steps=[], to_transition=lambda a: a, to_output=lambda a: a)
recording = {"recording_dir": Path(CACHE) / "recording", "env_features": cfg.features}
played = lerobot_eval.rollout(
    env, Demonstrator(), *cfg.get_env_processors(), nothing, action, seeds=[7, 8], **recording
)
success, done = played["success"], played["done"]
assert success.any(dim=1).all(), "LeRobot saw no success"
assert success[:, : success.shape[1] // 2].sum() == 0
first_done = done.int().argmax(dim=1)
assert all(success[row, step] for row, step in enumerate(first_done.tolist())), "success comes with the end"
assert len(set(first_done.tolist())) == 2, "both ended together: one early success was to be told from the other"
close_envs(envs)

# LeRobot's recording of its evaluation has the features that policies are trained on
recorded = LeRobotDataset("recorded", root=Path(CACHE) / "recording" / "env_0", video_backend="pyav")
assert recorded.num_frames == first_done[0] + 1
assert recorded[9]["observation.state"].shape == recorded[9]["action"].shape == (6,)
assert recorded[9]["observation.images.wrist"].shape == (3, 48, 64)

options = EvaluationOptions(checkpoint=POLICY, seed=5, num_envs=3, device="cpu", time_limit=8 / 30)
evaluate(options, 3, Path(CACHE) / "own", report=False)
