"""The engine: which episodes are played, how they end, and what is told of them."""

import math

import pytest
import torch
from checkpoints import make_act

from lerobot_env_leisaac.evaluation.examples import Example, ExampleRecorder
from lerobot_env_leisaac.evaluation.rollout import Timing, play_episodes
from lerobot_env_leisaac.policies.chunks import schedule
from lerobot_env_leisaac.policies.load import load

SEED = 11


@pytest.fixture
def short_episodes(env):
    """Episodes of nine steps."""
    cfg, length = env.unwrapped.cfg, env.unwrapped.cfg.episode_length_s
    cfg.episode_length_s = 0.3
    yield
    cfg.episode_length_s = length


class Lifter:
    """Holds the arm still and lifts the cubes of some episodes by hand."""

    def __init__(self, env, lifted):
        self.env, self.lifted, self.seen = env.unwrapped, torch.tensor(lifted), []

    def act(self, observation, begins, episodes):
        self.seen.append((begins.tolist(), episodes.tolist()))
        cube = self.env.scene["cube"]
        pose = cube.data.root_pose_w.torch.clone()
        pose[torch.isin(episodes, self.lifted), 2] = 0.3
        cube.write_root_pose_to_sim_index(root_pose=pose)
        cube.write_root_velocity_to_sim_index(root_velocity=torch.zeros(4, 6))
        dict(observation)  # looks at the images
        return observation["observation.state"].clone()


class Swinger:
    """Swings the arm; the action of one episode is no number from its fourth step on."""

    def __init__(self, broken: int | None = None):
        self.broken, self.steps, self.seen = broken, torch.zeros(4), []

    def act(self, observation, begins, episodes):
        self.steps = torch.where(begins, 0, self.steps) + 1
        action = torch.zeros(4, 6)
        action[:, 1] = 20 * torch.sin(self.steps) + episodes
        action[(episodes == self.broken) & (self.steps >= 4), 2] = math.nan
        self.seen.append((dict(observation), action))  # looks at the images, before they are gone
        return action


def test_all_episodes_are_played_once_and_told_as_they_went(env, short_episodes, tmp_path):
    actor, timing = Lifter(env, lifted=[4, 6]), Timing()
    examples = ExampleRecorder(env.unwrapped, tmp_path)
    numbers = [3, 4, 5, 6, 7, 9]
    episodes = list(play_episodes(env.unwrapped, actor, numbers, SEED, timing=timing, examples=examples))
    assert [episode.episode for episode in episodes] == [4, 6, 3, 5, 7, 9], "as they end"
    by_number = {episode.episode: episode for episode in episodes}
    for number, episode in by_number.items():
        assert episode.seed == SEED
        if number in (4, 6):  # above the height for six steps of 1/30 s
            assert (episode.success, episode.length, episode.failure) == (True, 6, None)
            assert episode.time_to_success == 0.2
        else:
            assert (episode.success, episode.length, episode.failure) == (False, 9, "time_out")
            assert episode.time_to_success is None
        assert 0 < episode.total_reward < 5  # nobody holds the cubes
        x, y, z = episode.initial_state["cube"]["position"]
        assert 0.1 < x < 0.4 and abs(y) < 0.08 and abs(z - 0.015) < 2e-3
        assert abs(episode.initial_state["cube"]["yaw"]) <= 30
        assert set(episode.initial_state["joints"].values()) == {0.0}
    assert timing.env_steps == 4 * 9 + 2 * 6
    assert timing.policy_s > 0 and timing.simulation_s > 0
    # 7 and 9 begin where 4 and 6 were; then nothing is left for the others
    assert actor.seen[5:7] == [([False] * 4, [3, 4, 5, 6]), ([False, True, False, True], [3, 7, 5, 9])]
    assert actor.seen[-1] == ([False] * 4, [-1, 7, -1, 9])
    assert len(actor.seen) == 15

    success, failure = (Example.read(tmp_path / f"{name}.npz") for name in ("success", "failure"))
    assert (success.episode, success.success, failure.episode, failure.success) == (4, True, 3, False)
    assert success.states.shape == success.actions.shape == (6, 6)
    assert (success.states == success.actions).all()
    shapes = {camera: frames.shape for camera, frames in success.frames.items()}
    assert shapes == dict.fromkeys(("front", "top", "wrist"), (1, 96, 128, 3))
    assert success.frame_steps.tolist() == [5] and failure.frame_steps.tolist() == [8]


def test_an_example_shows_what_was_seen_and_done(env, short_episodes, tmp_path):
    actor = Swinger()
    list(play_episodes(env.unwrapped, actor, range(5), SEED, examples=ExampleRecorder(env.unwrapped, tmp_path)))
    example = Example.read(tmp_path / "failure.npz")
    observations, actions = zip(*actor.seen[:9], strict=True)  # the first failure is the first environment's
    assert example.episode == 0
    assert (example.states == torch.stack([seen["observation.state"][0] for seen in observations]).numpy()).all()
    assert (example.actions == torch.stack([action[0] for action in actions]).numpy()).all()
    last = observations[8]["observation.images.front"][0].permute(1, 2, 0) * 255
    assert (example.frames["front"][-1] == last.round().byte().numpy()).all()


def test_an_episode_starts_and_goes_the_same_wherever_it_is_played(env, short_episodes):
    first = {e.episode: e for e in play_episodes(env.unwrapped, Swinger(), range(6), SEED)}
    other = {e.episode: e for e in play_episodes(env.unwrapped, Swinger(), [5, 8, 2, 7, 1], SEED)}
    for number in (1, 2, 5):
        assert first[number] == other[number]
    assert first[1].initial_state != first[2].initial_state


class Resetter(Swinger):
    """Swings the arm; in the third step somebody presses "Reset Episode" in a viewer."""

    def __init__(self, env):
        super().__init__()
        self.env = env.unwrapped

    def act(self, observation, begins, episodes):
        if len(self.seen) == 2:
            self.env.sim.request_reset()
        return super().act(observation, begins, episodes)


@pytest.mark.parametrize("start_every", (1, None))
def test_an_episode_that_a_viewer_resets_has_failed_and_the_next_goes_on(env, short_episodes, start_every):
    played = {
        e.episode: e for e in play_episodes(env.unwrapped, Resetter(env), range(6), SEED, start_every=start_every)
    }
    assert {number: (e.length, e.failure) for number, e in played.items()} == {
        **dict.fromkeys(range(4), (3, "reset")),
        **dict.fromkeys((4, 5), (9, "time_out")),
    }
    undisturbed = {e.episode: e for e in play_episodes(env.unwrapped, Swinger(), range(6), SEED)}
    assert [played[number] for number in (4, 5)] == [undisturbed[number] for number in (4, 5)]


def test_a_trillion_episodes_are_not_numbered_in_advance(env, short_episodes):
    assert next(play_episodes(env.unwrapped, Swinger(), range(10**12), SEED)).length == 9


def test_an_action_that_is_no_number_ends_its_episode_alone(env, short_episodes):
    sound = {e.episode: e for e in play_episodes(env.unwrapped, Swinger(), range(6), SEED)}
    broken = {e.episode: e for e in play_episodes(env.unwrapped, Swinger(broken=1), range(6), SEED)}
    assert (broken[1].success, broken[1].length, broken[1].failure) == (False, 4, "policy_not_finite")
    for number in (0, 2, 3, 4, 5):
        assert broken[number] == sound[number], "a neighbour was disturbed"


def starts(actor: Lifter) -> dict[int, int]:
    """Return the step at which each episode began."""
    return {
        episode: step
        for step, (begins, episodes) in enumerate(actor.seen)
        for begin, episode in zip(begins, episodes, strict=True)
        if begin and episode >= 0
    }


def test_episodes_begin_together_where_one_cannot_begin_alone(env, short_episodes):
    actor = Lifter(env, lifted=[1])
    episodes = list(play_episodes(env.unwrapped, actor, range(6), SEED, start_every=None))
    assert [(e.episode, e.length) for e in episodes] == [(1, 6), (0, 9), (2, 9), (3, 9), (4, 9), (5, 9)]
    assert starts(actor) == {0: 0, 1: 0, 2: 0, 3: 0, 4: 10, 5: 10}
    assert len(actor.seen) == 19


def test_episodes_begin_at_multiples_where_calls_shall_fall_together(env, short_episodes):
    actor = Lifter(env, lifted=[1])
    episodes = {e.episode: e for e in play_episodes(env.unwrapped, actor, range(7), SEED, start_every=4)}
    assert starts(actor) == {0: 0, 1: 0, 2: 0, 3: 0, 4: 8, 5: 12, 6: 12}
    assert [episodes[number].length for number in range(7)] == [9, 6, 9, 9, 9, 9, 9]
    at_once = {e.episode: e for e in play_episodes(env.unwrapped, Lifter(env, lifted=[1]), range(7), SEED)}
    assert episodes == at_once, "waiting changes no episode"


def test_a_policy_that_only_returns_nan_fails_every_episode_and_goes_on(env, short_episodes, tmp_path):
    checkpoint = make_act(tmp_path, cameras=("front",), image_size=(96, 128))
    policy = load(checkpoint, env)
    for parameter in policy._policy.model.action_head.parameters():
        torch.nn.init.constant_(parameter, math.nan)
    actor = schedule(policy, 4, "cpu", SEED)
    episodes = list(play_episodes(env.unwrapped, actor, range(5), SEED))
    assert [(e.episode, e.length, e.failure) for e in episodes] == [(n, 1, "policy_not_finite") for n in range(5)]
