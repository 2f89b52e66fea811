"""Environments of other shapes, each in a process of its own."""

import subprocess
import sys

SCRIPT = """
import gymnasium as gym, torch, lerobot_env_leisaac

env = gym.make("LeIsaac-SO101-LiftCube-v0", num_envs=2, device="cpu", seed=1, physics="newton_mjwarp_deterministic")
assert env.unwrapped.cfg.sim.physics.deterministic
observation, _ = env.reset()
assert observation["policy"].shape == (2, 28), observation["policy"].shape
env.step(torch.zeros(2, 6))
env.close()
env.close()

env = gym.make("LeIsaac-SO101-LiftCube-SmolVLA-v0", device="cpu", seed=1, units="lerobot_normalized",
               cameras=("wrist",), image_size=(64, 48), image_format="uint8_hwc", render_mode="rgb_array")
observation, _ = env.reset()
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
    assert "made twice" in process.stdout
