"""Isaac Lab configurations of the SO-101 follower arm.

All of them have the same joint names and actuators, and bodies called ``base`` and ``gripper``. LeIsaac's and NVIDIA's
files reach along -Y of their base, so their root is turned to reach along +X as the packaged robot does.
"""

import math
from typing import cast

import isaaclab.sim as sim_utils
from isaaclab.actuators import ImplicitActuatorCfg
from isaaclab.assets import ArticulationCfg
from isaaclab.utils import clone, configclass
from isaaclab_assets.robots.so101 import SO101_CFG as ISAACLAB_SO101_CFG
from isaaclab_tasks.utils import preset

from lerobot_env_leisaac.assets import files
from lerobot_env_leisaac.backends import PHYSX
from lerobot_env_leisaac.robots.spec import Role

from .spec import SO101

STIFFNESS, DAMPING = 200.0, 8.0
"""Gains of the position servo [N m/rad], [N m s/rad]: a 30 Hz stream of targets is held to 2 mrad."""

ARM_EFFORT_LIMIT = 2.94
"""Stall torque of the STS3215 at 12 V [N m]. Source: MuJoCo Menagerie's SO-101."""

GRIPPER_EFFORT_LIMIT = 0.5
"""Torque with which the gripper squeezes [N m]: enough for a 10 g cube, and it does not press the jaws into it."""

VELOCITY_LIMIT = 10.0
"""Joint velocity limit [rad/s] for the engines that enforce one. Source: URDF."""

ARMATURE, FRICTION = 0.028, 0.052
"""Reflected rotor inertia [kg m^2] and dry friction [N m] of the STS3215. Source: MJCF of the SO-101."""

NUCLEUS_POSITION = (0.0, 0.0, -0.03008)
"""Root position that puts NVIDIA's robot on the table [m]. Source, with its turn: Isaac Lab's SO-101 cube stacking."""


@configclass
class So101Cfg(ArticulationCfg):
    """An SO-101 that says which robot file it is built from."""

    model: str = "packaged"
    """Key of the robot's ``models``."""


def so101_cfg(model: str | None = None) -> So101Cfg:
    """Return an SO-101 at the origin, reaching along +X.

    Args:
        model: ``packaged``, ``leisaac``, or ``nucleus`` for NVIDIA's, which is downloaded at the first use. None: the
            one whose file :func:`lerobot_env_leisaac.assets.files.resolve` names.

    Raises:
        FileNotFoundError: The file is missing.
    """
    if model == "nucleus":
        spawn = clone(ISAACLAB_SO101_CFG.spawn)
        spawn.variants["Physics"] = preset(default="physics", **dict.fromkeys(PHYSX, "physx"))  # one set for each
        position = NUCLEUS_POSITION
    else:
        file = files.resolve(SO101.file, cast("files.Source | None", model))
        model, position = file.source, (0.0, 0.0, 0.0)
        # LeIsaac's configuration fixes the base, so its file need not
        spawn = sim_utils.UsdFileCfg(usd_path=str(file.path), fix_root_link=True)
    return So101Cfg(
        model=model,
        spawn=spawn,
        init_state=ArticulationCfg.InitialStateCfg(pos=position, rot=_facing_x(model), joint_pos={".*": 0.0}),
        actuators=_actuators(),
        soft_joint_pos_limit_factor=1.0,
    )


def _facing_x(model: str) -> tuple[float, float, float, float]:
    """Return the root orientation (x, y, z, w) with which the arm reaches along +X."""
    turn = 0.0 - SO101.models[model].reach_yaw
    return (0.0, 0.0, math.sin(turn / 2), math.cos(turn / 2))


def _actuators() -> dict[str, ImplicitActuatorCfg]:
    return {
        "sts3215-arm": _servo("arm", ARM_EFFORT_LIMIT),
        "sts3215-gripper": _servo("gripper", GRIPPER_EFFORT_LIMIT),
    }


def _servo(role: Role, effort_limit: float) -> ImplicitActuatorCfg:
    return ImplicitActuatorCfg(
        joint_names_expr=[SO101.joint_names[column] for column in SO101.columns(role)],
        stiffness=STIFFNESS,
        damping=DAMPING,
        joint_effort_limit=effort_limit,
        joint_velocity_limit=VELOCITY_LIMIT,
        armature=ARMATURE,
        friction=FRICTION,
        viscous_friction=effort_limit / SO101.no_load_speed,
    )
