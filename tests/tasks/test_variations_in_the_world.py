"""What variations do to real physics and real images."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tasks.varied_worlds import TARGET, masses_in_the_solver, slide

BACKDROP = torch.tensor([0.75, 0.80, 0.86])


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> dict:
    """What `varied_worlds.py` saw: a world with every field fixed, and one with every field drawn."""
    folder = tmp_path_factory.mktemp("varied_worlds")
    script = Path(__file__).with_name("varied_worlds.py")
    process = subprocess.run([sys.executable, script, folder], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    return torch.load(folder / "seen.pt")


def linear(srgb: torch.Tensor) -> torch.Tensor:
    """Return the light (..., 3, H, W) that an image shows."""
    return torch.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def is_backdrop(image: torch.Tensor) -> torch.Tensor:
    return ((image - BACKDROP[:, None, None]).abs() < 0.01).all(dim=-3)


def test_half_the_light_halves_what_every_surface_shows_and_leaves_the_backdrop(env, seen):
    usual, _ = env.reset(seed=3)
    for camera in ("top", "front"):
        full, half = (frames[f"observation.images.{camera}"] for frames in (usual, seen["fixed"]["first"]))
        surface = ~is_backdrop(full) & (linear(full).amin(dim=1) > 0.02) & ~is_backdrop(half)
        ratio = (linear(half) / linear(full)).mean(dim=1)[surface]
        halved = (ratio - 0.5).abs() < 0.03
        # not quite all: the arm starts elsewhere, the cube is another
        assert halved.float().mean() > 0.9
    assert (is_backdrop(half) == is_backdrop(full)).float().mean() > 0.9


def test_the_cube_has_its_colour_and_nothing_else_has(env, seen):
    def pixels(image: torch.Tensor, channel: int) -> int:
        light = linear(image)
        others = [other for other in range(3) if other != channel]
        return int((light[:, channel] > 4 * light[:, others].amax(dim=1)).sum())

    usual, blue = (f["observation.images.front"] for f in (env.reset(seed=3)[0], seen["fixed"]["first"]))
    assert pixels(usual, channel=0) > 60 > 0 == pixels(usual, channel=2)
    assert pixels(blue, channel=2) > 30 > 0 == pixels(blue, channel=0)


def test_a_smaller_cube_stands_on_the_table(seen):
    torch.testing.assert_close(seen["fixed"]["cube_height"], torch.full((4,), 0.8 * 0.015075), atol=1e-5, rtol=0)


def test_with_half_the_friction_a_cube_slides_twice_as_far(env, seen):
    env.reset(seed=3)
    assert slide(env, 0.5).max() < 0.015  # v^2 / (2 mu g) = 12.7 mm, less where the cube tips
    torch.testing.assert_close(seen["fixed"]["slid"], torch.full((4,), 0.0255), atol=0.004, rtol=0)


def test_the_solver_has_the_cube_five_times_as_heavy_and_the_arm_as_ever(env, seen):
    usual, heavy = masses_in_the_solver(env), seen["fixed"]["masses"]
    assert torch.allclose(usual.sum(dim=1) + 0.04, heavy.sum(dim=1))
    assert torch.isclose(heavy, torch.tensor(0.05)).sum(dim=1).tolist() == [1, 1, 1, 1]


def test_actions_come_two_steps_late_and_until_then_the_arm_holds_its_start_pose(env, seen):
    states = seen["fixed"]["states"]
    assert (states[1] - 3.0).abs().max() < 0.5, "3 degrees is the start pose"
    env.reset(seed=3)
    usual = torch.stack([env.step(TARGET.repeat(4, 1))[0]["observation.state"] for _ in range(6)])
    assert (usual[1, :, 0] > 1.5).all(), "without latency it has moved by then"
    assert ((states[3, :, 0] - 3.0) > 1.5).all(), "it moves two steps later"
    assert torch.equal(seen["fixed"]["again"], states), "nothing of one episode is left in the next"


def test_each_joint_and_episode_starts_elsewhere_within_its_range(seen):
    states = torch.cat([played["first"]["observation.state"] for played in seen["four"]])[:7]
    assert states.abs().max() <= 5.0
    assert states.std(dim=0).min() > 1.0 and states.std(dim=1).min() > 1.0


def test_every_camera_is_off_by_its_length_and_stays_so_while_the_arm_moves(seen):
    for camera, places in seen["four"][0]["places"].items():
        length = places.norm(dim=-1)
        assert length.min() >= 0.005 - 1e-6 and length.max() <= 0.010 + 1e-6, camera
        assert length[0].std() > 0.0005, "each episode has a length of its own"
        torch.testing.assert_close(places[0], places[1], atol=1e-6, rtol=0)
    top, wrist = (places[0] for places in seen["four"][0]["places"].values())
    assert (top - wrist).norm(dim=-1).min() > 1e-3, "each camera has a direction of its own"


def test_light_and_mass_differ_from_episode_to_episode(seen):
    played = seen["four"][0]
    brightness = linear(played["first"]["observation.images.top"]).mean(dim=(1, 2, 3))
    assert brightness.std() > 0.02
    cubes = played["masses"].sum(dim=1) - seen["fixed"]["masses"].sum(dim=1) + 0.05
    assert cubes.min() >= 0.005 and cubes.max() <= 0.05 and cubes.std() > 0.003


def test_a_varied_episode_goes_the_same_way_wherever_it_is_played(seen):
    """Whichever environment plays it, whatever was played there before, and however many play beside it."""
    (first, second), (beside,) = seen["four"], seen["two"]
    pairs = (((first, 0), (second, 3)), ((first, 0), (beside, 1)), ((first, 1), (beside, 0)))
    for (one, here), (other, there) in pairs:
        for when in ("first", "last"):
            for key in set(one[when]) - {"task"}:
                assert torch.equal(one[when][key][here], other[when][key][there]), f"{key}, {when}"
        for key in ("cube", "masses"):
            assert torch.equal(one[key][here], other[key][there]), key


def test_a_named_object_is_heavier_and_the_others_are_as_heavy_as_ever(seen):
    of_all, named = seen["oranges"]["of_all"], seen["oranges"]["named"]
    torch.testing.assert_close(named["Orange001"], 1.5 * of_all["Orange001"])
    for name in ("Orange002", "Orange003", "Plate"):
        assert torch.equal(named[name], of_all[name]), name
    heavier = named["masses"] != of_all["masses"]
    assert heavier.sum(dim=1).tolist() == [1, 1], "in the solver, one body of each environment"


def test_a_named_plate_has_its_own_colour_and_every_other_pixel_is_the_same(seen):
    of_all, named = (linear(seen["oranges"][name]["image"]) for name in ("of_all", "named"))
    blue = named[:, 2] > 2 * named[:, :2].amax(dim=1)
    assert (blue.sum(dim=(1, 2)) > 100).all() and not (of_all[:, 2] > 2 * of_all[:, :2].amax(dim=1)).any()
    assert torch.equal((named != of_all).any(dim=1), blue), "oranges draw the hues that they draw without it"
    assert not torch.equal(named[0][:, blue[0]].mean(dim=1), named[1][:, blue[1]].mean(dim=1)), "each episode its own"
