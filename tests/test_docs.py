"""What the documentation shows of files is what stands in them."""

import dataclasses
import re
from pathlib import Path

import pytest

from lerobot_env_leisaac.keywords import Keywords

REPOSITORY = Path(__file__).parents[1]
EXAMPLE = REPOSITORY / "examples" / "push_cube"
BLOCKS = re.findall(r"```(python|toml)\n(.*?)```", (REPOSITORY / "docs" / "make_your_own_task.md").read_text(), re.S)


def test_the_walk_through_shows_the_example_as_it_is():
    files = [file.read_text() for file in (EXAMPLE / "pyproject.toml", *sorted(EXAMPLE.rglob("*.py")))]
    shown = [block for _, block in BLOCKS if "CameraSpec(" not in block]
    assert len(shown) >= 5
    for block in shown:
        assert any(block in file for file in files), block


def test_the_readme_has_every_keyword_of_gym_make():
    table = re.search(r"\| keyword \|.*\n\|---.*\n((?:\|.*\n)+)", (REPOSITORY / "README.md").read_text())[1]
    shown = re.findall(r"^\| `(\w+)` \|", table, re.M)
    assert sorted(shown) == sorted(["cfg", *(field.name for field in dataclasses.fields(Keywords))])


def test_its_camera_looks_at_the_workspace():
    import torch
    from isaaclab.utils.math import quat_apply

    from lerobot_env_leisaac.scenes import spec

    names = {"CameraSpec": spec.CameraSpec}
    exec(next(block for _, block in BLOCKS if "CameraSpec(" in block), names)
    camera = names["SIDE"]
    looks = quat_apply(torch.tensor(camera.orientation), torch.tensor((0.0, 0.0, -1.0)))
    # where its axis meets the table
    place = torch.tensor(camera.position) - looks * camera.position[2] / looks[2]
    assert place[:2].tolist() == pytest.approx([0.25, 0.0], abs=0.1)
