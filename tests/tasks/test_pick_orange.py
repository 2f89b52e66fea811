"""The pick-orange task on real physics: its scene, its rule, its contacts, its demonstrator, and its datasets."""

import json
import re
import subprocess
import sys
from pathlib import Path

import commands
import pytest
import torch
from lerobot.datasets import LeRobotDataset
from pxr import Usd, UsdGeom, UsdLux, UsdPhysics
from tools.build_assets.kitchen_with_orange import ROOT

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.assets import files
from lerobot_env_leisaac.scenes.kitchen_with_orange import KITCHEN_WITH_ORANGE
from lerobot_env_leisaac.tasks.lift_cube.spec import SPEC as LIFT_CUBE
from lerobot_env_leisaac.tasks.pick_orange.spec import ORANGES, SPEC

SCRIPT = Path(__file__).with_name("oranges_on_a_counter.py")
COMPLAINT = re.compile(r"increase", re.IGNORECASE)  # a limit of contacts, of rows, or of iterations


@pytest.fixture(scope="module")
def stage() -> Usd.Stage:
    return Usd.Stage.Open(str(files.resolve(KITCHEN_WITH_ORANGE.file, "packaged").path))


@pytest.fixture(scope="module")
def played(tmp_path_factory) -> dict:
    """What `oranges_on_a_counter.py` saw, and under `said` what the solver said meanwhile."""
    report = tmp_path_factory.mktemp("oranges") / "report.json"
    process = subprocess.run([sys.executable, SCRIPT, "all", report], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    return {**json.loads(report.read_text()), "said": process.stdout}


def test_the_scene_has_leisaacs_objects_each_with_a_mass(stage):
    for name, mass in (*((orange, 0.052) for orange in ORANGES), ("Plate", 0.30)):
        body = stage.GetPrimAtPath(f"/{ROOT}/{name}")
        assert body.HasAPI(UsdPhysics.RigidBodyAPI)
        assert UsdPhysics.MassAPI(body).GetMassAttr().Get() == pytest.approx(mass)
    assert not [prim for prim in stage.Traverse() if prim.HasAPI(UsdLux.LightAPI)], "copies would multiply lights"


def test_oranges_and_plate_never_overlap_wherever_an_episode_puts_them(stage):
    places = {}
    for name in (*ORANGES, "Plate"):
        pose = UsdGeom.XformCache().GetLocalToWorldTransform(stage.GetPrimAtPath(f"/{ROOT}/{name}"))
        places[name] = torch.tensor(list(pose.ExtractTranslation()))[:2]
    for first in range(len(places)):
        for second in range(first):
            names = list(places)[first], list(places)[second]
            nearest = ((places[names[0]] - places[names[1]]).abs() - 0.06).clamp(min=0).norm()
            radii = sum(0.024 if name in ORANGES else 0.10 for name in names)
            assert nearest > radii + 0.02, f"{names} come within {nearest:.3f} m"


def test_everything_lies_still_and_an_orange_that_rolls_stops(played):
    assert played["at_rest"]["moved"] < 1e-3 and played["at_rest"]["speed"] < 1e-3
    assert all(0.01 < distance < 0.025 for distance in played["rolled"]["distance"])
    assert played["rolled"]["speed"] < 1e-3


def test_oranges_and_plate_start_elsewhere_in_every_episode(played):
    offsets = torch.tensor(played["at_rest"]["offsets"])  # object, environment, axis
    assert offsets.abs().max() <= 0.03 and (offsets.std(dim=1) > 1e-3).all()


def test_it_is_done_when_every_orange_is_on_the_plate_and_the_arm_rests_for_a_fifth_of_a_second(played):
    *before, last = played["rule"]
    assert len(before) == 5 and not any(any(step["success"]) or step["final"] for step in before)
    assert last["success"] == [True, False, False, False] and last["final"]


def test_info_tells_each_subtask_at_the_end_of_an_episode_too(played):
    for step in played["rule"]:
        assert tuple(step["subtasks"]) == SPEC.subtasks
        assert step["subtasks"] == {
            "orange001_on_plate": [True, False, True, True],
            "orange002_on_plate": [True, True, False, True],
            "orange003_on_plate": [True, True, True, True],
            "arm_at_rest": [True, True, True, False],
        }


def test_lift_cube_tells_its_subtask(env):
    env.reset(seed=0)
    *_, info = env.step(torch.zeros(4, 6))
    assert tuple(info["subtasks"]) == LIFT_CUBE.subtasks
    assert not torch.stack(list(info["subtasks"].values())).any()


def test_the_demonstrator_puts_all_oranges_on_the_plate(played):
    demonstrated = played["demonstrated"]
    assert demonstrated["won"] == [True] * 4
    assert all(all(subtasks.values()) for subtasks in demonstrated["subtasks"].values())
    assert demonstrated["held_at"] < 0.60, "LeIsaac's mark of a picked orange"


def test_an_arm_that_shakes_does_not_drop_them(played):
    assert played["shaken"]["placed"] == [True] * 4


def test_no_contact_is_dropped_and_the_solver_converges(played):
    assert not COMPLAINT.search(played["said"]), played["said"][:300]
    assert max(played["demonstrated"]["share"]) < 0.6, "too little room for what a clumsier policy does"


@pytest.mark.parametrize(
    ("limit", "complaint"),
    (
        ("nconmax", r"needs \d\d contacts an environment where it has room for 2 \(max_contacts of the task"),
        ("njmax", r"needs more than the \d+ rows of constraints it has room for \(max_constraints of the task"),
        ("iterations", r"needs more iterations than it may take \(sim.physics.solver_cfg.iterations\)"),
    ),
)
def test_a_solver_without_room_is_heard_once(limit, complaint):
    process = subprocess.run([sys.executable, SCRIPT, "crowded", limit], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    assert len(re.findall(f"the physics is not to be trusted, the solver {complaint}", process.stderr)) == 1


def test_its_demonstrations_are_recorded_checked_and_replayed(tmp_path):
    out = tmp_path / "work" / "oranges"
    small = "--episodes 2 --num-envs 2 --image-size 48 64 --device cpu --no-video"
    results = commands.run(
        tmp_path / "work",
        {
            "record": f"leisaac record --task PickOrange --out {out} {small}",
            "check": f"leisaac check {out}",
            "replay": f"leisaac replay {out} --device cpu",
        },
    )
    for name, result in results.items():
        assert result.status == 0, f"{name}: {result.out[-1500:]} {result.err[-1500:]}"
    meta = LeRobotDataset("oranges", root=out).meta
    assert (meta.total_episodes, meta.fps) == (2, 30)
    assert sorted(meta.camera_keys) == ["observation.images.front", "observation.images.wrist"]
    assert meta.tasks.index.tolist() == [SPEC.instruction]


def test_the_catalog_has_it_by_name_and_ids():
    for name in ("PickOrange", "LeIsaac-SO101-PickOrange-v0", "LeIsaac-SO101-PickOrange-SmolVLA-v0"):
        assert catalog.task(name) is SPEC
