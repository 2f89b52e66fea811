"""Backends that every task offers as ``physics=NAME`` and ``renderer=NAME``."""

from isaaclab.physics import PhysxAutoCfg
from isaaclab.utils import configclass
from isaaclab_newton.physics import MJWarpSolverCfg, NewtonCfg
from isaaclab_newton.renderers import NewtonWarpRendererCfg
from isaaclab_ov.physics import OvPhysxCfg
from isaaclab_physx.physics import PhysxCfg
from isaaclab_tasks.utils import PresetCfg
from isaaclab_tasks.utils.presets import MultiBackendRendererCfg

from lerobot_env_leisaac.scenes.spec import SceneSpec
from lerobot_env_leisaac.tasks.spec import TaskSpec

from .cloth_renderer import ClothRendererCfg


@configclass
class JacobianMJWarpSolverCfg(MJWarpSolverCfg):
    """MuJoCo Warp, with the one argument of Newton's solver that Isaac Lab's configuration does not name."""

    jacobian: str = "dense"
    """How the Jacobian of the constraints is stored, ``dense`` or ``sparse``: see :class:`~..spec.TaskSpec`."""


def mujoco_warp(task: TaskSpec | None = None, *, use_mujoco_contacts: bool = False) -> JacobianMJWarpSolverCfg:
    """Return MuJoCo Warp with what it needs to know of a task's contacts.

    Args:
        task: The task.
        use_mujoco_contacts: Whether MuJoCo Warp finds the contacts. Newton's between boxes are a patch; with MuJoCo
            Warp's a light cube jams between the jaws.
    """
    solver = JacobianMJWarpSolverCfg(
        solver="newton",
        integrator="implicitfast",
        cone="elliptic",
        impratio=10.0,
        iterations=50,  # what no contact met here needs; the solver stops earlier, and complains aloud if it cannot
        ls_iterations=50,
        use_mujoco_contacts=use_mujoco_contacts,
    )
    if task is not None:
        solver.njmax, solver.nconmax = task.max_constraints, task.max_contacts
        solver.jacobian = task.jacobian
    return solver


@configclass
class PhysicsBackendCfg(PresetCfg):
    """Newton by default; PhysX where Isaac Sim or OVPhysX is installed.

    On a CPU Newton repeats itself bit for bit. On a GPU it does so as ``newton_mjwarp_deterministic`` alone, which is
    some forty times slower.
    """

    newton_mjwarp: NewtonCfg = NewtonCfg(solver_cfg=mujoco_warp(), deterministic=False)
    newton_mjwarp_deterministic: NewtonCfg = NewtonCfg(solver_cfg=mujoco_warp(), deterministic=True)
    # bounce and friction correlation as in LeIsaac 0.4
    isaacsim_physx: PhysxCfg = PhysxCfg(bounce_threshold_velocity=0.01, friction_correlation_distance=0.00625)
    ovphysx: OvPhysxCfg = OvPhysxCfg()
    physx: PhysxAutoCfg = PhysxAutoCfg(isaacsim_physx=isaacsim_physx, ovphysx=ovphysx)
    default: NewtonCfg = newton_mjwarp


def physics_cfg(task: TaskSpec) -> PhysicsBackendCfg:
    """Return the backends with what Newton needs to know of a task's contacts."""
    backends = PhysicsBackendCfg()
    for newton in (backends.newton_mjwarp, backends.newton_mjwarp_deterministic, backends.default):
        newton.solver_cfg = mujoco_warp(task)
    return backends


@configclass
class RendererBackendCfg(MultiBackendRendererCfg):
    """Isaac Lab's choice of renderers; the Newton Warp one casts shadows, which tell a camera how high a cube is."""

    newton_renderer: NewtonWarpRendererCfg = NewtonWarpRendererCfg(enable_shadows=True)
    default: NewtonWarpRendererCfg = NewtonWarpRendererCfg(enable_shadows=True)


def renderer_cfg(scene: SceneSpec) -> RendererBackendCfg:
    """Return the renderers with what the Newton Warp one needs to know of a scene's cloth."""
    backends = RendererBackendCfg()
    for cloth in scene.cloths.values():
        colored = ClothRendererCfg(enable_shadows=True, cloth_color=cloth.color)
        backends.newton_renderer, backends.default = colored, colored
    return backends
