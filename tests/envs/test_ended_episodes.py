"""What a step says of the episodes that it ended, however they ended."""

import pytest
import torch

FRONT = "observation.images.front"


@pytest.fixture
def sim(env):
    sim, length = env.unwrapped, env.unwrapped.cfg.episode_length_s
    yield sim
    sim.cfg.lazy_images, sim.cfg.episode_length_s = False, length
    sim.reset()


def last_step(sim, steps: int = 3):
    sim.reset(seed=5)
    for _ in range(steps):
        observation, *_, info = sim.step(torch.full((4, 6), 12.0))
    return observation, info


def test_the_last_images_of_an_episode_are_its_own_where_images_are_lazy(sim):
    sim.cfg.episode_length_s = 0.1
    eager, eager_info = last_step(sim)
    sim.cfg.lazy_images = True
    lazy, lazy_info = last_step(sim)
    for key in ("observation.state", FRONT, "observation.images.wrist"):
        assert torch.equal(lazy_info["final_obs"][key], eager_info["final_obs"][key])
        assert torch.equal(lazy[key], eager[key])
        assert not torch.equal(eager[key], eager_info["final_obs"][key])


@pytest.mark.parametrize("lazy", (False, True))
def test_an_episode_that_a_viewer_resets_ends_as_a_failure_with_its_last_observation(sim, lazy):
    sim.cfg.lazy_images = lazy
    expected, _ = last_step(sim, steps=2)
    images = expected[FRONT].clone()
    sim.reset(seed=5)
    sim.step(torch.full((4, 6), 12.0))
    sim.sim.request_reset()
    observation, _, terminated, truncated, info = sim.step(torch.full((4, 6), 12.0))
    assert terminated.all() and not truncated.any() and not info["is_success"].any()
    assert info["_final_info"].all() and info["_final_obs"].all()
    assert info["final_info"]["episode"].tolist() == [0, 1, 2, 3] and info["episode"].tolist() == [4, 5, 6, 7]
    assert not info["final_info"]["is_success"].any()
    assert torch.equal(info["final_obs"]["observation.state"], expected["observation.state"])
    assert torch.equal(info["final_obs"][FRONT], images) and not torch.equal(observation[FRONT], images)
    *_, info = sim.step(torch.zeros(4, 6))
    assert "final_info" not in info and "final_obs" not in info


def test_the_log_belongs_to_the_step_that_ended_episodes(sim):
    sim.cfg.episode_length_s = 0.1
    sim.reset(seed=5)
    logs = [bool(sim.step(torch.zeros(4, 6))[-1]["log"]) for _ in range(5)]
    assert logs == [False, False, True, False, False]
