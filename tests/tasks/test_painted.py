"""Variations of paint, light and focal length, and the camera of the real kit."""

import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import pytest
import torch

import lerobot_env_leisaac  # noqa: F401 - registers the ids
from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.envs.make import load_cfg, resolve_cfg
from lerobot_env_leisaac.keywords import Keywords
from lerobot_env_leisaac.tasks.common import variations
from lerobot_env_leisaac.tasks.common.imperfections import enlarged

ID = "LeIsaac-SO101-LiftCube-SmolVLA-v0"


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> dict[str, dict[str, torch.Tensor]]:
    """What `painted_worlds.py` saw, by world and camera, (2, 3, 96, 128)."""
    file = tmp_path_factory.mktemp("painted_worlds") / "seen.pt"
    script = Path(__file__).with_name("painted_worlds.py")
    subprocess.run([sys.executable, str(script), str(file)], check=True)
    return torch.load(file)


def test_a_wall_has_the_colour_that_it_is_painted_with(seen):
    before, after = (seen[world]["front"][:, :, :20].mean(dim=(0, 2, 3)) for world in ("as it is", "painted"))
    assert before.max() - before.min() < 0.05, "plaster"
    assert after[2] > 3 * after[0]


def test_printed_parts_are_as_dark_as_each_episode_draws(seen):
    before, after = (seen[world]["wrist"] for world in ("as it is", "painted"))
    finger = (before[:, 0] > 0.3) & (before[:, 2] < 0.1)
    shares = [(after[i, 0][finger[i]] / before[i, 0][finger[i]]).mean().item() for i in range(2)]
    assert all(0.2 < share < 0.99 for share in shares) and abs(shares[0] - shares[1]) > 0.02


def test_the_light_comes_from_elsewhere(seen):
    difference = (seen["lit"]["front"] - seen["as it is"]["front"]).abs().mean(dim=1)
    assert (difference > 0.1).float().mean() > 0.05, "where shadows were, and where they are"


def test_a_longer_lens_shows_the_middle_larger(seen):
    before, after = seen["as it is"]["front"], seen["long"]["front"]
    expected = enlarged(before, torch.full((2, 1), 1.5))
    assert (after - expected).abs().mean() < 0.5 * (after - before).abs().mean()


def test_of_a_range_each_episode_has_a_lens_of_its_own(seen):
    before, after = seen["as it is"]["front"], seen["longer or shorter"]["front"]
    best = []
    for row in range(2):
        factors = torch.linspace(1, 1.5, 26)
        errors = [(enlarged(before[row : row + 1], factor.view(1, 1)) - after[row]).abs().mean() for factor in factors]
        best.append(factors[int(torch.stack(errors).argmin())].item())
    assert abs(best[0] - best[1]) > 0.02


def test_the_kits_camera_is_another_one_on_the_gripper(seen):
    world = seen["as it is"]
    assert world["wrist_kit"].shape == world["wrist"].shape
    assert (world["wrist_kit"] - world["wrist"]).abs().mean() > 0.02


def test_the_kits_camera_is_there_where_it_is_asked_for_alone():
    task = catalog.lerobot_task("CleanToyTable-BiArm")
    assert load_cfg(task.lerobot_cfg).cameras() == ("left_wrist", "right_wrist", "top")
    asked = ("top", "right_wrist_kit")
    cfg = resolve_cfg(task.lerobot_cfg, Keywords(cameras=asked))
    assert set(cfg.cameras()) == set(asked)
    assert "Right_Arm" in cfg.scene.right_wrist_kit.prim_path and cfg.scene.left_wrist is None


def test_paint_needs_surfaces_that_have_names():
    with pytest.raises(ValueError, match="surfaces needs look=real"):
        gym.make(ID, variation={"surfaces": {"wall": {"brightness": 2}}})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"light_azimuth_deg": [0, 90]}, "expected one number .all environments have one light."),
        ({"surfaces": {"ceiling": {"brightness": 2}}}, "no surface ceiling, expected some of printed, servo, table"),
        ({"surfaces": {"wall": {"mass": 2}}}, "unknown mass; expected some of color, hue_deg, brightness"),
        ({"focal_length": 0}, "expected a number or .low, high., from 0.5 to 2"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(values, message):
    with pytest.raises(ValueError, match=message):
        variations.load(values)


def test_paint_is_read_back_as_it_is_noted():
    varied = variations.load(
        {"surfaces": {"wall": {"color": [0.1, 0.2, 0.3], "hue_deg": [-5, 5]}}, "focal_length": 1.2}
    )
    assert variations.load(varied.changes).changes == varied.changes
