"""What is plotted of a policy's actions."""

import pytest
import torch
from checkpoints import make_act, make_vqbet

from lerobot_env_leisaac.evaluation import action_plots
from lerobot_env_leisaac.evaluation.action_plots import ActionTrace
from lerobot_env_leisaac.evaluation.rollout import play_episodes
from lerobot_env_leisaac.evaluation.watched import WatchedActor
from lerobot_env_leisaac.policies.chunks import schedule
from lerobot_env_leisaac.policies.load import load


class TooFar:
    """An actor whose first joint is sent beyond its limit; it asks for a chunk of three again and again."""

    start_every = 1

    def __init__(self):
        self.steps, self.begins_chunk = 0, None

    def act(self, observation, begins, episodes):
        self.begins_chunk = torch.full((4,), self.steps % 3 == 0)
        self.steps += 1
        action = torch.zeros(4, 6)
        action[:, 0], action[:, 1] = 200.0, float(self.steps)
        return action


@pytest.fixture
def short_episodes(env, monkeypatch):
    monkeypatch.setattr(env.unwrapped.cfg, "episode_length_s", 7 / 30)
    return env.unwrapped


@pytest.fixture
def drawn(monkeypatch):
    """The figures that are drawn, and their axes."""
    figures = []

    def subplots(*arguments, **options):
        figures.append(original(*arguments, **options))
        return figures[-1]

    original = action_plots.subplots
    monkeypatch.setattr(action_plots, "subplots", subplots)
    return figures


def test_the_plot_shows_state_raw_action_applied_target_and_chunks(short_episodes, drawn, tmp_path):
    env = short_episodes
    trace = ActionTrace(env)
    watched = WatchedActor(TooFar(), env, trace=trace)
    states = []
    for episode in play_episodes(env, watched, range(2), 3, on_step=trace.see_step):
        states.append(episode.initial_state["joints"])
        if episode.episode == watched.episode:
            trace.plot("a title", tmp_path / "plot.png")
            trace.clear()
    (figure, axes) = drawn[0]
    assert len(drawn) == 1, "environment 0 plays one of the two"
    assert figure.get_suptitle() == "a title, units: degrees"
    lines = {line.get_label(): line.get_ydata() for line in axes[0].lines}
    assert lines["raw action"].tolist() == [200.0] * 7
    assert lines["applied target"] == pytest.approx([110.0] * 7, abs=1e-3), "the joint's limit [deg]"
    assert lines["state"][0] == pytest.approx(states[0]["shoulder_pan"], abs=1e-3)
    assert lines["state"][-1] > lines["state"][0] + 10, "it goes there"
    lines = {line.get_label(): line.get_ydata() for line in axes[1].lines}
    assert lines["raw action"].tolist() == list(range(1, 8)), "each step its own"
    assert lines["applied target"] == pytest.approx(list(range(1, 8)), abs=1e-3)
    boundaries = [segment[0][0] for segment in axes[5].collections[0].get_segments()]
    assert boundaries == pytest.approx([0, 3 / 30, 6 / 30])
    assert axes[1].get_ylabel() == "shoulder_lift\n[deg]"


@pytest.mark.parametrize(("make", "every"), [(make_act, 4), (make_vqbet, 3)])
def test_the_scheduler_tells_where_chunks_begin(short_episodes, make, every, tmp_path):
    env = short_episodes
    cameras = {} if make is make_vqbet else {"cameras": ("front",)}
    actor = schedule(load(make(tmp_path, **cameras), env), 4, "cpu", 0)
    seen = []

    class Noted:
        def act(self, observation, begins, episodes):
            action = actor.act(observation, begins, episodes)
            seen.append((episodes.tolist(), actor.begins_chunk.tolist()))
            return action

    assert len(list(play_episodes(env, Noted(), range(6), 0, start_every=actor.start_every))) == 6
    for index in range(4):
        own = [(episodes[index], begins[index]) for episodes, begins in seen]
        for episode in {number for number, _ in own if number >= 0}:
            steps = [begins for number, begins in own if number == episode]
            assert steps == [step % every == 0 for step in range(7)], "from the start of each episode"
        assert not any(begins for number, begins in own if number < 0), "nobody plays"
