"""Where the torque of a drive is clipped: at the actuator, for joints whose configuration says so.

Isaac Lab has MuJoCo Warp clip the sum of what acts on a joint (``jnt_actfrcrange``), and splits a drive with stiffness
and damping into two actuators. The implicit integrator then counts the drive's damping also while the torque is
clipped, ``damping * dt`` of inertia that is not there. Clipped at the actuator, as in MJCF files, it does not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import warp as wp
from isaaclab.scene import InteractiveScene
from isaaclab_newton.physics import NewtonCfg, NewtonManager
from newton import JointTargetMode

from .mujoco_solver import mujoco_solver


def clip_at_actuators(scene: InteractiveScene, physics: Any) -> None:
    """Give each drive that has an ``actuator_effort_limit`` one actuator, which clips; other engines clip so by nature.

    Call it once, before the first step. Stiffness and damping may be written at any time, limits no more.

    Args:
        scene: The scene.
        physics: The environment's physics, which need not be Newton's.
    """
    if not isinstance(physics, NewtonCfg):
        return
    found = [_set_modes(articulation) for articulation in scene.articulations.values()]
    if not any(found):
        return
    solver = mujoco_solver()
    model, mujoco = NewtonManager.get_model(), solver.mjw_model
    modes, efforts = model.joint_target_mode.numpy(), model.joint_effort_limit.numpy().reshape(scene.num_envs, -1)
    damping = model.joint_target_kd.numpy().reshape(scene.num_envs, -1)
    sources = solver.mjc_actuator_to_newton_idx.numpy()
    bias, gain = mujoco.actuator_biasprm.numpy(), mujoco.actuator_gainprm.numpy()
    limited, ranges = mujoco.actuator_forcelimited.numpy(), mujoco.actuator_forcerange.numpy()
    for actuator, source in enumerate(sources):
        dof = source if source >= 0 else -(source + 2)  # Newton's code for the actuator of a velocity
        if source == -1 or modes[dof] != JointTargetMode.POSITION:
            continue
        if source >= 0:
            bias[:, actuator, 2] = -damping[:, dof]
            limited[actuator] = True
            ranges[:, actuator] = np.stack([-efforts[:, dof], efforts[:, dof]], axis=-1)
        else:
            bias[:, actuator] = gain[:, actuator] = 0.0
            sources[actuator] = -1  # nothing writes to it any more
    for array, values in (
        (solver.mjc_actuator_to_newton_idx, sources),
        (mujoco.actuator_biasprm, bias),
        (mujoco.actuator_gainprm, gain),
        (mujoco.actuator_forcelimited, limited),
        (mujoco.actuator_forcerange, ranges),
    ):
        array.assign(values)


def _set_modes(articulation: Any) -> bool:
    """Note in Newton's model which drives are one actuator, so that it updates them as such; return if any is."""
    joints = [
        name
        for actuator in articulation.actuators.values()
        if actuator.cfg.actuator_effort_limit is not None
        for name in actuator.joint_names
    ]
    view = articulation.root_view
    modes = wp.to_torch(view.get_attribute("joint_target_mode", NewtonManager.get_model()))
    modes[..., [view.joint_dof_names.index(name) for name in joints]] = int(JointTargetMode.POSITION)
    return bool(joints)
