"""Environments of other shapes, each in a process of its own."""

import subprocess
import sys

SCRIPT = """
import gymnasium as gym, numpy as np, torch, lerobot_env_leisaac

env = gym.make("LeIsaac-SO101-LiftCube-v0", num_envs=np.int64(2), device="cpu", seed=np.int64(1), max_episode_steps=3,
               physics="newton_mjwarp_deterministic")
assert env.num_envs == 2 and env.unwrapped.max_episode_length == 3
assert env.unwrapped.cfg.sim.physics.deterministic
observation, _ = env.reset()
assert observation["policy"].shape == (2, 28), observation["policy"].shape
for step in (1, 2, 3, 4):
    truncated = env.step(torch.zeros(2, 6))[3]
    assert truncated.tolist() == [step == 3] * 2, "the limit holds for each sub-environment, and they are reset"
env.close()
env.close()

from lerobot_env_leisaac.envs.make import load_cfg

def refused(id, **keywords):
    try:
        gym.make(id, **keywords)
    except ValueError as error:
        return str(error)

lerobot_id, isaaclab_id = "LeIsaac-SO101-LiftCube-SmolVLA-v0", "LeIsaac-SO101-LiftCube-v0"
cfg = load_cfg(gym.spec(lerobot_id).kwargs["env_cfg_entry_point"])
cfg.scene.front = cfg.observations.lerobot.front = cfg.events.front_camera = None
assert refused(lerobot_id, cfg=cfg, cameras=("front",)).endswith("expected names among ['top', 'wrist', 'wrist_kit']")
assert "expected the resolved configuration of a task's environment in radians" in refused(isaaclab_id, cfg=cfg)
cfg = load_cfg(gym.spec(isaaclab_id).kwargs["env_cfg_entry_point"])
assert "in LeRobot units" in refused(lerobot_id, cfg=cfg)
assert "not both" in refused(isaaclab_id, cfg=cfg, physics="newton_mjwarp")

env = gym.make("LeIsaac-SO101-LiftCube-SmolVLA-v0", device="cpu", seed=1, units="lerobot_normalized",
               cameras=["wrist"], image_size=np.array([64, 48]), time_limit=2, instruction="Lift it.",
               variation={"cube_mass": 2}, image_format="uint8_hwc", render_mode="rgb_array")
observation, _ = env.reset()
assert env.unwrapped.max_episode_length == 60 and observation["task"] == ["Lift it."]
assert set(observation) == {"observation.state", "observation.images.wrist", "task"}
image = observation["observation.images.wrist"]
assert image.shape == (1, 64, 48, 3) and image.dtype == torch.uint8 and image.max() > 100
assert env.observation_space.contains(observation)
assert torch.allclose(torch.as_tensor(env.single_action_space.high), torch.tensor([100.0]), atol=1e-3)
assert env.render().shape == (64, 48, 3) and (env.render() == image[0].numpy()).all()
env.close()
print("made twice")
"""


def test_close_and_make_again_with_other_options():
    process = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    assert process.stdout == "made twice\n", "the simulator's chatter"
    assert "Warp" not in process.stderr
