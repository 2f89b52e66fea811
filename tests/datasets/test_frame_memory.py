"""How many environments play side by side: what is asked for, or what there is memory for."""

import re

import pytest

from lerobot_env_leisaac.datasets.frame_memory import num_envs_that_fit

GIB = 2**30


@pytest.mark.parametrize(
    ("asked", "episodes", "free", "expected"),
    [(None, 50, 64, 16), (None, 50, 10, 5), (None, 50, 1.5, 1), (None, 3, 10, 3), (8, 50, 10, 8), (8, 2, 3, 2)],
)
def test_the_default_fits_the_memory_and_a_given_number_is_obeyed(asked, episodes, free, expected, capsys):
    assert num_envs_that_fit(asked, episodes, each=GIB, free=int(free * GIB)) == expected
    said = capsys.readouterr().err
    if asked is None and expected < min(16, episodes):
        assert re.fullmatch(rf"{expected} environments? side by side, not 16: .* \(set --num-envs to choose\)\n", said)
    else:
        assert not said


@pytest.mark.parametrize(
    ("asked", "free", "message"),
    [
        (None, 0.5, "one environment holds up to 1.0 GiB of frames and 0.5 are free: set --image-size smaller"),
        (1, 0.5, "one environment holds up to 1.0 GiB"),
        (11, 10.0, "11 environments hold up to 11.0 GiB of frames and 10.0 are free: set --num-envs to 5 or less"),
    ],
)
def test_what_does_not_fit_is_refused(asked, free, message):
    with pytest.raises(ValueError, match=message):
        num_envs_that_fit(asked, 50, each=GIB, free=int(free * GIB))
