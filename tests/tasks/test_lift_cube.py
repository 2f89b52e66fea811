"""The lift-cube task on real physics: when it is done, and whether its contacts can be believed."""

import numpy as np
import torch
from isaaclab.managers import SceneEntityCfg
from isaaclab.utils.math import quat_apply, quat_apply_inverse
from tools.build_assets.colliders import FIXED_FACE_X, flush_gripper_in_jaw

from lerobot_env_leisaac.robots.so101.spec import SO101
from lerobot_env_leisaac.scenes.table_with_cube import CUBE_EDGE
from lerobot_env_leisaac.tasks.common.places import grasp_point
from lerobot_env_leisaac.tasks.lift_cube.expert import LiftCubeExpert

HOME = torch.zeros(4, 6)


def hold_cube_at(env, heights: list[float]) -> None:
    """Put the cubes at heights above the table, at rest."""
    cube = env.unwrapped.scene["cube"]
    pose = cube.data.default_root_pose.torch.clone()
    pose[:, 2] = torch.tensor(heights)
    cube.write_root_pose_to_sim_index(root_pose=pose)
    cube.write_root_velocity_to_sim_index(root_velocity=torch.zeros(4, 6))


def test_the_cube_must_stay_up_for_a_fifth_of_a_second(env):
    env.reset(seed=1)
    for step in range(5):
        # up all the time; up but for one step; never quite up; on the table
        hold_cube_at(env, [0.25, 0.25 if step != 2 else 0.10, 0.19, 0.015])
        _, _, terminated, _, info = env.step(HOME)
        assert not terminated.any() and not info["is_success"].any(), f"done after {step + 1} steps"
    hold_cube_at(env, [0.25, 0.25, 0.19, 0.015])
    _, reward, terminated, _, info = env.step(HOME)
    assert terminated.tolist() == info["is_success"].tolist() == [True, False, False, False]
    assert reward.max() < 1, "a cube that nobody holds up there was thrown"
    assert info["final_info"]["is_success"].tolist() == [True, False, False, False]


def hold_cube_in_hand(env) -> None:
    """Put the cubes between the jaws, at rest."""
    hand, cube = SceneEntityCfg("robot", body_names=SO101.tool_body), env.unwrapped.scene["cube"]
    hand.resolve(env.unwrapped.scene)
    pose = cube.data.root_pose_w.torch.clone()
    pose[:, :3] = grasp_point(env.unwrapped, hand, SO101.grasp_point)
    cube.write_root_pose_to_sim_index(root_pose=pose)
    cube.write_root_velocity_to_sim_index(root_velocity=torch.zeros(4, 6))


def test_a_cube_in_the_hand_pays_the_more_the_higher_it_is_and_success_pays_most(env):
    env.reset(seed=1)
    low, raised = HOME.clone(), HOME.clone()
    low[:, 1], raised[:, 1] = 20.0, 8.0  # shoulder_lift [deg]: the lower the arm
    earned = []
    for target in (low, raised):
        for _ in range(30):
            env.step(target)
        hold_cube_in_hand(env)
        earned.append(env.step(target)[1].mean().item())
    assert 0.05 < earned[0] < earned[1]
    for _ in range(30):
        env.step(HOME)
    rewards = []
    for _ in range(8):
        hold_cube_in_hand(env)
        _, reward, terminated, _, _ = env.step(HOME)
        rewards.append(reward)
        if terminated.any():
            break
    assert terminated.all() and rewards[-1].min() > 10 > rewards[-2].max(), "success pays"


def test_physics_that_broke_down_ends_that_episode_alone(env):
    env.reset(seed=1)
    robot = env.unwrapped.scene["robot"]
    velocity = robot.data.joint_vel.torch.clone()
    velocity[2] = float("nan")
    robot.write_joint_velocity_to_sim_index(velocity=velocity)
    observation, reward, terminated, _, info = env.step(HOME)
    assert terminated.tolist() == [False, False, True, False]
    assert not info["is_success"].any() and torch.isfinite(reward).all()
    for _ in range(3):
        assert torch.isfinite(observation["observation.state"]).all()
        assert torch.isfinite(env.unwrapped.scene["cube"].data.root_pos_w.torch).all()
        observation, *_ = env.step(HOME)


def cube_in_jaws(env) -> tuple[torch.Tensor, torch.Tensor]:
    """Return how deep the cube stands in the jaws' inner faces (N, 2) [m], and its place in the gripper (N, 3) [m]."""
    scene = env.unwrapped.scene
    robot, cube = scene["robot"], scene["cube"].data.root_pose_w.torch
    gripper, jaw = (robot.data.body_pose_w.torch[:, robot.body_names.index(name)] for name in ("gripper", "jaw"))
    half = CUBE_EDGE / 2
    signs = torch.cartesian_prod(*[torch.tensor([-half, half])] * 3)
    corners = quat_apply(cube[:, None, 3:].expand(-1, 8, -1), signs.expand(4, -1, -1)) + cube[:, None, :3]

    def local(frame: torch.Tensor) -> torch.Tensor:
        return quat_apply_inverse(frame[:, None, 3:].expand(-1, 8, -1), corners - frame[:, None, :3])

    flush = torch.from_numpy(np.linalg.inv(flush_gripper_in_jaw())).float()
    in_gripper, in_jaw = local(gripper), local(jaw) @ flush[:3, :3].T + flush[:3, 3]
    depth_fixed = FIXED_FACE_X - in_gripper[..., 0].amin(dim=1)
    depth_moving = in_jaw[..., 0].amax(dim=1) - (FIXED_FACE_X + CUBE_EDGE)
    return torch.stack([depth_fixed, depth_moving], dim=1), in_gripper.mean(dim=1)


def test_a_held_cube_neither_sinks_into_the_jaws_nor_slips(env):
    env.reset(seed=3)
    expert = LiftCubeExpert(env.unwrapped, lift_height=0.12)  # below success, so that the episode goes on
    cube = env.unwrapped.scene["cube"].data
    up, action = torch.zeros(4, 1, dtype=torch.bool), expert.act()
    for _ in range(180):  # approach, descend, close, lift, each at its own pace
        env.step(action)
        up |= cube.root_pos_w.torch[:, 2:] > 0.11
        action = torch.where(up, action, expert.act())
        if up.all():
            break
    depths, places = [], []
    for _ in range(60):  # hold for 2 s
        env.step(action)
        depth, place = cube_in_jaws(env)
        depths.append(depth)
        places.append(place)
    height = cube.root_pos_w.torch[:, 2]
    assert (height > 0.11).all(), f"not lifted: {height.tolist()}"
    assert torch.stack(depths).max() < 1e-3
    assert torch.stack(depths).min() > -1e-3, "held by something else than the inner faces"
    slip = (torch.stack(places) - places[0]).norm(dim=-1).max()
    assert slip < 1e-3


def test_every_reward_is_finite_and_bounded_over_violent_motion(env):
    rewards = env.unwrapped.reward_manager
    weights = {name: rewards.get_term_cfg(name).weight for name in rewards.active_terms}
    generator = torch.Generator().manual_seed(0)
    bounds = torch.from_numpy(np.stack([env.action_space.low[0], env.action_space.high[0]]))
    env.reset(seed=6)
    for _ in range(200):
        target = bounds[0] + (bounds[1] - bounds[0]) * torch.rand(4, 6, generator=generator)
        env.step(target)
        for name, value in zip(weights, rewards._step_reward.unbind(dim=1), strict=True):
            assert torch.isfinite(value).all(), name
            if weights[name] > 0:  # a share of the weight
                assert (value >= 0).all() and (value <= weights[name]).all(), name
    assert rewards._step_reward[:, list(weights).index("near")].max() > 0
