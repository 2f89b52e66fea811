"""Backends that every task offers as ``physics=NAME`` and ``renderer=NAME``."""

from isaaclab.physics import PhysxAutoCfg
from isaaclab.utils import configclass
from isaaclab_newton.physics import MJWarpSolverCfg, NewtonCfg
from isaaclab_newton.renderers import NewtonWarpRendererCfg
from isaaclab_ov.physics import OvPhysxCfg
from isaaclab_physx.physics import PhysxCfg
from isaaclab_tasks.utils import PresetCfg
from isaaclab_tasks.utils.presets import MultiBackendRendererCfg

from lerobot_env_leisaac.tasks.spec import TaskSpec


@configclass
class JacobianMJWarpSolverCfg(MJWarpSolverCfg):
    """MuJoCo Warp, with the one argument of Newton's solver that Isaac Lab's configuration does not name."""

    jacobian: str = "dense"
    """How the Jacobian of the constraints is stored, ``dense`` or ``sparse``: see :class:`~..spec.TaskSpec`."""


def _newton_mjwarp(deterministic: bool) -> NewtonCfg:
    return NewtonCfg(
        solver_cfg=JacobianMJWarpSolverCfg(
            solver="newton",
            integrator="implicitfast",
            cone="elliptic",
            impratio=10.0,
            iterations=50,  # what no contact met here needs; the solver stops earlier, and complains aloud if it cannot
            ls_iterations=50,
            # Newton's contacts between boxes are a patch; with MuJoCo Warp's a light cube jams between the jaws
            use_mujoco_contacts=False,
        ),
        deterministic=deterministic,
    )


@configclass
class PhysicsBackendCfg(PresetCfg):
    """Newton by default; PhysX where Isaac Sim or OVPhysX is installed.

    On a CPU Newton repeats itself bit for bit. On a GPU it does so as ``newton_mjwarp_deterministic`` alone, which is
    some forty times slower.
    """

    newton_mjwarp: NewtonCfg = _newton_mjwarp(deterministic=False)
    newton_mjwarp_deterministic: NewtonCfg = _newton_mjwarp(deterministic=True)
    # bounce and friction correlation as in LeIsaac 0.4
    isaacsim_physx: PhysxCfg = PhysxCfg(bounce_threshold_velocity=0.01, friction_correlation_distance=0.00625)
    ovphysx: OvPhysxCfg = OvPhysxCfg()
    physx: PhysxAutoCfg = PhysxAutoCfg(isaacsim_physx=isaacsim_physx, ovphysx=ovphysx)
    default: NewtonCfg = newton_mjwarp


def physics_cfg(task: TaskSpec) -> PhysicsBackendCfg:
    """Return the backends with what Newton needs to know of a task's contacts."""
    backends = PhysicsBackendCfg()
    for newton in (backends.newton_mjwarp, backends.newton_mjwarp_deterministic, backends.default):
        newton.solver_cfg.njmax, newton.solver_cfg.nconmax = task.max_constraints, task.max_contacts
        newton.solver_cfg.jacobian = task.jacobian
    return backends


@configclass
class RendererBackendCfg(MultiBackendRendererCfg):
    """Isaac Lab's choice of renderers; the Newton Warp one casts shadows, which tell a camera how high a cube is."""

    newton_renderer: NewtonWarpRendererCfg = NewtonWarpRendererCfg(enable_shadows=True)
    default: NewtonWarpRendererCfg = NewtonWarpRendererCfg(enable_shadows=True)
