"""What variations make of servos, encoders and cameras: each has an effect on what it names."""

import subprocess
import sys
import types
from pathlib import Path

import pytest
import torch
from tasks.imperfect_worlds import BACK, UP

from lerobot_env_leisaac.tasks.common import imperfections


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> dict:
    """What `imperfect_worlds.py` saw, by world."""
    folder = tmp_path_factory.mktemp("imperfect_worlds")
    script = Path(__file__).with_name("imperfect_worlds.py")
    process = subprocess.run([sys.executable, script, folder], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    return torch.load(folder / "seen.pt")


def linear(srgb: torch.Tensor) -> torch.Tensor:
    return torch.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def test_a_joint_whose_zero_is_off_reads_its_target_and_stands_elsewhere(seen):
    state, joint_pos = seen["off"]["state"], seen["off"]["joint_pos"]
    torch.testing.assert_close(state - joint_pos, torch.full_like(state, 5.0), atol=1e-3, rtol=0)
    assert state[0, :, :5].sub(5.0).abs().max() < 0.01, "an episode starts where it always did"
    assert (state[39] - UP).abs().max() < 0.5
    assert (joint_pos[39] - (UP - 5)).abs().max() < 0.5


def test_every_joint_and_episode_has_a_zero_of_its_own(seen):
    offset = seen["drawn"]["state"] - seen["drawn"]["joint_pos"]
    assert (offset - offset[0]).abs().max() < 1e-3, "for all the episode"
    assert offset.abs().max() <= 5.0 and offset[0].std() > 1.0
    assert (offset[0, 0] - offset[0, 1]).abs().min() > 0.01


def test_states_and_images_come_two_steps_late_and_are_otherwise_the_same(seen):
    plain, late = seen["plain"], seen["late"]
    for what in ("state", "image"):
        assert torch.equal(late[what][2:], plain[what][:-2]), what
        assert torch.equal(late[what][0], plain[what][0]) and torch.equal(late[what][1], plain[what][0]), what


def test_a_joint_stops_short_by_half_the_play_on_either_side(seen):
    pan = seen["loose"]["joint_pos"][:, :, 0]
    assert (pan[39] - (UP[0] - 3)).abs().max() < 0.5
    assert (pan[80] - (BACK[0] + 3)).abs().max() < 0.5


def test_servos_are_as_weak_and_as_rough_as_asked_for_in_the_solver(seen):
    plain, loose = seen["plain"], seen["loose"]
    assert plain["friction"].max() > 0.05
    torch.testing.assert_close(loose["friction"], 3 * plain["friction"])
    torch.testing.assert_close(loose["drag"], 3 * plain["drag"])
    stiff = plain["gain"][..., 0] > 100
    assert stiff.sum() == 12
    torch.testing.assert_close(loose["gain"][..., 0][stiff], 0.25 * plain["gain"][..., 0][stiff])


def test_readings_and_targets_are_as_noisy_as_asked_for(seen):
    noisy = seen["noisy"]
    reading = noisy["state"] - noisy["joint_pos"]
    assert reading.std().item() == pytest.approx(1.0, rel=0.1) and reading.mean().abs() < 0.1
    wanted = torch.stack([UP] * 40 + [BACK] * 41)[:, None]
    target = noisy["target"] - wanted
    assert target.std().item() == pytest.approx(2.0, rel=0.1) and target.mean().abs() < 0.2
    assert torch.corrcoef(torch.stack([reading[1:].flatten(), reading[:-1].flatten()]))[0, 1].abs() < 0.15


def test_half_the_exposure_halves_the_light_of_every_pixel(seen):
    full, half = (linear(seen[world]["image"][0]) for world in ("plain", "off"))
    bright = full > 0.05
    torch.testing.assert_close(half[bright], full[bright] / 2, atol=0.005, rtol=0)


def test_white_balance_is_one_factor_for_a_colour_of_an_episode(seen):
    usual, tinted = (linear(seen[world]["image"][0]) for world in ("plain", "drawn"))
    clear = (usual > 0.05) & (tinted < 0.95)
    factors = torch.stack(
        [(tinted / usual)[env, color][clear[env, color]].median() for env in range(2) for color in range(3)]
    )
    assert factors.min() >= 0.49 and factors.max() <= 2.05 and factors.std() > 0.1


def test_pixels_are_noisy_around_a_blurred_image(seen):
    # the first image of the two worlds shows the same scene
    usual, noisy = (seen[world]["image"][0] for world in ("plain", "noisy"))
    rows = noisy[:, :, :8]  # the backdrop, where blur changes nothing
    assert (rows - usual[:, :, :8]).std().item() == pytest.approx(0.1, rel=0.15)

    def edges(image: torch.Tensor) -> float:
        smooth = torch.nn.functional.avg_pool2d(image, 5, 1)  # the noise goes, edges of a sharp image stay
        return smooth.diff(dim=-1).abs().amax().item()

    assert edges(noisy) < 0.8 * edges(usual)


def test_blur_is_as_wide_as_asked_for_image_by_image():
    point = torch.zeros(2, 3, 41, 41)
    point[:, :, 20, 20] = 1.0
    spread = imperfections.blurred(point, torch.tensor([[0.0], [2.0]]), 2.0)
    assert torch.equal(spread[0], point[0])
    place = torch.arange(41.0) - 20
    for axis in (1, 2):
        variance = (spread[1].sum(dim=axis) * place.square()).sum(dim=-1)
        assert variance.sqrt().tolist() == pytest.approx([2.0] * 3, rel=0.03)


def test_what_is_late_may_be_asked_twice_and_nothing_of_one_episode_is_in_the_next():
    env, late = types.SimpleNamespace(episode_length_buf=torch.tensor([0, 0])), imperfections.Late(2)
    steps = torch.tensor([2, 0])
    for value in range(4):
        for _ in range(2):
            given = late(env, torch.tensor([[value], [value]]), steps)
        assert given.flatten().tolist() == [max(value - 2, 0), value]
        env.episode_length_buf = env.episode_length_buf + 1
    env.episode_length_buf = torch.tensor([0, 4])
    assert late(env, torch.tensor([[9], [4]]), steps).flatten().tolist() == [9, 4]


def test_an_orange_on_smoother_surfaces_rolls_farther_and_spins_longer(seen):
    usual, smooth = seen[1.0], seen[0.2]
    assert usual["far"] == pytest.approx(0.017, abs=0.006), "as its rolling friction says"
    assert smooth["far"] > 2 * usual["far"]
    assert abs(usual["spin"]) < 0.3 and smooth["spin"] > 1.0
