"""What `reset` and `step` refuse: in one line, and nothing changes."""

import gymnasium as gym
import numpy as np
import pytest
import torch

from lerobot_env_leisaac.envs.arguments import HIGHEST_SEED, legal_seed, whole_numbers


def state(sim) -> tuple:
    return (
        sim.cfg.seed,
        sim.episodes.tolist(),
        sim.common_step_counter,
        sim.scene["robot"].data.joint_pos.torch.tolist(),
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        *(
            ({"seed": seed}, r"^seed is .*, expected a whole number of 0 or more, 4294967295 at most$")
            for seed in (1.5, "a", True, -1, 2**32, np.array([1, 2]), 10**5000)
        ),
        ({"options": 5}, r"^options is 5, expected a dict with some of episodes, queue$"),
        ({"options": {"episode": [1, 2, 3, 4]}}, r"^options is .*, expected a dict with some of episodes, queue$"),
        ({"options": {"episodes": "abc"}}, r"^options\['episodes'\] is 'abc', expected a sequence of whole numbers$"),
        ({"options": {"episodes": None}}, r"^options\['episodes'\] is None"),
        ({"options": {"episodes": [0, 1, 2, -1]}}, r"^options\['episodes'\]\[3\] is -1, expected a whole number"),
        ({"options": {"episodes": [0, 1, 2.5, 3]}}, r"^options\['episodes'\]\[2\] is 2.5"),
        ({"options": {"episodes": [2**62, 1, 2, 3]}}, r"^options\['episodes'\]\[0\] is 4611686018427387904"),
        ({"options": {"episodes": [1, 2]}}, r"names 2 episodes for 4 environments$"),
        ({"options": {"queue": 5}}, r"^options\['queue'\] is 5, expected a sequence of whole numbers$"),
        ({"options": {"queue": None}}, r"^options\['queue'\] is None"),
        ({"env_ids": [9]}, r"^env_ids is \[9\], expected different whole numbers from 0 to 3, or None"),
        ({"env_ids": "a"}, r"^env_ids is 'a'"),
        ({"env_ids": [1, 1]}, r"^env_ids is \[1, 1\]"),
        ({"env_ids": [0.5]}, r"^env_ids is \[0.5\]"),
        ({"env_ids": slice(3, 0, -1)}, r"^env_ids is slice"),
        ({"env_ids": [1], "seed": 9}, r"^reset of 1 of 4 sub-environments with a seed"),
    ],
)
def test_a_bad_reset_changes_nothing(env, arguments, message):
    env.reset(seed=3, options={"episodes": [7, 8, 9, 11]})
    sim = env.unwrapped
    env.step(torch.full((4, 6), 5.0))
    before = state(sim)
    with pytest.raises(ValueError, match=message):
        sim.reset(**arguments)
    assert state(sim) == before
    sim.reset(torch.tensor([2]))
    assert sim.episodes.tolist() == [7, 8, 12, 11], "and the numbering goes on as before"


def test_whole_numbers_of_any_kind_are_welcome(env):
    _, info = env.reset(seed=np.int64(3), options={"episodes": torch.tensor([4, 1, 2, 0])})
    assert info["episode"].tolist() == [4, 1, 2, 0] and env.unwrapped.cfg.seed == 3
    env.unwrapped.reset(env_ids=[1, 3], options={"episodes": np.array([20, 30])})
    assert env.unwrapped.episodes.tolist() == [4, 20, 2, 30]
    env.unwrapped.reset(env_ids=[0, 1, 2, 3], seed=torch.tensor(5))
    assert env.unwrapped.episodes.tolist() == [0, 1, 2, 3] and env.unwrapped.cfg.seed == 5
    assert legal_seed(HIGHEST_SEED) == HIGHEST_SEED and whole_numbers("x", range(2), 0, 1) == [0, 1]


def test_a_seed_seeds_gymnasiums_generator_too(env):
    env.reset(seed=5)
    drawn = env.unwrapped.np_random.random()
    assert env.unwrapped.np_random_seed == 5
    env.reset(seed=5)
    assert env.unwrapped.np_random.random() == drawn


@pytest.mark.parametrize(
    "action",
    [
        torch.zeros(4, 6).to_sparse(),
        torch.zeros(4, 6, dtype=torch.complex64),
        np.zeros((4, 6), complex),
        [[1j] * 6] * 4,
        [[10**400] * 6] * 4,
        "abc",
        None,
    ],
)
def test_what_is_no_array_of_numbers_is_no_action(env, action):
    env.reset(seed=3)
    before = state(env.unwrapped)
    with pytest.raises(ValueError, match=r"^action is not an array of numbers of shape \(4, 6\): .*$"):
        env.step(action)
    assert state(env.unwrapped) == before


def test_an_action_with_a_gradient_leaves_none_behind(env):
    env.reset(seed=3)
    observation, *_ = env.step(torch.full((4, 6), 5.0, requires_grad=True))
    assert not observation["observation.state"].requires_grad
    again, *_ = env.step(np.full((4, 6), 5.0))
    env.reset(seed=3)
    for _ in range(2):
        expected, *_ = env.step(torch.full((4, 6), 5.0))
    assert torch.equal(again["observation.state"], expected["observation.state"])


def test_a_render_mode_without_cameras_is_refused():
    import lerobot_env_leisaac  # noqa: F401

    with pytest.raises(ValueError, match=r"^render_mode is 'rgb_array', expected .*-SmolVLA-v0 have cameras"):
        gym.make("LeIsaac-SO101-LiftCube-v0", render_mode="rgb_array")
