"""What environments saw is given back whole, whenever their episodes begin and end."""

import numpy as np
import pytest
import torch

from lerobot_env_leisaac.datasets.history import BLOCK_STEPS, History

NUM_ENVS = 4


def step(time: int) -> dict[str, torch.Tensor]:
    """Return what all environments see at a time; no two see the same."""
    environments = torch.arange(NUM_ENVS)
    state = (time + environments / NUM_ENVS).unsqueeze(1).expand(-1, 6)
    image = (7 * time + 31 * environments).to(torch.uint8).reshape(-1, 1, 1, 1).expand(-1, 2, 3, 3)
    return {"state": state, "image": image}


@pytest.mark.parametrize("longest", [5, BLOCK_STEPS, 5 * BLOCK_STEPS])
@pytest.mark.parametrize("seed", range(3))
def test_an_episode_is_what_its_environment_saw(seed, longest):
    rng = np.random.default_rng(seed)
    history, began = History(), {}
    for index in range(NUM_ENVS - 1):  # the last one idles at first
        history.begin(index)
        began[index] = 0
    taken = 0
    for time in range(40 * BLOCK_STEPS):
        history.append(step(time))
        for index in range(NUM_ENVS):
            if index in began and rng.random() < 2 / longest:
                expected = [step(past) for past in range(began.pop(index), time + 1)]
                for key, found in history.take(index).items():
                    np.testing.assert_array_equal(found, np.stack([past[key][index] for past in expected]))
                taken += 1
            elif index not in began and rng.random() < 0.5:
                history.begin(index)
                began[index] = time + 1
    assert taken > 10


def test_an_environment_that_idles_holds_no_memory(monkeypatch):
    taken = 0
    empty = torch.empty

    def counts(*arguments, **keywords):
        nonlocal taken
        taken += 1
        return empty(*arguments, **keywords)

    monkeypatch.setattr(torch, "empty", counts)
    history = History()
    history.begin(0)
    for time in range(20 * BLOCK_STEPS):
        history.append(step(time))
        if time % 10 == 9:
            history.take(0)
            history.begin(0)
    assert taken <= 6, "two blocks and an episode, each of states and images"
