"""What a step says of the episodes that it ended, however they ended."""

import pytest
import torch
from isaaclab.utils.math import quat_apply

from lerobot_env_leisaac.robots.so101.spec import SO101

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


def test_a_subtask_that_has_held_in_an_episode_stays_reached_until_the_next_one(sim):
    def cube_picked(held: list[bool]) -> list[bool]:
        robot, cube = sim.scene["robot"], sim.scene["cube"]
        gripper = robot.find_bodies("gripper")[0][0]
        pose = cube.data.default_root_state.torch.clone()[:, :7]
        pose[:, :3] += sim.scene.env_origins
        jaws = torch.tensor(SO101.grasp_point).expand(4, 3)
        jaws = robot.data.body_pos_w.torch[:, gripper] + quat_apply(robot.data.body_quat_w.torch[:, gripper], jaws)
        pose[held, :3] = jaws[held]
        cube.write_root_pose_to_sim_index(root_pose=pose)
        cube.write_root_velocity_to_sim_index(root_velocity=torch.zeros(4, 6))
        *_, info = sim.step(torch.tensor([0.0, 0, 0, 0, 0, 10]).expand(4, 6))  # about as wide as the cube
        return info["subtasks"]["cube_picked"].tolist()

    sim.reset(seed=5)
    assert not any(any(cube_picked(held=[False] * 4)) for _ in range(10))
    assert cube_picked(held=[True, True, False, False]) == [True, True, False, False]
    assert cube_picked(held=[False] * 4) == [True, True, False, False]
    sim.reset([0])
    assert cube_picked(held=[False] * 4) == [False, True, False, False]
    sim.end_episodes(torch.tensor([True, True, True, True]))
    assert cube_picked(held=[False, False, True, False]) == [False, True, True, False], "those of the episodes that end"
    assert cube_picked(held=[False] * 4) == [False] * 4
