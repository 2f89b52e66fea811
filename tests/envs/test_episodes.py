"""Which episode each sub-environment plays, and when it ends."""

import pytest
import torch

from lerobot_env_leisaac.envs.episodic_env import IDLE


@pytest.fixture
def short_episodes(env):
    """Episodes of three steps."""
    cfg, length = env.unwrapped.cfg, env.unwrapped.cfg.episode_length_s
    cfg.episode_length_s = 0.1
    yield
    cfg.episode_length_s = length


def test_a_queue_is_played_in_order_and_then_nothing(env, short_episodes):
    _, info = env.reset(seed=3, options={"queue": [7, 2, 5, 11, 3]})
    assert info["episode"].tolist() == [7, 2, 5, 11]
    played = []
    for _ in range(6):
        _, _, _, truncated, info = env.step(torch.zeros(4, 6))
        if truncated.any():
            played.append(info["episode"].tolist())
    assert played == [[3, IDLE, IDLE, IDLE], [IDLE] * 4]
    _, info = env.reset(seed=3)
    assert info["episode"].tolist() == [0, 1, 2, 3], "a seed starts the numbering anew"


def test_an_episode_ended_from_outside_times_out_alone(env):
    env.reset(seed=3)
    env.unwrapped.end_episodes(torch.tensor([False, True, False, False]))
    _, _, terminated, truncated, info = env.step(torch.zeros(4, 6))
    assert truncated.tolist() == [False, True, False, False] and not terminated.any()
    assert info["episode"].tolist() == [0, 4, 2, 3]
    assert env.unwrapped.episode_length_buf.tolist() == [1, 0, 1, 1]
