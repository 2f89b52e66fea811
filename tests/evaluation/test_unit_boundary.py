"""The mistakes that the table of `unit_boundary.py` is made of: each does what it says, and nothing else."""

import checkpoints
import pytest
import torch
from evaluation.unit_boundary import ROWS, JumpMeter, measure, mistaken, table

from lerobot_env_leisaac.evaluation.rollout import play_episodes
from lerobot_env_leisaac.policies.load import load

SEED = 3
STATE, ACTION = "observation.state", "action"
IMAGES = [f"observation.images.{camera}" for camera in checkpoints.CAMERAS]


@pytest.fixture
def short_episodes(env):
    """Episodes of six steps."""
    cfg, length = env.unwrapped.cfg, env.unwrapped.cfg.episode_length_s
    cfg.episode_length_s = 0.2
    yield
    cfg.episode_length_s = length


@pytest.fixture(scope="module")
def policy(env, tmp_path_factory):
    return load(checkpoints.make_act(tmp_path_factory.mktemp("act")), env)


class Network:
    """A policy's network that notes what it is shown."""

    def __init__(self, network):
        self._network, self.seen = network, {}

    def predict_action_chunk(self, batch):
        self.seen = {key: batch[key].clone() for key in (STATE, *IMAGES)}
        return self._network.predict_action_chunk(batch)


def test_each_mistake_is_the_one_that_it_is_called(env, policy):
    env.reset(seed=SEED)
    bent = torch.tensor([20.0, -30.0, 25.0, 40.0, -35.0, 30.0]).expand(4, 6)
    for _ in range(5):  # at the start all joints are at zero, in any unit
        observation, *_ = env.step(bent)
    assert (observation[STATE].abs() > 3).all()

    network, convention = Network(policy._policy), env.unwrapped.unit_convention
    seen, sent, targets = {}, {}, {}
    for name, mistake in ROWS.items():
        wrong = mistaken(policy, mistake, convention)
        wrong._policy = network
        sent[name] = wrong.predict_chunk(observation)[:, 0]
        seen[name] = network.seen
        env.step(sent[name])
        targets[name] = env.unwrapped.action_manager.get_term("joint_pos").processed_actions.clone()

    right, statistics = "units right", checkpoints.reference_statistics()
    mean, std = statistics[STATE]["mean"], statistics[STATE]["std"]
    expected = {name: dict(seen[right]) for name in ROWS}
    expected["state in radians"][STATE] = (observation[STATE].deg2rad() - mean) / std
    expected["images 0..255"] |= {key: observation[key] * 255 for key in IMAGES}
    for name in ROWS:
        for key in (STATE, *IMAGES):
            torch.testing.assert_close(seen[name][key], expected[name][key], msg=f"{name}: {key} is another")
    torch.testing.assert_close(seen[right][STATE], (observation[STATE] - mean) / std)

    limits = torch.tensor(env.action_space.low).deg2rad(), torch.tensor(env.action_space.high).deg2rad()
    mean, std = statistics[ACTION]["mean"], statistics[ACTION]["std"]
    torch.testing.assert_close(targets[right], sent[right].deg2rad().clamp(*limits))
    assert not torch.allclose(sent["state in radians"], sent[right], atol=1e-3), "the policy does not look at the state"
    torch.testing.assert_close(targets["actions left in radians"], sent[right].clamp(*limits))
    torch.testing.assert_close(targets["postprocessor skipped"], ((sent[right] - mean) / std).deg2rad().clamp(*limits))
    torch.testing.assert_close(
        policy.predict_chunk(observation)[:, 0], sent[right], msg="the policy itself was changed"
    )


class Sawtooth:
    """Moves one joint in steps of 5 degrees and back by 15; in the first episodes another is held far off."""

    step = 0

    def act(self, observation, begins, episodes):
        self.step = 1 if begins.all() else self.step + 1
        action = torch.zeros(4, 6)
        action[:, 2] = [5.0, 10, 15, 0, 5, 10][self.step - 1]
        action[:, 1] = 10 * (4 - episodes).clamp(min=0)
        action[:, 5] = -90  # 80 degrees beyond the gripper's stop
        return action


def test_the_largest_jump_is_that_of_the_targets_within_limits(env, short_episodes):
    meter = JumpMeter(Sawtooth(), env.unwrapped, episodes=6)
    list(play_episodes(env.unwrapped, meter, range(6), SEED, on_step=meter.see_step))
    torch.testing.assert_close(meter.largest[:6], torch.tensor([40.0, 30, 20, 15, 15, 15]))


def test_the_rows_of_the_table(env, policy, short_episodes):
    convention = env.unwrapped.unit_convention
    names = ("units right", "actions left in radians")
    rows = {name: measure(env.unwrapped, mistaken(policy, ROWS[name], convention), 3, SEED) for name in names}
    for row in rows.values():
        assert (row["successes"], row["episodes"], row["failures"]) == (0, 3, {"time_out": 3})
    assert rows[names[0]]["largest_jump_deg"] < rows[names[1]]["largest_jump_deg"]
    assert rows[names[1]]["largest_jump_deg"] > 90, "joints are thrown to their stops"
    first, second = table(rows).splitlines()[2:]
    assert first.startswith("| units right | 0 of 3 | 0.0% to 56.1% | ")
    assert second.startswith("| actions left in radians | 0 of 3 | 0.0% to 56.1% | ")
