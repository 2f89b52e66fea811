"""Policy types of LeRobot beyond ACT and SmolVLA play, or are refused in one line that says why."""

from types import SimpleNamespace

import checkpoints
import gymnasium as gym
import pytest
import torch
from lerobot.policies import Evo1Config, GaussianActorConfig, TDMPCConfig

import lerobot_env_leisaac  # noqa: F401
from lerobot_env_leisaac.envs.make import apply_policy_keywords, load_cfg
from lerobot_env_leisaac.policies.audit import audit
from lerobot_env_leisaac.policies.checkpoint import open_checkpoint
from lerobot_env_leisaac.policies.environment_facts import EnvironmentFacts
from lerobot_env_leisaac.policies.load import load

SIZE = (64, 64)


@pytest.fixture(scope="module")
def environment():
    """As much of an environment as `load` looks at: no simulator is started."""
    cfg = load_cfg(gym.spec("LeIsaac-SO101-LiftCube-SmolVLA-v0").kwargs["env_cfg_entry_point"])
    apply_policy_keywords(cfg, image_size=SIZE)
    return SimpleNamespace(unwrapped=SimpleNamespace(device="cpu", cfg=cfg))


@pytest.fixture
def observation():
    images = {f"observation.images.{camera}": torch.rand(2, 3, *SIZE) for camera in checkpoints.CAMERAS}
    return {"observation.state": torch.tensor([checkpoints.STATE_MEAN] * 2), **images, "task": ["Lift."] * 2}


@pytest.mark.parametrize("config", [TDMPCConfig, GaussianActorConfig])
def test_it_plays_or_says_in_one_line_why_not(tmp_path, environment, observation, config):
    inputs = checkpoints.features(("front",), SIZE)
    checkpoint = checkpoints.write(tmp_path, config(**inputs, device="cpu", push_to_hub=False))
    try:
        policy = load(checkpoint, environment, units="degrees")
        policy.reset()
        assert policy.needs_lock_step
        assert policy.act_lock_step(observation).shape == (2, 6)
    except (RuntimeError, ValueError) as error:
        assert f"of type {open_checkpoint(checkpoint).config.type} cannot act: LeRobot fails with" in str(error)
        assert "\n" not in str(error)


def test_statistics_that_a_policy_pads_are_judged_by_their_joints(tmp_path, environment):
    config = Evo1Config(**checkpoints.features(("front",), SIZE), device="cpu", push_to_hub=False)
    checkpoint = checkpoints.write(tmp_path, config, weights=False)
    result = audit(open_checkpoint(checkpoint), EnvironmentFacts.of(environment.unwrapped.cfg), units="degrees")
    assert not result.errors
    assert len(result.joints) == 12


def test_a_failure_inside_lerobot_names_the_policy_and_what_failed(tmp_path, environment, observation):
    checkpoint = checkpoints.make_act(tmp_path, cameras=("front",), image_size=SIZE)
    policy = load(checkpoint, environment, units="degrees")
    del observation["observation.images.front"]
    with pytest.raises(RuntimeError, match=r"of type act cannot act: LeRobot fails with KeyError \(.*front'\)"):
        policy.predict_chunk(observation)


def test_processors_forget_with_the_policy(tmp_path, environment, monkeypatch):
    checkpoint = checkpoints.make_act(tmp_path, cameras=("front",), image_size=SIZE)
    policy = load(checkpoint, environment, units="degrees")
    forgot = []
    for pipeline in (policy._preprocessor, policy._postprocessor):
        monkeypatch.setattr(type(pipeline.steps[0]), "reset", lambda step: forgot.append(step))
    policy.reset()
    assert len(forgot) == 2


def test_a_camera_that_is_to_be_empty_is_not_given_though_the_environment_has_it(
    tmp_path, vlm, environment, observation
):
    checkpoint = checkpoints.make_smolvla(tmp_path, vlm, image_size=SIZE)
    policy = load(checkpoint, environment, units="degrees", rename_map={"observation.images.wrist": None})
    noise = torch.randn(2, *policy.noise_shape)
    chunk = policy.predict_chunk(observation, noise=noise)
    without = {key: value for key, value in observation.items() if "wrist" not in key}
    assert torch.equal(chunk, policy.predict_chunk(without, noise=noise))
    whole = load(checkpoint, environment, units="degrees")
    assert not torch.equal(chunk, whole.predict_chunk(observation, noise=noise))
