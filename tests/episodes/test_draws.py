import torch
from hypothesis import given
from hypothesis import strategies as st

from lerobot_env_leisaac.episodes.draws import normal, threefry2x32, uniform, uniform_in_ranges

WORDS = st.integers(0, 2**32 - 1)


def words(*values: int) -> tuple[torch.Tensor, ...]:
    return tuple(torch.tensor([value]) for value in values)


def test_threefry_gives_the_published_answers():
    # known answers of Random123, Threefry-2x32 with 20 rounds
    ones = 0xFFFFFFFF
    for key, counter, expected in (
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((ones, ones), (ones, ones), (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ):
        drawn = threefry2x32(key, words(*counter))
        assert tuple(word.item() for word in drawn) == expected


@given(seed=WORDS, episode=WORDS, others=st.lists(WORDS, max_size=5))
def test_an_episode_draws_the_same_whoever_draws_beside_it(seed, episode, others):
    alone = uniform(seed, torch.tensor([episode]), "cube_pose", 6)
    among = uniform(seed, torch.tensor([*others, episode]), "cube_pose", 6)
    assert torch.equal(alone[0], among[-1])


def test_draws_are_uniform_and_streams_and_seeds_are_independent():
    episodes = torch.arange(20_000)
    draws = torch.stack(
        [uniform(seed, episodes, stream, 3) for seed in (0, 1) for stream in ("cube_pose", "front_camera")]
    ).movedim(1, 0)
    flat = draws.reshape(len(episodes), -1)
    assert flat.min() >= 0 and flat.max() < 1
    histogram = torch.stack([torch.histc(column, 10, 0, 1) for column in flat.T])
    # 2,000 expected a bin, standard deviation 42: six of them
    assert (histogram - 2000).abs().max() < 260
    correlation = torch.corrcoef(flat.T) - torch.eye(flat.shape[1])
    assert correlation.abs().max() < 6 / len(episodes) ** 0.5


def test_ranges_bound_their_own_key_and_leave_the_others_at_zero():
    draws = uniform_in_ranges(0, torch.arange(1000), "pose", {"y": (-0.2, 0.1)}, ("x", "y"))
    assert (draws[:, 0] == 0).all()
    assert draws[:, 1].min() >= -0.2 and draws[:, 1].max() <= 0.1
    assert draws[:, 1].max() - draws[:, 1].min() > 0.29


def test_a_stream_goes_on_where_it_was_left():
    episodes = torch.arange(5)
    whole = uniform(3, episodes, "noise", 12)
    parts = [uniform(3, episodes, "noise", 4, first=first) for first in (0, 4, 8)]
    assert torch.equal(whole, torch.cat(parts, dim=1))
    own_places = uniform(3, episodes, "noise", 4, first=torch.tensor([[0], [4], [8], [0], [4]]))
    assert torch.equal(own_places[1], whole[1, 4:8]) and torch.equal(own_places[3], whole[3, :4])
    assert torch.equal(normal(3, episodes, "noise", 3, first=2), normal(3, episodes, "noise", 5)[:, 2:])


def test_normal_draws_are_normal():
    draws = normal(0, torch.arange(20_000), "noise", 3).flatten()
    # 60,000 draws: the mean's standard error is 0.004, that of the share beyond two sigma 0.0009
    assert abs(draws.mean()) < 0.02 and abs(draws.std() - 1) < 0.02
    assert abs((draws.abs() > 2).float().mean() - 0.0455) < 0.005
    assert 3.5 < draws.abs().max() < 6
