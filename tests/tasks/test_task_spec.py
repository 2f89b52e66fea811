"""A task as data: what of it cannot be, and that its configurations follow it."""

import dataclasses

import pytest

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.envs.make import load_cfg


@pytest.mark.parametrize(
    ("changed", "message"),
    (
        ({"control_hz": 50}, "physics_hz=120 is not a multiple of control_hz=50"),
        ({"control_hz": 0}, "physics_hz=120 is not a multiple of control_hz=0"),
        ({"objects": ("cube", "ball")}, "the scene table_with_cube has no ball, expected some of cube"),
    ),
)
def test_a_task_that_cannot_be_is_refused_when_it_is_written(changed, message):
    with pytest.raises(ValueError, match=f"^task LiftCube: {message}$"):
        dataclasses.replace(catalog.task("LiftCube"), **changed)


@pytest.mark.parametrize("task", catalog.OURS, ids=lambda task: task.name)
def test_a_configuration_is_its_task_and_copies_of_it_are_too(task):
    cfg = load_cfg(task.lerobot_cfg)
    first, *others = task.cameras
    setattr(cfg.scene, first, None)
    setattr(cfg.observations.lerobot, first, None)
    for copy in (cfg, cfg.replace(instruction="wave"), cfg.replace(scene=cfg.scene.replace(num_envs=5))):
        assert copy.spec() is task
        assert copy.cameras() == tuple(others)
        assert getattr(copy.scene, first) is None and all(getattr(copy.scene, name) is not None for name in others)
        assert all(getattr(copy.scene, name).prim_path.endswith(name) for name in task.scene.objects)
        assert copy.decimation * copy.sim.dt == pytest.approx(1 / task.control_hz)
    assert cfg.replace(instruction="wave").instruction == "wave"
