"""What `reset` and `step` refuse: in one line, and nothing changes."""

import itertools

import gymnasium as gym
import numpy as np
import pytest
import torch

from lerobot_env_leisaac.arguments import HIGHEST_SEED, legal_seed, whole_numbers
from lerobot_env_leisaac.envs.actions import checked_action
from lerobot_env_leisaac.robots.so101.spec import SO101


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
        ({"options": 5}, r"^options is 5, expected a dict with one of episodes, queue$"),
        ({"options": {"episode": [1, 2, 3, 4]}}, r"^options is .*, expected a dict with one of episodes, queue$"),
        ({"options": {"episodes": "abc"}}, r"^options\['episodes'\] is 'abc', expected a sequence of whole numbers$"),
        ({"options": {"episodes": None}}, r"^options\['episodes'\] is None"),
        ({"options": {"episodes": [0, 1, 2, -1]}}, r"^options\['episodes'\]\[3\] is -1, expected a whole number"),
        ({"options": {"episodes": [0, 1, 2.5, 3]}}, r"^options\['episodes'\]\[2\] is 2.5"),
        ({"options": {"episodes": [2**62, 1, 2, 3]}}, r"^options\['episodes'\]\[0\] is 4611686018427387904"),
        ({"options": {"episodes": [1, 2]}}, r"names 2 episodes for 4 environments$"),
        ({"options": {"queue": 5}}, r"^options\['queue'\] is 5, expected a sequence of whole numbers$"),
        ({"options": {"queue": None}}, r"^options\['queue'\] is None"),
        (
            {"options": {"queue": [7], "episodes": [1, 2, 3, 4]}},
            r"^options has episodes and queue, expected one",
        ),
        ({"options": {"episodes": itertools.count()}}, r"^options\['episodes'\] is count\(0\), expected a sequence"),
        *(
            ({"options": {"queue": iter([4, 5, 6, number])}}, r"^the next episode of the queue is .*, expected a whole")
            for number in (1.5, True, None, "7", -2, 2**32, 10**5000)
        ),
        ({"env_ids": [9]}, r"^env_ids\[0\] is 9, expected a whole number of 0 or more, 3 at most$"),
        ({"env_ids": [-1]}, r"^env_ids\[0\] is -1"),
        ({"env_ids": 1}, r"^env_ids is 1, expected a sequence of whole numbers$"),
        ({"env_ids": "a"}, r"^env_ids is 'a'"),
        ({"env_ids": [1, 1]}, r"^env_ids is \[1, 1\], expected different numbers$"),
        ({"env_ids": [0.5]}, r"^env_ids\[0\] is 0.5"),
        ({"env_ids": torch.tensor([True, False])}, r"^env_ids\[0\] is True"),
        ({"env_ids": slice("a", None)}, r"^env_ids is slice"),
        ({"env_ids": slice(3, 0, -1)}, r"^env_ids is slice"),
        ({"env_ids": [1], "seed": 9}, r"^reset of 1 of 4 sub-environments with a seed"),
        ({"env_ids": [], "seed": 9}, r"^reset of 0 of 4 sub-environments with a seed"),
        ({"env_ids": [], "options": {"episodes": [1]}}, r"names 1 episodes for 0 environments$"),
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


@pytest.mark.parametrize(
    "none", [[], (), set(), range(0), slice(2, 2), slice(9, None), np.array([]), torch.empty(0, dtype=torch.int32)]
)
def test_a_reset_of_no_sub_environment_changes_nothing(env, none):
    def play(between) -> list:
        env.reset(seed=3, options={"episodes": [7, 8, 9, 11]})
        env.step(torch.full((4, 6), 5.0))
        between()
        observation, _, _, _, info = env.step(torch.full((4, 6), 9.0))
        env.unwrapped.reset([1])
        return [observation["observation.state"].tolist(), info["episode"].tolist(), *state(env.unwrapped)[:2]]

    assert play(lambda: env.unwrapped.reset(none, options={"episodes": []})) == play(lambda: None)
    assert play(lambda: env.unwrapped.reset(none)) == play(lambda: None)


@pytest.mark.parametrize(
    ("broken", "error"),
    [(iter([0, 1, 2, 3, 1.5]), ValueError), ((12 // (4 - number) for number in range(9)), ZeroDivisionError)],
)
def test_a_queue_that_breaks_during_a_step_asks_for_a_reset(env, broken, error):
    sim = env.unwrapped
    env.reset(seed=3, options={"queue": broken})
    env.step(torch.zeros(4, 6))
    sim.end_episodes(torch.tensor([False, True, False, False]))
    with pytest.raises(error):
        env.step(torch.zeros(4, 6))
    steps = sim.common_step_counter
    with pytest.raises(gym.error.ResetNeeded, match=r"call reset\(\)"):
        env.step(torch.zeros(4, 6))
    assert sim.common_step_counter == steps
    _, info = env.reset(seed=3)
    assert info["episode"].tolist() == [0, 1, 2, 3]


def test_whole_numbers_of_any_kind_are_welcome(env):
    _, info = env.reset(seed=np.int64(3), options={"episodes": torch.tensor([4, 1, 2, 0])})
    assert info["episode"].tolist() == [4, 1, 2, 0] and env.unwrapped.cfg.seed == 3
    env.unwrapped.reset(env_ids=[1, 3], options={"episodes": np.array([20, 30])})
    assert env.unwrapped.episodes.tolist() == [4, 20, 2, 30]
    for two in (np.array([3, 1], np.int8)[::-1], torch.tensor([1, 3], dtype=torch.uint8), (1, 3), slice(1, None, 2)):
        env.unwrapped.reset(two, options={"queue": iter(np.arange(40, 42))})
        assert env.unwrapped.episodes.tolist() == [4, 40, 2, 41]
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
        [[True] * 6] * 4,
        np.zeros((4, 6), bool),
        torch.zeros(4, 6, dtype=torch.bool),
        np.zeros((4, 6), object),
        np.full((4, 6), "1"),
        np.zeros((4, 6), "datetime64[s]"),
        torch.zeros(4, 6, device="meta"),
        [torch.zeros(6), torch.zeros(6), torch.zeros(6), torch.zeros(5)],
        [torch.zeros(6, dtype=torch.bool)] * 4,
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


def test_numbers_in_any_form_are_the_same_action(recwarn):
    action = torch.arange(24.0).reshape(4, 6)
    array = action.numpy()
    read_only = array.copy()
    read_only.flags.writeable = False
    with_gradient = action.clone().requires_grad_()
    forms = {
        "read-only": read_only,
        "negative strides": array[::-1, ::-1].copy()[::-1, ::-1],
        "Fortran order": np.asfortranarray(array),
        "big-endian": array.astype(">f4"),
        "long double": array.astype(np.longdouble),
        "whole numbers": array.astype(np.int16),
        "transposed": action.T.contiguous().T,
        "every other column": action.repeat_interleave(2, dim=1)[:, ::2],
        "bfloat16": action.bfloat16(),
        "gradient": with_gradient,
        "of a graph": with_gradient * 1,
        "parameter": torch.nn.Parameter(action.clone()),
        "list of tensors": list(action),
        "list of tensors with gradient": list(with_gradient),
        "tuple of arrays": tuple(array),
        "list of lists of tensors": [list(row) for row in with_gradient],
        "mixed": [action[0], array[1], action[2].tolist(), tuple(with_gradient[3])],
    }
    for name, form in forms.items():
        checked = checked_action(form, (4, 6), "cpu", SO101.channel_names)
        assert checked.dtype is torch.float32 and torch.equal(checked, action), name
        assert not checked.requires_grad and not recwarn.list, name


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
