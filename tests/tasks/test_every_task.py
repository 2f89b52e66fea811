"""What every task of the catalog has: a scene that lies still, a demonstrator, and all that the commands do with it.

The default task is left out: the rest of the tests play it. So are tasks with cloth, which take ten times as long.
"""

import json
import re
import sys
from pathlib import Path

import commands
import numpy as np
import pytest
import torch
from checkpoints import make_act
from lerobot.datasets import LeRobotDataset
from pxr import Usd, UsdLux, UsdPhysics

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.assets import files
from lerobot_env_leisaac.datasets import manifest as manifests
from lerobot_env_leisaac.datasets import row_statistics

TASKS = [task for task in catalog.OURS if task.name != catalog.DEFAULT and not task.scene.cloths]
FARTHEST = {"CleanupTrash": 0.05}
"""How far from its place an object may be where an episode begins [m], where that is more than 0.03."""

COMPLAINT = re.compile(r"increase", re.IGNORECASE)  # a limit of contacts, of rows, or of iterations

VARIED = """
description: what variations change of objects
object_hue_deg: [-20, 20]
object_brightness: 0.8
object_scale: 0.9
object_mass: [0.8, 1.2]
friction: [0.9, 1.1]
"""


@pytest.fixture(scope="module", params=TASKS, ids=lambda task: task.name)
def task(request):
    return request.param


@pytest.fixture
def report(task, played) -> dict:
    return played(task)


@pytest.fixture(scope="module")
def results(task, tmp_path_factory) -> tuple[Path, dict[str, commands.Result]]:
    """The working folder of the commands, and how each ended there."""
    folder = tmp_path_factory.mktemp(task.name)
    robot = {"arms": len(task.robot.entities), "drives": task.robot.drive is not None}
    policy = make_act(folder / "act", cameras=tuple(task.cameras), image_size=(48, 64), **robot)
    (folder / "varied.yaml").write_text(VARIED)
    small = "--image-size 48 64 --device cpu"
    return folder / "work", commands.run(
        folder / "work",
        {
            "list": "leisaac list",
            "record": f"leisaac record --task {task.name} --out data --episodes 2 --num-envs 2 --no-video {small}",
            "check": "leisaac check data --html check.html",
            "replay": "leisaac replay data --episode 0 --device cpu",
            "audit": f"leisaac audit {policy} --task {task.name}",
            "eval": f"leisaac eval --task {task.name} --checkpoint {policy} --episodes 2 --num-envs 2 --time-limit 1"
            f" --device cpu --variation {folder}/varied.yaml --out eval",
            "zero_agent": f"isaaclab zero_agent --task {task.isaaclab_id} --num_envs 2 --max_steps 3 --viz none"
            " physics=newton_mjwarp",
            "play": f"isaaclab play --task {task.lerobot_id} --num_envs 2 --checkpoint {policy} --device cpu --viz none"
            " --video --video_length 6 physics=newton_mjwarp env.episode_length_s=0.1",
            # in a process of its own, in which LeRobot finds the plugin
            "lerobot-eval": f"{sys.executable} -m lerobot.scripts.lerobot_eval --policy.path={policy}"
            f" --env.type=leisaac --env.task={task.name} --env.device=cpu --env.episode_length=8 --eval.batch_size=2"
            " --eval.n_episodes=2 --output_dir=lerobot_eval",
        },
    )


def test_each_of_its_objects_has_a_mass_and_its_scene_no_lights(task):
    stage = Usd.Stage.Open(str(files.resolve(task.scene.file, "packaged").path))
    for body in task.scene.objects.values():
        prim = stage.GetDefaultPrim().GetPrimAtPath(body.path)
        assert prim.HasAPI(UsdPhysics.RigidBodyAPI) and UsdPhysics.MassAPI(prim).GetMassAttr().Get() > 0
    assert not [prim for prim in stage.Traverse() if prim.HasAPI(UsdLux.LightAPI)], "copies would multiply lights"


def test_everything_lies_still_and_starts_elsewhere_in_every_episode(task, report):
    assert report["at_rest"]["moved"] < 1e-3 and report["at_rest"]["speed"] < 1e-3
    offsets = torch.tensor(report["at_rest"]["offsets"])  # object, environment, axis
    assert offsets.abs().max() <= FARTHEST.get(task.name, 0.03) + 1e-6 and (offsets.std(dim=1) > 1e-3).all()


def test_the_demonstrator_reaches_every_subtask(task, report):
    demonstrated = report["demonstrated"]
    assert demonstrated["won"] == [True] * 4
    for subtasks in demonstrated["subtasks"].values():
        assert tuple(subtasks) == task.subtasks and all(subtasks.values())


def test_no_contact_is_dropped_and_the_solver_converges(report):
    assert not COMPLAINT.search(report["said"]), report["said"][:300]
    assert max(report["demonstrated"]["share"]) < 0.6, "too little room for what a clumsier policy does"


def test_every_command_takes_it(results):
    for name, result in results[1].items():
        assert result.status == 0, f"{name}: {result.out[-1500:]} {result.err[-1500:]}"


def test_it_is_listed_with_its_ids_and_instruction(task, results):
    listed = " ".join(results[1]["list"].out.split())
    for words in (task.lerobot_id, task.isaaclab_id, task.instruction):
        assert words in listed


def test_its_demonstrations_are_a_dataset_that_replays_to_the_digit(task, results):
    folder, ended = results
    meta = LeRobotDataset("data", root=folder / "data").meta
    assert (meta.total_episodes, meta.fps) == (2, task.control_hz)
    assert sorted(meta.camera_keys) == sorted(f"observation.images.{camera}" for camera in task.cameras)
    assert meta.tasks.index.tolist() == [task.instruction]
    assert manifests.read(folder / "data").subtasks == task.subtasks
    (rows,) = row_statistics.read_numbers(folder / "data")
    for episode in range(2):
        worked_on = rows["subtask_index"][rows["episode_index"] == episode].astype(int)
        changes = worked_on[np.flatnonzero(np.diff(worked_on, prepend=-1))].tolist()
        # each in its turn; arms that come to rest in one frame, and objects of two arms, may share one
        assert len(set(changes)) == len(changes) >= len(task.objects)
        first, last = (task.subtasks[changes[end]] for end in (0, -1))
        assert not first.endswith("at_rest") and (last.endswith("at_rest") or last == task.subtasks[-1])
    # recorded beside another episode, replayed alone
    assert "1 of 1 episodes went the same way" in ended["replay"].out
    assert "largest error 0.0000 deg" in ended["replay"].out


def test_its_subtasks_are_counted_in_a_world_of_varied_objects(task, results):
    summary = json.loads((results[0] / "eval" / "summary.json").read_text())
    assert summary["episodes"] == 2
    assert tuple(summary["subtasks"]) == task.subtasks


def test_isaac_lab_plays_a_policy_in_it(results):
    assert "success 0/2 (2 time_out)" in results[1]["play"].out


def test_isaac_labs_agent_sees_its_vectors(task, results):
    out = results[1]["zero_agent"].out
    assert "'policy': Box" in out.partition("Gym observation space")[2]
    assert f"(2, {len(task.robot.channels)})" in out.partition("Gym action space")[2]


def test_the_catalog_has_it_by_name_and_ids(task):
    for name in (task.name, task.isaaclab_id, task.lerobot_id):
        assert catalog.task(name) is task
