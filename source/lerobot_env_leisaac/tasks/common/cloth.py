"""From a cloth as data to its Isaac Lab configuration, and the physics that it needs.

Newton simulates it: its vertex block descent the cloth, MuJoCo Warp the arms, coupled through the jaws, which the cloth
touches. Nothing else of an arm does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING
from typing import Any

import isaaclab.sim as sim_utils
from isaaclab.assets import DeformableObjectCfg
from isaaclab.utils import configclass
from isaaclab_contrib.coupling import CouplerEntryCfg, CouplerProxyCfg, CouplerProxyMappingCfg
from isaaclab_newton.physics import NewtonCfg, NewtonCollisionPipelineCfg, NewtonSoftContactCfg, VBDSolverCfg
from isaaclab_newton.sim.schemas import NewtonDeformableBodyPropertiesCfg
from isaaclab_newton.sim.spawners.materials import NewtonSurfaceDeformableBodyMaterialCfg
from isaaclab_tasks.utils import PresetCfg
from pxr import Usd

from lerobot_env_leisaac.scenes.cloth import Cloth
from lerobot_env_leisaac.tasks.spec import TaskSpec

from .cameras import robot_path
from .presets import mujoco_warp

_RADIUS = 0.002
"""How far from a surface the cloth's middle lies [m]."""

_TOUCHED_BY_CLOTH = "cloth_"
"""What names of colliders begin with that cloth alone touches: a collider belongs to one solver."""


@sim_utils.clone
def spawn_cloth(prim_path: str, cfg: ClothSpawnerCfg, *pose: Any, **kwargs: Any) -> Usd.Prim:
    """Put the triangles of a cloth on the stage; arguments as for Isaac Lab's ``spawn_mesh_rectangle``."""
    # half a second, for tasks that have cloth
    import trimesh
    from isaaclab.sim.spawners.meshes.meshes import _spawn_mesh_geom_from_mesh

    mesh = trimesh.Trimesh(cfg.vertices, cfg.triangles, process=False)
    return _spawn_mesh_geom_from_mesh(prim_path, cfg, mesh, *pose)


@configclass
class ClothSpawnerCfg(sim_utils.MeshCfg):
    """A cloth as Isaac Lab puts meshes on the stage."""

    func: Callable = spawn_cloth
    vertices: list[tuple[float, float, float]] = MISSING  # type: ignore[assignment] # Isaac Lab's way to ask for it
    triangles: list[tuple[int, int, int]] = MISSING  # type: ignore[assignment] # Isaac Lab's way to ask for it


def cloth_cfg(name: str, cloth: Cloth) -> DeformableObjectCfg:
    """Return a cloth of a scene."""
    return DeformableObjectCfg(
        prim_path=f"{{ENV_REGEX_NS}}/{name.title()}",
        init_state=DeformableObjectCfg.InitialStateCfg(pos=(*cloth.position, _RADIUS)),
        spawn=ClothSpawnerCfg(
            vertices=list(cloth.vertices),
            triangles=cloth.triangles,
            deformable_props=NewtonDeformableBodyPropertiesCfg(),
            visual_material=sim_utils.PreviewSurfaceCfg(diffuse_color=cloth.color),
            physics_material=NewtonSurfaceDeformableBodyMaterialCfg(
                density=cloth.density,
                particle_radius=_RADIUS,
                tri_ke=5e2,
                tri_ka=5e2,
                tri_kd=1e-2,
                edge_ke=5e-3,
                edge_kd=1e-2,
            ),
        ),
    )


@configclass
class ClothPhysicsCfg(PresetCfg):
    """Newton alone: LeIsaac's cloth of PhysX particles is in no release."""

    newton_mjwarp: NewtonCfg = None  # the task's
    default: NewtonCfg = None  # the same


def cloth_physics_cfg(task: TaskSpec) -> ClothPhysicsCfg:
    """Return the physics of a task with cloth."""
    env = "/World/envs/env_[^/]+"
    arms = {name: robot_path(name).format(ENV_REGEX_NS=env) for name in task.robot.entities}
    rigid = CouplerEntryCfg(
        name="rigid",
        # its own contacts: those that Newton's pipeline finds are the cloth's
        solver_cfg=mujoco_warp(task, use_mujoco_contacts=True),
        bodies=[*arms.values()],
        shape_label_patterns=[rf".*/collisions/(?!{_TOUCHED_BY_CLOTH})[^/]*"],
    )
    soft = CouplerEntryCfg(
        name="soft",
        solver_cfg=VBDSolverCfg(
            iterations=10,
            particle_enable_self_contact=True,
            particle_self_contact_radius=0.003,
            particle_self_contact_margin=0.006,
            rigid_body_particle_contact_buffer_size=1024,
        ),
        all_particles=True,
        shape_label_patterns=[rf".*/collisions/{_TOUCHED_BY_CLOTH}[^/]*"],
    )
    jaws = CouplerProxyMappingCfg(
        source=rigid.name,
        destination=soft.name,
        bodies=[f"{path}/.*({task.robot.tool_body}|jaw)" for path in arms.values()],
        collide_interval=1,
        collision_pipeline=NewtonCollisionPipelineCfg(),
    )
    newton = NewtonCfg(
        solver_cfg=CouplerProxyCfg(entries=[rigid, soft], proxies=[jaws], iterations=1),
        soft_contact_cfg=NewtonSoftContactCfg(soft_contact_ke=5e3, soft_contact_kd=1.0, soft_contact_mu=1.0),
    )
    return ClothPhysicsCfg(newton_mjwarp=newton, default=newton)
