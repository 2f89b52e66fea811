"""The scripted demonstrator: what it asks of the servos, what differs from episode to episode, and its noise."""

import math

import pytest
import torch

from lerobot_env_leisaac.experts.noise import ActionNoise
from lerobot_env_leisaac.experts.phases import MAX_ACCELERATION
from lerobot_env_leisaac.robots.so101.spec import SO101
from lerobot_env_leisaac.tasks.lift_cube.expert import LiftCubeExpert

GRIPPER = 5


def actions_of(env, episodes: list[int], steps: int, seed: int, **options) -> tuple[torch.Tensor, torch.Tensor]:
    """Let the demonstrator play; return where the arm began (N, 6) and its actions (steps, N, 6), in degrees.

    An episode that has ended gives NaN from there.
    """
    env.reset(seed=seed)
    observation, info = env.reset(options={"episodes": episodes})
    expert = LiftCubeExpert(env.unwrapped, **options)
    start, first, actions = observation["observation.state"].clone(), info["episode"].clone(), []
    for _ in range(steps):
        action = expert.act()
        actions.append(torch.where((info["episode"] == first)[:, None], action, math.nan))
        info = env.step(action)[-1]
    return start, torch.stack(actions)


@pytest.mark.parametrize(
    ("seed", "steps", "options"),
    [
        (11, 160, {}),
        (13, 250, {"lift_height": 0.12}),  # below success: it tries again, cube in hand
    ],
)
def test_no_plan_asks_more_of_a_joint_than_a_servo_can_do(env, seed, steps, options):
    start, actions = actions_of(env, [0, 1, 2, 3], steps, seed, **options)
    path = torch.deg2rad(torch.cat([start[None], start[None], actions]))  # it begins at rest
    speed = path.diff(dim=0) / env.unwrapped.step_dt
    acceleration = speed.diff(dim=0) / env.unwrapped.step_dt
    assert speed.nan_to_num().abs().max() <= SO101.plan_speed * 1.001
    assert acceleration.nan_to_num().abs().max() <= MAX_ACCELERATION * 1.001
    assert speed.nan_to_num().abs().max() > SO101.plan_speed / 4, "it moves"


def test_jaws_that_closed_on_nothing_open_again_before_the_arm_rises(env):
    env.reset(seed=11)
    env.reset(options={"episodes": [0, 1, 2, 3]})
    sim, expert, cube, actions = env.unwrapped, LiftCubeExpert(env.unwrapped), env.unwrapped.scene["cube"], []
    while sim.episode_length_buf[0] < 40:
        env.step(expert.act())
    pose = cube.data.root_pose_w.torch.clone()
    pose[0, 1] += math.copysign(0.06, -pose[0, 1])  # someone takes it away, towards the middle
    cube.write_root_pose_to_sim_index(root_pose=pose)
    success = False
    for _ in range(260):
        action = expert.act()
        actions.append(action.clone())
        *_, info = env.step(action)
        if info["episode"][0] != 0:
            success = bool(info["final_info"]["is_success"][0])
            break
    gripper, shoulder_lift = torch.stack(actions)[:, 0, [GRIPPER, 1]].unbind(dim=1)
    closed = int((gripper <= gripper.min() + 0.01).float().argmax())
    assert gripper[closed : closed + 25].max() > 20, "it opens again"
    assert (shoulder_lift[closed : closed + 10] - shoulder_lift[closed]).abs().max() < 15, "and has not risen before"
    assert success


def test_an_episode_is_demonstrated_alike_whoever_plays_beside_it(env):
    _, actions = actions_of(env, [0, 1, 2, 3], 100, seed=21)
    _, others = actions_of(env, [9, 2, 0, 7], 100, seed=21)
    _, another_seed = actions_of(env, [0, 1, 2, 3], 15, seed=22)
    torch.testing.assert_close(others[:, 2], actions[:, 0], rtol=0, atol=1e-3)
    torch.testing.assert_close(others[:, 1], actions[:, 2], rtol=0, atol=1e-3)
    assert (another_seed - actions[:15]).abs().amax(dim=(0, 2)).min() > 1.0

    def closing(actions: torch.Tensor) -> list[int]:
        """Return the step at which each begins to close, having opened."""
        gripper = actions[..., GRIPPER]
        return (gripper >= gripper.amax(dim=0) - 0.01).float().cumsum(dim=0).argmax(dim=0).tolist()

    paces = closing(torch.cat([actions, others[:, [0, 3]]], dim=1))
    assert len(set(paces)) >= 4 and max(paces) - min(paces) > 8, paces


def test_the_noise_is_as_wide_as_asked_for_pushes_and_leaves_the_gripper_alone(env):
    env.reset(seed=31)
    sim = env.unwrapped
    noise, clean, samples = ActionNoise(sim, 1.5), torch.zeros(4, 6), []
    for first in range(0, 160, 4):
        sim.episodes[:] = torch.arange(first, first + 4)
        for step in range(60):
            sim.episode_length_buf[:] = step
            samples.append(noise.add(clean))
    again = ActionNoise(sim, 1.5)
    sim.episode_length_buf[:] = 0
    sim.episodes[:] = torch.tensor([3, 0, 0, 1])
    begins = again.add(clean)
    env.reset(seed=0)

    drawn = torch.stack(samples).unflatten(0, (40, 60))  # (40, 60, 4, 6)
    torch.testing.assert_close(drawn[..., GRIPPER], torch.zeros(40, 60, 4), rtol=0, atol=1e-4)
    arm = drawn[..., :GRIPPER]
    torch.testing.assert_close(arm.std(dim=(0, 1, 2)), torch.full((5,), 1.5), rtol=0.1, atol=0)
    torch.testing.assert_close(arm[:, 0].std(dim=(0, 1)), torch.full((5,), 1.5), rtol=0.2, atol=0)
    assert arm.mean().abs() < 0.1
    for lag in (1, 9):
        correlation = (arm[:, lag:] * arm[:, :-lag]).mean() / arm.square().mean()
        assert correlation == pytest.approx(math.exp(-lag / 30 / 0.3), abs=0.05)
    between_joints = torch.corrcoef(arm.reshape(-1, GRIPPER).T) - torch.eye(GRIPPER)
    assert between_joints.abs().max() < 0.15
    assert torch.equal(begins[1], begins[2]), "a function of the episode"
    torch.testing.assert_close(begins[[1, 3, 0]], drawn[0, 0, [0, 1, 3]])


def test_it_goes_on_from_where_somebody_else_has_brought_the_arm(env):
    env.reset(seed=11)
    observation, _ = env.reset(options={"episodes": [0, 1, 2, 3]})
    sim, expert = env.unwrapped, LiftCubeExpert(env.unwrapped)
    away = observation["observation.state"] + torch.tensor([25.0, 15.0, -15.0, 10.0, 20.0, -5.0])
    succeeded, steps = torch.zeros(4, dtype=torch.bool), []
    for step in range(300):
        others = (sim.episode_length_buf >= 30) & (sim.episode_length_buf < 60)
        expert.go_on((sim.episode_length_buf > 30) & (sim.episode_length_buf <= 60))
        label = expert.act()
        before = sim.action_manager.action.clone()
        if 31 <= step <= 60:
            steps.append((label - before)[:, :GRIPPER].abs().amax())
        action = torch.where(others[:, None], before + (away - before).clamp(-2, 2), label)
        *_, info = env.step(action)
        succeeded |= info["is_success"]
        if succeeded.all():
            break
    assert succeeded.all()
    assert max(steps) < 10, "a label is a step from where the arm is, not from where the demonstrator would be"
    env.reset(seed=0)


def test_a_cube_in_the_hand_of_somebody_else_is_lifted(env):
    env.reset(seed=11)
    env.reset(options={"episodes": [0, 1, 2, 3]})
    sim, demonstrator = env.unwrapped, LiftCubeExpert(env.unwrapped)
    cube = sim.scene["cube"]
    lifted = torch.zeros(4, dtype=torch.bool)
    while not lifted.all():  # who has lifted it waits for the others
        env.step(torch.where(lifted[:, None], sim.action_manager.action, demonstrator.act()))
        lifted |= cube.data.root_pos_w.torch[:, 2] > 0.1
    other = LiftCubeExpert(sim)
    other.plan(torch.ones(4, dtype=torch.bool))
    held = sim.action_manager.action.clone()
    other.go_on(torch.ones(4, dtype=torch.bool))
    label = other.act()
    low = cube.data.root_pos_w.torch[:, 2] < 0.15  # who is faster has arrived
    env.reset(seed=0)
    assert (label[:, GRIPPER] <= held[:, GRIPPER] + 0.5).all(), "it does not let go"
    assert low.any() and (label[low, 1] < held[low, 1]).all(), "the shoulder rises"
