"""What can be said of Isaac Sim without it: files and prims that it takes, and nothing of Newton where it is chosen."""

import dataclasses
import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from isaaclab_physx.physics import PhysxCfg
from isaaclab_physx.renderers import IsaacRtxRendererCfg
from isaaclab_tasks.utils.hydra import resolve_task_config
from pxr import Sdf, Usd, UsdGeom, UsdLux, UsdPhysics, UsdShade, UsdValidation

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.assets import files

FILES = sorted(files.PACKAGED_ROOT.rglob("*.usda"))
SHADERS = {"UsdPreviewSurface", "UsdUVTexture", "UsdPrimvarReader_float2"}
"""What Isaac Sim and Newton's renderer both draw."""

NEWTON = ("isaaclab_newton", "newton", "warp", "lerobot_env_leisaac.tasks.common.surfaces")
"""Modules of what needs Newton."""


def complaints(stage: Usd.Stage) -> list[str]:
    """Return what OpenUSD's own validators say of a stage."""
    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    assert len(validators) > 20
    return [error.GetMessage() for error in UsdValidation.ValidationContext(validators).Validate(stage)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_openusd_has_no_complaint_and_materials_are_preview_surfaces(path):
    stage = Usd.Stage.Open(str(path))
    assert complaints(stage) == []
    prims = list(stage.Traverse())
    assert {UsdShade.Shader(prim).GetIdAttr().Get() for prim in prims if prim.IsA(UsdShade.Shader)} <= SHADERS
    materials = [prim for prim in prims if prim.IsA(UsdShade.Material)]
    seen = [UsdShade.Material(prim) for prim in materials if not prim.HasAPI(UsdPhysics.MaterialAPI)]
    assert seen
    for material in seen:
        shader, *_ = material.ComputeSurfaceSource()
        assert shader.GetIdAttr().Get() == "UsdPreviewSurface", material.GetPath()
        assert [output.GetBaseName() for output in material.GetOutputs()] == ["surface"], "for one renderer alone"


def test_a_shader_that_is_not_known_would_be_complained_of():
    stage = Usd.Stage.CreateInMemory()
    shader = UsdShade.Shader.Define(stage, "/material/shader")
    shader.CreateIdAttr("UsdPreviewSurface")
    shader.CreateInput("diffuseColor", Sdf.ValueTypeNames.String)
    assert any("diffuseColor" in complaint for complaint in complaints(stage))


def test_lights_and_cameras_are_prims_that_rtx_takes(env):
    stage = env.unwrapped.sim.stage
    lights = [prim for prim in stage.Traverse() if prim.HasAPI(UsdLux.LightAPI)]
    assert sorted(prim.GetTypeName() for prim in lights) == ["DistantLight", "DomeLight"]
    assert all(UsdLux.LightAPI(prim).GetIntensityAttr().Get() > 0 for prim in lights)
    cameras = {prim.GetName(): UsdGeom.Camera(prim) for prim in stage.Traverse() if prim.IsA(UsdGeom.Camera)}
    assert sorted(cameras) == ["front_camera", "top_camera", "wrist_camera"]
    for name, camera in cameras.items():
        near, far = camera.GetClippingRangeAttr().Get()
        assert 0 < near < 0.05 and far > 2, "what is near the jaws, and the room, are seen"
        assert camera.GetFocalLengthAttr().Get() > 0
        assert camera.GetProjectionAttr().Get() == "perspective"
        # square pixels: RTX takes the height of an image from its width
        height, width = env.unwrapped.scene[name.removesuffix("_camera")].image_shape
        aperture = camera.GetVerticalApertureAttr().Get() / camera.GetHorizontalApertureAttr().Get()
        assert aperture == pytest.approx(height / width, rel=1e-3)


def parts(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield all that a configuration is made of, with where it is."""
    yield path, value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        children = vars(value).items()
    elif isinstance(value, dict):
        children = value.items()
    elif isinstance(value, list | tuple):
        children = enumerate(value)
    else:
        return
    for name, child in children:
        yield from parts(child, f"{path}.{name}")


@pytest.mark.parametrize(
    "task", [task for task in catalog.OURS if "isaacsim_physx" in task.physics], ids=lambda task: task.name
)
@pytest.mark.parametrize("face", ["isaaclab_id", "lerobot_id"])
def test_nothing_of_newton_is_active_in_isaac_sim(task, face):
    sees = face == "lerobot_id"
    overrides = ["physics=isaacsim_physx", *["renderer=isaacsim_rtx"] * sees]
    cfg = resolve_task_config(getattr(task, face), None, overrides=overrides)[0]
    seen = list(parts(cfg, "cfg"))
    assert [type(value) for _, value in seen if isinstance(value, PhysxCfg)] == [PhysxCfg]
    assert sum(isinstance(value, IsaacRtxRendererCfg) for _, value in seen) == sees * len(task.cameras)
    for path, value in seen:
        named = value if inspect.isfunction(value) or isinstance(value, type) else type(value)
        module = getattr(named, "__module__", "") or ""
        assert not f"{module}.".startswith(tuple(f"{name}." for name in NEWTON)), f"{path} is {value}"
