"""The public face: what `gym.make` returns, takes and refuses."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from isaaclab.envs import ManagerBasedRLEnv

from lerobot_env_leisaac.robots.so101.spec import SO101

ID = "LeIsaac-SO101-LiftCube-SmolVLA-v0"
CAMERAS = ("front", "top", "wrist")


def equal(first: dict, second: dict) -> bool:
    return all(torch.equal(first[key], second[key]) for key in first if key != "task")


def row(observation: dict, index: int) -> dict:
    return {key: value[index] for key, value in observation.items()}


@pytest.fixture
def short_episodes(env):
    """Episodes of six steps."""
    cfg, length = env.unwrapped.cfg, env.unwrapped.cfg.episode_length_s
    cfg.episode_length_s = 0.2
    yield
    cfg.episode_length_s = length


def test_spaces_are_in_degrees_and_contain_what_is_returned(env):
    observation, info = env.reset(seed=1)
    assert isinstance(env.unwrapped, ManagerBasedRLEnv)
    low, high = env.single_action_space.low, env.single_action_space.high
    np.testing.assert_allclose(low, [-110, -100, -96.83, -95, -157.21, -10], atol=0.01)
    np.testing.assert_allclose(high, [110, 100, 96.83, 95, 162.79, 100], atol=0.01)
    for _ in range(3):
        assert set(observation) == {"observation.state", *(f"observation.images.{name}" for name in CAMERAS), "task"}
        assert observation["observation.state"].shape == (4, 6)
        assert observation["observation.state"].dtype == torch.float32
        for name in CAMERAS:
            image = observation[f"observation.images.{name}"]
            assert image.shape == (4, 3, 96, 128) and image.dtype == torch.float32
            assert image.max() > 0.5, "a black image"
        assert observation["task"] == ["Lift the red cube up."] * 4
        assert env.observation_space.contains(observation)
        for index in range(4):
            assert env.single_observation_space.contains(row(observation, index))
        observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
        assert reward.shape == terminated.shape == truncated.shape == info["is_success"].shape == (4,)
        assert info["is_success"].dtype == terminated.dtype == truncated.dtype == torch.bool


def test_actions_in_degrees_move_the_joints_there(env):
    env.reset(seed=1)
    target = torch.tensor([20.0, -30.0, 25.0, 40.0, -35.0, 30.0]).repeat(4, 1)
    for _ in range(60):
        observation, *_ = env.step(target)
    torch.testing.assert_close(observation["observation.state"], target, atol=1.0, rtol=0)
    joint_ids, _ = env.unwrapped.scene["robot"].find_joints(list(SO101.channel_names), preserve_order=True)
    radians = env.unwrapped.scene["robot"].data.joint_pos.torch[:, joint_ids]
    torch.testing.assert_close(radians.rad2deg(), observation["observation.state"], atol=1e-3, rtol=0)


def test_tensor_array_and_list_are_the_same_action(env):
    action = torch.full((4, 6), 12.5)
    states = []
    for form in (action, action.numpy(), action.double(), action.tolist()):
        env.reset(seed=2)
        observation, *_ = env.step(form)
        states.append(observation)
    assert all(equal(states[0], other) for other in states[1:])


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (torch.zeros(4, 5), r"action has shape \(4, 5\), expected \(4, 6\)"),
        (torch.zeros(6), r"action has shape \(6,\), expected \(4, 6\)"),
        (np.zeros((3, 6)), r"action has shape \(3, 6\), expected \(4, 6\)"),
        (np.where(np.arange(24).reshape(4, 6) == 20, np.nan, 0), "environment 3, joint elbow_flex, is nan"),
        (np.where(np.arange(24).reshape(4, 6) == 5, np.inf, 0), "environment 0, joint gripper, is inf"),
        ([["left"] * 6] * 4, "not an array of numbers"),
        ([[0.0] * 6] * 3 + [[0.0]], "not an array of numbers"),
    ],
)
def test_a_bad_action_is_refused_and_nothing_is_stepped(env, action, message):
    env.reset(seed=3)
    before = env.unwrapped.scene["robot"].data.joint_pos.torch.clone()
    steps = env.unwrapped.common_step_counter
    with pytest.raises(ValueError, match=message):
        env.step(action)
    assert env.unwrapped.common_step_counter == steps
    assert torch.equal(env.unwrapped.scene["robot"].data.joint_pos.torch, before)


def test_targets_beyond_the_limits_are_clamped_and_counted(env):
    env.reset(seed=3)
    action = torch.zeros(4, 6)
    action[1, 0], action[2, 1], action[2, 5] = 500.0, -500.0, 500.0
    observation, _, _, _, info = env.step(action)
    assert info["clamped"].tolist() == [0, 1, 2, 0]
    env.reset(seed=3)
    bounds = torch.from_numpy(env.single_action_space.low), torch.from_numpy(env.single_action_space.high)
    at_limit, *_ = env.step(action.clamp(*bounds))
    assert equal(observation, at_limit)


def test_an_ended_episode_goes_on_with_the_next_one_in_the_same_step(env, short_episodes):
    env.reset(seed=5)
    action = torch.full((4, 6), 10.0)
    for _ in range(5):
        _, _, terminated, truncated, info = env.step(action)
        assert not (terminated | truncated).any()
        assert "final_obs" not in info and "final_info" not in info
    observation, _, terminated, truncated, info = env.step(action)
    assert truncated.all() and not terminated.any()
    assert info["_final_obs"].all() and info["_final_info"].all()
    assert info["final_info"]["episode"].tolist() == [0, 1, 2, 3]
    assert info["final_info"]["is_success"].tolist() == [False] * 4
    assert info["episode"].tolist() == [4, 5, 6, 7]
    assert (info["final_obs"]["observation.state"].abs().amax(dim=1) > 1).all(), "the last state of the old episode"
    assert observation["observation.state"].abs().max() < 1e-3, "the first state of the new one"
    fresh, _ = env.reset(seed=5, options={"episodes": [4, 5, 6, 7]})
    assert equal(observation, fresh)
    *_, info = env.step(action)
    assert "final_obs" not in info


def test_only_the_environments_that_ended_start_anew(env, short_episodes):
    env.reset(seed=5)
    env.unwrapped.episode_length_buf[2] = 3
    for _ in range(3):
        _, _, _, truncated, info = env.step(torch.full((4, 6), 10.0))
    assert truncated.tolist() == [False, False, True, False]
    assert info["_final_obs"].tolist() == truncated.tolist()
    assert info["episode"].tolist() == [0, 1, 4, 3]


def rollout(env, seed: int, steps: int = 8) -> list[dict]:
    observations = [env.reset(seed=seed)[0]]
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        observation, *_ = env.step(40 * torch.rand(4, 6, generator=generator) - 20)
        observations.append(observation)
    return observations


def test_the_same_seed_gives_the_same_observations_bit_for_bit(env):
    first = rollout(env, seed=7)
    other = rollout(env, seed=8)
    again = rollout(env, seed=7)
    assert all(equal(one, two) for one, two in zip(first, again, strict=True))
    assert not equal(first[0], other[0])


def test_an_episode_starts_the_same_wherever_it_is_played(env):
    def start(episodes: list[int]) -> dict:
        return env.reset(seed=9, options={"episodes": episodes})[0]

    here, there = start([30, 1, 2, 3]), start([4, 5, 6, 30])
    assert equal(row(here, 0), row(there, 3))
    assert not torch.equal(here["observation.images.top"][0], here["observation.images.top"][1])


def test_an_episode_goes_the_same_way_wherever_it_is_played(env):
    def play(episodes: list[int]) -> dict:
        env.reset(seed=9, options={"episodes": episodes})
        for _ in range(45):  # down onto the table, where contacts make the smallest difference grow
            observation, *_ = env.step(torch.tensor([0.0, 60.0, 30.0, 40.0, 0.0, 20.0]).repeat(4, 1))
        return observation

    assert equal(row(play([30, 1, 2, 3]), 0), row(play([4, 5, 6, 30]), 3))


def test_as_many_episodes_must_be_named_as_environments_reset(env):
    with pytest.raises(ValueError, match=r"options\['episodes'\] names 2 episodes for 4 environments"):
        env.reset(seed=9, options={"episodes": [1, 2]})


def test_the_front_camera_moves_around_its_nominal_pose_and_does_not_wander_off(env):
    camera = env.unwrapped.scene["front"]
    positions = []
    for seed in range(12):
        env.reset(seed=seed)
        positions.append(camera.data.pos_w.torch.clone())
    offsets = torch.stack(positions) - torch.tensor([0.75, -0.6, 0.38])
    assert offsets.abs().max() <= 0.005 + 1e-6
    assert offsets.std(dim=0).min() > 0.001


def test_the_wrist_camera_follows_the_gripper(env):
    env.reset(seed=1)
    before = env.unwrapped.scene["wrist"].data.pos_w.torch.clone()
    for _ in range(30):
        env.step(torch.tensor([45.0, 0, 0, 0, 0, 0]).repeat(4, 1))
    moved = (env.unwrapped.scene["wrist"].data.pos_w.torch - before).norm(dim=1)
    assert (moved > 0.1).all()


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"enable_cameras": True}, "unknown keyword enable_cameras .* expected some of .*num_envs.*units"),
        ({"num_envs": 0}, "num_envs is 0, expected a whole number of 1 or more"),
        ({"device": "tpu"}, "device is 'tpu', expected 'cpu' or 'cuda:<index>'"),
        ({"device": "cuda:99"}, "device 'cuda:99' is not here"),
        ({"seed": -1}, "seed is -1"),
        ({"units": "furlongs"}, "unknown unit convention 'furlongs': use one of .*degrees.*path"),
        (
            {"cameras": ("front", "side")},
            r"cameras is .*'side'.*expected names among \['front', 'top', 'wrist', 'wrist_kit'\]",
        ),
        ({"cameras": "front"}, "cameras is 'front'"),
        ({"image_size": 256}, r"image_size is 256, expected \(height, width\)"),
        ({"render_mode": "human"}, r"render_mode is 'human', expected one of \[None, 'rgb_array'\]"),
        ({"physics": "bullet"}, r"physics is 'bullet', expected one of \['newton_mjwarp', .*deterministic"),
        ({"image_format": "jpeg"}, r"image_format is 'jpeg', expected one of \['float_chw', 'uint8_hwc'\]"),
    ],
)
def test_an_illegal_keyword_or_value_is_refused_with_what_is_legal(keywords, message):
    with pytest.raises(ValueError, match=message):
        gym.make(ID, **keywords)


def test_a_second_environment_in_one_process_is_refused(env):
    with pytest.raises(RuntimeError, match=r"already lives in this process.*close\(\)"):
        gym.make(ID)
    env.reset(seed=1)  # the first one lives on
