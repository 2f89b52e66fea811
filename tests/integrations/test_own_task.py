"""Somebody's own task in somebody's own distribution, `examples/push_cube`: installed, it has what ours have."""

import json
import subprocess
import sys
from pathlib import Path

import av
import pytest
from checkpoints import make_act
from commands import Result, run

from lerobot_env_leisaac.datasets.open import open_dataset

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = REPOSITORY / "examples" / "push_cube"
CAMERAS = ("front", "wrist")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """A folder with the installed wheel of the example and nothing else."""
    folder = tmp_path_factory.mktemp("push_cube")
    for arguments in (
        ("build", "--wheel", "--quiet", "--out-dir", folder, EXAMPLE),
        (
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--target",
            folder / "site",
            folder / "push_cube-0.1.0-py3-none-any.whl",
        ),
    ):
        process = subprocess.run([sys.executable, "-m", "uv", *arguments], capture_output=True, text=True)
        assert process.returncode == 0, process.stderr
    return folder / "site"


@pytest.fixture(scope="module")
def results(site, tmp_path_factory) -> tuple[Path, dict[str, Result]]:
    """The working folder of the commands, and how each ended there."""
    folder = tmp_path_factory.mktemp("own_task")
    policy = make_act(folder / "act", cameras=CAMERAS, image_size=(48, 64))
    commands = {
        "list": "leisaac list",
        "record": "leisaac record --task PushCube --out data --episodes 3 --num-envs 3 --image-size 48 64 --seed 1",
        "check": "leisaac check data",
        "replay": "leisaac replay data",
        "audit": f"leisaac audit {policy} --task PushCube",
        "eval": f"leisaac eval --task PushCube --checkpoint {policy} --episodes 2 --num-envs 2 --time-limit 1"
        " --out eval",
        # in a process of its own, in which LeRobot finds the plugin
        "lerobot-eval": f"{sys.executable} -m lerobot.scripts.lerobot_eval --policy.path={policy} --env.type=leisaac"
        " --env.task=PushCube --env.device=cpu --env.episode_length=8 --eval.batch_size=2 --eval.n_episodes=2"
        " --output_dir=lerobot_eval",
        "zero_agent": "isaaclab zero_agent --task Example-SO101-PushCube-v0 --num_envs 2 --max_steps 3 --viz none"
        " physics=newton_mjwarp",
        "varied": "leisaac record --task PushCube --out varied --episodes 1 --image-size 48 64 --seed 1"
        " --variation robust",
    }
    return folder / "run", run(folder / "run", commands, environment={"PYTHONPATH": str(site)})


@pytest.mark.parametrize(
    ("command", "expected"),
    (
        ("list", "Example-SO101-PushCube-LeRobot-v0"),
        ("record", "3 episodes"),
        ("check", "0 errors, 0 warnings"),
        ("replay", "3 of 3"),
        ("audit", "fits"),
        ("eval", "0 of 2"),
        ("lerobot-eval", "'n_episodes': 2"),
        ("zero_agent", "'policy': Box"),
        ("varied", "1 episode"),
    ),
)
def test_every_command_knows_it(results, command, expected):
    result = results[1][command]
    assert result.status == 0, result.out[-2000:] + result.err[-4000:]
    assert expected in result.out + result.err


def test_its_rate_is_that_of_everything(results):
    """20 Hz: the dataset, its time stamps, the demonstrator's plan, a policy's episodes and LeRobot's films."""
    folder = results[0]
    dataset = open_dataset(folder / "data")
    assert dataset.meta.fps == 20
    stamps = [dataset[index]["timestamp"].item() for index in range(3)]
    assert stamps == pytest.approx([0.0, 0.05, 0.10])
    # the plan takes 4.3 s to the mark, and the cube is on it for a moment before: 60 to 100 steps, 130 at 30 Hz
    assert all(60 <= length <= 100 for length in dataset.meta.episodes["length"])
    episodes = map(json.loads, (folder / "eval" / "episodes.jsonl").read_text().splitlines())
    assert [episode["length"] for episode in episodes] == [20, 20]  # 1 s
    assert json.loads((folder / "data" / "meta" / "leisaac.json").read_text())["fps"] == 20
    film = next((folder / "lerobot_eval" / "videos").rglob("*.mp4"))
    with av.open(film) as container:
        assert container.streams.video[0].average_rate == 20
