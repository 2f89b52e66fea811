"""What the commands do with a shirt that two arms fold: one demonstration is recorded, checked and played again."""

from pathlib import Path

import commands
import pytest
from lerobot.datasets import LeRobotDataset

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.datasets import manifest as manifests
from lerobot_env_leisaac.tasks.fold_cloth_bi_arm.spec import CLOTH

TASK = catalog.task("FoldCloth-BiArm")
SHIRT = TASK.scene.cloths[CLOTH]


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> tuple[Path, dict[str, commands.Result]]:
    folder = tmp_path_factory.mktemp("fold_cloth") / "work"
    small = "--image-size 48 64 --device cpu"
    return folder, commands.run(
        folder,
        {
            "record": f"leisaac record --task {TASK.name} --out data --episodes 1 --num-envs 1 --no-video {small}",
            "check": "leisaac check data",
            "replay": "leisaac replay data --device cpu",
            "zero_agent": f"isaaclab zero_agent --task {TASK.isaaclab_id} --num_envs 2 --max_steps 3 --viz none"
            " physics=newton_mjwarp",
        },
    )


def test_every_command_takes_it(results):
    for name, result in results[1].items():
        assert result.status == 0, f"{name}: {result.out[-1500:]} {result.err[-1500:]}"


def test_its_demonstration_is_a_dataset_that_replays_to_the_digit(results):
    folder, ended = results
    meta = LeRobotDataset("data", root=folder / "data").meta
    assert (meta.total_episodes, meta.fps) == (1, TASK.control_hz)
    assert meta.tasks.index.tolist() == [TASK.instruction]
    assert manifests.read(folder / "data").subtasks == TASK.subtasks
    assert "1 of 1 episodes went the same way" in ended["replay"].out
    assert "largest error 0.0000 deg" in ended["replay"].out


def test_each_camera_sees_the_shirts_color(results):
    dataset = LeRobotDataset("data", root=results[0] / "data")
    for camera in TASK.cameras:
        images = (dataset[row][f"observation.images.{camera}"] for row in range(0, len(dataset), 10))
        assert max(int(((blue > 1.5 * red) & (blue > 0.15)).sum()) for red, _, blue in images) > 50, camera


def test_isaac_labs_agent_sees_the_keypoints(results):
    out = results[1]["zero_agent"].out
    size = 2 * 12 + 3 * len(SHIRT.keypoints) + 12  # positions and speeds of joints, keypoints, last action
    assert f"(2, {size})" in out.partition("Gym observation space")[2]
    assert "(2, 12)" in out.partition("Gym action space")[2], "what holds the shirt takes no numbers"
