"""Statistics of frames, against numpy's and LeRobot's own."""

import numpy as np
import pytest
from lerobot.datasets.compute_stats import RunningQuantileStats

from lerobot_env_leisaac.datasets.pixel_statistics import PixelStatistics

QUANTILES = {"q01": 0.01, "q10": 0.10, "q50": 0.50, "q90": 0.90, "q99": 0.99}


def frames(kind: str, seed: int) -> np.ndarray:
    """Return frames (T, H, W, 3) whose values are spread in a way that is hard for some statistic."""
    rng = np.random.default_rng(seed)
    shape = (*rng.integers(1, 20, 3), 3)
    if kind == "any":
        return rng.integers(0, 256, shape, dtype=np.uint8)
    if kind == "two values":
        return np.where(rng.random(shape) < 0.1, 255, 7).astype(np.uint8)
    if kind == "one value":
        return np.full(shape, rng.integers(0, 256), np.uint8)
    dark = rng.normal(20, 8, shape) + np.linspace(0, 40, shape[0]).reshape(-1, 1, 1, 1)  # its range grows as it goes
    return np.clip(dark, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("kind", ["any", "two values", "one value", "ever brighter"])
@pytest.mark.parametrize("seed", range(5))
def test_they_are_those_of_all_pixels(kind, seed):
    images = frames(kind, seed)
    running = PixelStatistics()
    for image in images:
        running.update(image.reshape(-1, 3))
    pixels, found = images.reshape(-1, 3), running.get_statistics()
    assert found.pop("count").tolist() == [len(pixels)]
    expected = {"min": pixels.min(0), "max": pixels.max(0), "mean": pixels.mean(0), "std": pixels.std(0)}
    for name, share in QUANTILES.items():
        expected[name] = np.quantile(pixels, share, axis=0, method="inverted_cdf")
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("seed", range(5))
def test_they_are_lerobots_own(seed):
    images = frames("ever brighter", seed)
    ours, theirs = PixelStatistics(), RunningQuantileStats()
    for image in images:
        ours.update(image.reshape(-1, 3))
        theirs.update(image.reshape(-1, 3))
    expected = theirs.get_statistics()
    for name, value in ours.get_statistics().items():
        assert value.shape == expected[name].shape
        np.testing.assert_allclose(value, expected[name], atol=0.5, err_msg=name)


def test_what_is_not_an_image_is_left_to_lerobot():
    states = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
    ours, theirs = PixelStatistics(), RunningQuantileStats()
    ours.update(states)
    theirs.update(states)
    for name, value in ours.get_statistics().items():
        np.testing.assert_array_equal(value, theirs.get_statistics()[name])
