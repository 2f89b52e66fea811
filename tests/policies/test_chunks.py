"""Action chunks: each environment carries out its own, whatever its neighbours do."""

import pytest
import torch
from checkpoints import make_act, make_smolvla, make_vlm, make_vqbet

from lerobot_env_leisaac.envs.episodic_env import IDLE
from lerobot_env_leisaac.policies.chunks import ChunkScheduler, LockStep, schedule
from lerobot_env_leisaac.policies.load import load

SEED = 7
LENGTHS = {0: 5, 1: 9, 2: 8, 3: 6, 4: 7, 5: 3}
"""How many steps each episode is given here; a chunk is carried out for four of its eight actions."""


@pytest.fixture(scope="module")
def act(env, tmp_path_factory):
    return load(make_act(tmp_path_factory.mktemp("act"), cameras=("front",)), env)


@pytest.fixture(scope="module")
def smolvla(env, tmp_path_factory):
    folder = tmp_path_factory.mktemp("smolvla")
    return load(make_smolvla(folder, make_vlm(folder / "vlm")), env)


class Counted:
    """A policy that notes how many environments it is asked for at once."""

    def __init__(self, policy):
        self._policy, self.rows = policy, []

    def __getattr__(self, name):
        return getattr(self._policy, name)

    def predict_chunk(self, observation, *, noise=None):
        self.rows.append(len(observation["task"]))
        return self._policy.predict_chunk(observation, noise=noise)


def play(env, scheduler, queue: list[int], environment: int | None = None) -> dict[int, torch.Tensor]:
    """Return the actions (T, 6) of each episode of a queue; of one environment alone if it is named."""
    env = env.unwrapped
    observation, info = env.reset(seed=SEED, options={"queue": queue})
    begins, actions = torch.ones(env.num_envs, dtype=torch.bool), {episode: [] for episode in queue}
    while (playing := info["episode"]).max() >= 0:
        if environment is None:
            action = scheduler.act(observation, begins, playing)
        else:
            row = {key: value[environment : environment + 1] for key, value in observation.items()}
            action = scheduler.act(row, begins[environment, None], playing[environment, None]).expand(4, 6)
        for index, episode in enumerate(playing.tolist()):
            if episode != IDLE:
                actions[episode].append(action[index])
        ends = [episode != IDLE and len(actions[episode]) == LENGTHS[episode] for episode in playing.tolist()]
        env.end_episodes(torch.tensor(ends))
        observation, _, terminated, truncated, info = env.step(action)
        begins = terminated | truncated
    return {episode: torch.stack(rows) for episode, rows in actions.items()}


@pytest.mark.parametrize("kind", ["act", "smolvla"])
def test_every_episode_gets_exactly_the_actions_that_it_gets_alone(env, kind, request):
    policy = request.getfixturevalue(kind)
    together = play(env, ChunkScheduler(policy, 4, "cpu", SEED), list(LENGTHS))
    assert {episode: len(actions) for episode, actions in together.items()} == LENGTHS
    for episode in (1, 4):
        alone = play(env, ChunkScheduler(policy, 1, "cpu", SEED), [episode], environment=0)
        assert torch.equal(together[episode], alone[episode]), f"episode {episode} depends on its neighbours"
    assert not torch.equal(together[0][:5], together[1][:5]), "all episodes look the same"


class Compared:
    """Acts as one scheduler does, and notes how far another one is from it, which sees the same."""

    def __init__(self, one, other):
        self._one, self._other, self.differences = one, other, []

    def act(self, observation, begins, episodes):
        actions, others = (scheduler.act(observation, begins, episodes) for scheduler in (self._one, self._other))
        self.differences.append((actions - others)[episodes != IDLE].abs().max().item())
        return actions


def test_asked_for_many_at_once_the_actions_stay_the_same_but_for_rounding(env, act):
    one_by_one = ChunkScheduler(act, 4, "cpu", SEED)
    compared = Compared(one_by_one, ChunkScheduler(act, 4, "cpu", SEED, rows_per_call=4))
    actions = play(env, compared, [0, 3, 4, 5])
    assert len(compared.differences) == max(LENGTHS[episode] for episode in (0, 3, 4, 5)) > act.n_action_steps
    assert max(compared.differences) < 1e-3  # [deg]
    first = {episode: rows[:3] for episode, rows in actions.items()}
    assert min((first[0] - first[other]).abs().max() for other in (3, 4, 5)) > 0.1, "all episodes look the same"


def test_the_policy_is_asked_only_for_those_that_begin_or_are_out_of_actions(env, act):
    counted = Counted(act)
    counted.n_action_steps = 3
    scheduler = ChunkScheduler(counted, 4, "cpu", SEED, rows_per_call=4)
    observation, _ = env.reset(seed=SEED)
    asked = []
    for step, begins, episodes in (
        (0, [True] * 4, [0, 1, 2, 3]),
        (1, [False] * 4, [0, 1, 2, 3]),
        (2, [False, True, False, False], [0, 4, 2, 3]),
        (3, [False, False, False, True], [0, 4, 2, IDLE]),
        (4, [False] * 4, [0, 4, 2, IDLE]),
        (5, [False] * 4, [0, 4, 2, IDLE]),
        (6, [True, False, False, False], [IDLE, 4, 2, IDLE]),
    ):
        before = len(counted.rows)
        action = scheduler.act(observation, torch.tensor(begins), torch.tensor(episodes))
        assert action.shape == (4, 6)
        asked.append((step, sum(counted.rows[before:])))
        assert len(counted.rows) - before <= 1, "one call a step"
    assert asked == [(0, 4), (1, 0), (2, 1), (3, 2), (4, 0), (5, 1), (6, 1)]


def test_episodes_begin_where_calls_fall_together_unless_one_is_alone(smolvla):
    assert ChunkScheduler(smolvla, 4, "cpu", SEED).start_every == smolvla.n_action_steps
    assert ChunkScheduler(smolvla, 1, "cpu", SEED).start_every == 1


def test_noise_is_the_episodes_and_the_chunks_own(env, smolvla):
    observation, _ = env.reset(seed=SEED)
    alike = {key: value[:1] * 4 if key == "task" else value[:1].expand_as(value) for key, value in observation.items()}
    begin = torch.ones(4, dtype=torch.bool)

    def start(seed: int, episodes: list[int]) -> tuple[ChunkScheduler, torch.Tensor]:
        scheduler = ChunkScheduler(smolvla, 4, "cpu", seed)
        return scheduler, scheduler.act(alike, begin, torch.tensor(episodes))

    scheduler, actions = start(1, [5, 6, 7, 5])
    assert torch.equal(actions[0], actions[3])
    assert not torch.equal(actions[0], actions[1])
    assert torch.equal(actions[2], start(1, [7, IDLE, IDLE, IDLE])[1][0])
    assert not torch.equal(actions[0], start(2, [5, IDLE, IDLE, IDLE])[1][0])
    first = [actions] + [scheduler.act(alike, ~begin, torch.tensor([5, 6, 7, 5])) for _ in range(3)]
    second = scheduler.act(alike, ~begin, torch.tensor([5, 6, 7, 5]))
    assert not torch.equal(second[0], first[0][0]), "the same noise in two chunks of an episode"
    assert not torch.equal(first[1], first[0]), "the same action twice in a chunk"
    again = scheduler.act(alike, begin, torch.tensor([5, 6, 7, 5]))
    assert torch.equal(again, actions), "an episode that begins anew begins alike"


def test_a_policy_with_a_history_forgets_it_when_a_batch_begins(env, tmp_path):
    policy = load(make_vqbet(tmp_path, camera="front"), env)
    scheduler = schedule(policy, 4, "cpu", SEED)
    assert isinstance(scheduler, LockStep) and scheduler.start_every is None

    def roll() -> torch.Tensor:
        observation, info = env.reset(seed=SEED, options={"queue": range(4)})
        begins, actions = torch.ones(4, dtype=torch.bool), []
        torch.manual_seed(0)
        for _ in range(3):
            actions.append(scheduler.act(observation, begins, info["episode"]))
            observation, *_, info = env.step(actions[-1])
            begins = torch.zeros(4, dtype=torch.bool)
        return torch.stack(actions)

    assert torch.equal(roll(), roll())
