"""How `isaaclab play` ends: after the episodes that were asked for, or with the film."""

import argparse

import av
import pytest

from lerobot_env_leisaac.integrations import isaaclab_play


@pytest.mark.parametrize(
    ("episodes", "length", "frames", "ended"),
    [
        (None, 5, 5, "success 0/0, stopped: the video is complete (--video_length 5), seed 0, 5 steps"),
        (None, None, 7, "success 0/0, stopped: the video is complete (--video_length 7), seed 0, 7 steps"),
        (5, None, 18, "success 0/5 (5 time_out), seed 0, 18 steps"),
        (5, 3, 3, "success 0/5 (5 time_out), seed 0, 18 steps"),
    ],
)
def test_episodes_that_were_asked_for_are_played_whatever_the_film(
    env, tmp_path, monkeypatch, capsys, episodes, length, frames, ended
):
    simulation = env.unwrapped
    monkeypatch.setattr(simulation, "render_mode", "rgb_array")
    monkeypatch.setattr(simulation.cfg, "episode_length_s", 0.3)
    monkeypatch.setattr(simulation.cfg, "seed", 0)
    monkeypatch.setattr(isaaclab_play, "VideoRecorderCfg", lambda: argparse.Namespace(video_length=7))

    class Holder:
        start_every, begins_chunk = 1, None

        def act(self, observation, begins, episodes):
            return observation["observation.state"].clone()

    args = argparse.Namespace(episodes=episodes, video=True, video_length=length, real_time=False)
    assert isaaclab_play._play(simulation, Holder(), args, tmp_path) == 0
    assert ended in capsys.readouterr().out.splitlines()
    with av.open(tmp_path / "seed_0.mp4") as file:
        assert len(list(file.decode(video=0))) == frames
