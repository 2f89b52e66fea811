"""`gym.make_vec`, and an environment in radians: all in one process of their own."""

import subprocess
import sys

SCRIPT = """
import gymnasium as gym, numpy as np, torch, lerobot_env_leisaac
from gymnasium.error import ClosedEnvironmentError, ResetNeeded
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.wrappers.vector import (
    ClipReward, DictInfoToList, NormalizeReward, RecordEpisodeStatistics, RescaleAction, TransformAction,
)

LEROBOT, RADIANS = "LeIsaac-SO101-LiftCube-SmolVLA-v0", "LeIsaac-SO101-LiftCube-v0"

def refused(kind, function):
    try:
        function()
    except kind as error:
        return str(error)
    raise AssertionError("not refused")

# a keyword that is not legal is refused as gym.make does
assert "unknown keyword colour" in refused(ValueError, lambda: gym.make_vec(LEROBOT, num_envs=2, colour="red"))
assert "num_envs is 0" in refused(ValueError, lambda: gym.make_vec(LEROBOT, num_envs=0))
assert refused(ValueError, lambda: gym.make_vec(RADIANS, max_episode_steps=0)).startswith("max_episode_steps is 0")

# an environment whose construction fails midway leaves nothing behind
from lerobot_env_leisaac.envs.make import load_cfg
from isaaclab.managers import EventTermCfg
def fail(env, env_ids): raise KeyError("on purpose")
cfg = load_cfg(gym.spec(RADIANS).kwargs["env_cfg_entry_point"])
cfg.events.fail = EventTermCfg(func=fail, mode="startup")
assert "on purpose" in refused(KeyError, lambda: gym.make(RADIANS, cfg=cfg, device="cpu"))

env = gym.make_vec(LEROBOT, num_envs=3, device="cpu", seed=1, cameras=("front",), image_size=(48, 64),
                   units="lerobot_degrees", image_format="uint8_hwc", max_episode_steps=4, render_mode="rgb_array")
assert isinstance(env, VectorEnv) and env.spec.id == LEROBOT and env.num_envs == 3
assert env.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
stats = RecordEpisodeStatistics(RescaleAction(NormalizeReward(env), -1.0, 1.0))
observation, info = stats.reset(seed=3)
assert info["episode_index"].tolist() == [0, 1, 2] and env.np_random_seed == 3
assert stats.observation_space.contains(observation)
assert observation["observation.images.front"].shape == (3, 48, 64, 3)
assert all(env.single_observation_space.contains({k: v[i] for k, v in observation.items()}) for i in range(3))
for step in range(1, 5):
    before = observation
    observation, reward, terminated, truncated, info = stats.step(np.full((3, 6), 0.1 * step, np.float32))
    assert all(type(value) is np.ndarray and value.shape == (3,) for value in (reward, terminated, truncated))
    assert ("final_obs" in info) == (step == 4)
assert truncated.all() and info["episode"]["l"].tolist() == [4, 4, 4] and info["_final_obs"].all()
last = info["final_obs"][2]
assert env.single_observation_space.contains(last)
assert not np.array_equal(last["observation.state"], observation["observation.state"][2])
assert info["final_info"]["episode_index"].tolist() == [0, 1, 2] and info["episode_index"].tolist() == [3, 4, 5]
assert [frame.shape for frame in stats.render()] == [(48, 64, 3)] * 3
assert env.reset(seed=[7, 8, 9])[1]["episode_index"].tolist() == [4, 5, 6]
assert env.reset(options={"episodes": [9, 1, 5]})[1]["episode_index"].tolist() == [9, 1, 5]
assert "seed is 'a'" in refused(ValueError, lambda: env.reset(seed="a"))
for options in ({"queue": [1]}, {"episodes": [1, 2, 3]}, [1]):
    assert "a list of seeds" in refused(ValueError, lambda: env.reset(seed=[7, 8, 9], options=options))
still = np.zeros((3, 6), np.float32)
env.step(still[::-1])
env.close()
env.close()
for use in (env.reset, env.render, lambda: env.step(still), lambda: env.env.reset([])):
    assert refused(ClosedEnvironmentError, use).startswith("the environment is closed: make another one")

# one that nobody holds any more does not keep the next from living
def lose():
    gym.make(RADIANS, num_envs=2, device="cpu", seed=1).reset()

lose()
env = gym.make(RADIANS, num_envs=2, device="cpu", seed=1)
assert "step() before reset()" in refused(ResetNeeded, lambda: env.step(env.action_space.sample()))
assert "reset of 1 of 2 sub-environments before the first" in refused(ValueError, lambda: env.unwrapped.reset([1]))
assert "step() before reset()" in refused(ResetNeeded, lambda: env.step(env.action_space.sample()))
held = refused(RuntimeError, lambda: gym.make(RADIANS, num_envs=2))
assert "already lives in this process" in held and "close()" in held
low, high = env.unwrapped.single_action_space.low, env.unwrapped.single_action_space.high
np.testing.assert_allclose(np.rad2deg(low), [-110, -100, -96.83, -95, -157.21, -10], atol=0.01)
np.testing.assert_allclose(np.rad2deg(high), [110, 100, 96.83, 95, 162.79, 100], atol=0.01)
env.reset(seed=2)
target = env.action_space.sample()
policies = []
for form in (target, target.tolist(), torch.tensor(target, requires_grad=True)):
    env.reset(seed=2)
    policies.append(env.step(form)[0]["policy"])
assert torch.equal(policies[0], policies[1]) and torch.equal(policies[0], policies[2])
assert "environment 1, joint gripper, is nan" in refused(
    ValueError, lambda: env.step(np.where(np.arange(12).reshape(2, 6) == 11, np.nan, 0)))
assert "action has shape (6,), expected (2, 6)" in refused(ValueError, lambda: env.step(np.zeros(6)))
env.close()
for use in (env.reset, lambda: env.step(target)):
    assert refused(ClosedEnvironmentError, use).startswith("the environment is closed: make another one")

env = gym.make_vec(RADIANS, num_envs=2, device="cpu", seed=1, max_episode_steps=3)
for wrapper in (DictInfoToList, lambda env: ClipReward(env, -1, 1), RecordEpisodeStatistics,
                lambda env: TransformAction(env, lambda action: action * 0.5)):
    wrapped = wrapper(env)
    observation, _ = wrapped.reset(seed=2)
    assert wrapped.observation_space.contains(observation)
    for step in range(3):
        observation, reward, _, truncated, info = wrapped.step(wrapped.action_space.sample())
    assert truncated.all()
assert info["final_obs"][1]["policy"].shape == (28,) and info["_final_obs"].all()
env.close()
print("all held")
"""


def test_make_vec_wrappers_and_an_environment_in_radians():
    process = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    assert "all held" in process.stdout
