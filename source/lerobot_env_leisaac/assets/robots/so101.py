"""Isaac Lab configurations of the SO-101 follower arm.

All of them have the same joint names. The moving jaw, the direction of reach and the limits differ:

| configuration | bodies: base, fixed jaw, moving jaw | reaches along | joint limits |
|---|---|---|---|
| ``SO101_CFG`` | base, gripper, jaw | +X | URDF |
| ``SO101_LEISAAC_CFG`` | base, gripper, jaw | -Y of its base, turned to +X | LeIsaac |
| ``SO101_NUCLEUS_CFG`` | base, gripper, moving_jaw_so101_v1 | -Y of its base, turned to +X | its own |
"""

import math
import os

import isaaclab.sim as sim_utils
from isaaclab.actuators import ImplicitActuatorCfg
from isaaclab.assets import ArticulationCfg
from isaaclab.utils import clone
from isaaclab_assets.robots.so101 import SO101_CFG as ISAACLAB_SO101_CFG

from lerobot_env_leisaac.assets import paths

ARM_JOINTS = ["shoulder_pan", "shoulder_lift", "elbow_flex", "wrist_flex", "wrist_roll"]

# Stiff enough to follow a 30 Hz position stream to 2 mrad under the arm's own weight.
ARM_STIFFNESS, ARM_DAMPING, ARM_EFFORT_LIMIT = 200.0, 8.0, 10.0
"""Arm gains [N m/rad], [N m s/rad] and torque limit [N m] (limit: URDF)."""

# A weak grip holds a 10 g cube and doesn't press the jaws into it.
GRIPPER_STIFFNESS, GRIPPER_DAMPING, GRIPPER_EFFORT_LIMIT = 200.0, 8.0, 0.5
"""Gripper gains [N m/rad], [N m s/rad] and torque limit [N m]."""

VELOCITY_LIMIT = 10.0
"""Joint velocity limit [rad/s]. Source: URDF."""

ARMATURE, FRICTION = 0.028, 0.052
"""Reflected rotor inertia [kg m^2] and dry friction [N m] of the STS3215. Source: MJCF of the SO-101."""

Quaternion = tuple[float, float, float, float]

NO_TURN: Quaternion = (0.0, 0.0, 0.0, 1.0)
YAW_90_DEG: Quaternion = (0.0, 0.0, math.sqrt(0.5), math.sqrt(0.5))
"""Root orientations (x, y, z, w): the packaged robot's; LeIsaac's and NVIDIA's, +90 degrees about z."""

NUCLEUS_POSITION = (0.0, 0.0, -0.03008)
"""Root position that puts NVIDIA's robot on the table [m]. Source, with its turn: Isaac Lab's SO-101 cube stacking."""


def _so101(usd_path: str, root_rotation: Quaternion) -> ArticulationCfg:
    return ArticulationCfg(
        spawn=sim_utils.UsdFileCfg(usd_path=usd_path),
        init_state=ArticulationCfg.InitialStateCfg(rot=root_rotation, joint_pos={".*": 0.0}),
        actuators={
            "sts3215-arm": ImplicitActuatorCfg(
                joint_names_expr=ARM_JOINTS,
                stiffness=ARM_STIFFNESS,
                damping=ARM_DAMPING,
                joint_effort_limit=ARM_EFFORT_LIMIT,
                joint_velocity_limit=VELOCITY_LIMIT,
                armature=ARMATURE,
                friction=FRICTION,
            ),
            "sts3215-gripper": ImplicitActuatorCfg(
                joint_names_expr=["gripper"],
                stiffness=GRIPPER_STIFFNESS,
                damping=GRIPPER_DAMPING,
                joint_effort_limit=GRIPPER_EFFORT_LIMIT,
                joint_velocity_limit=VELOCITY_LIMIT,
                armature=ARMATURE,
                friction=FRICTION,
            ),
        },
        soft_joint_pos_limit_factor=1.0,
    )


SO101_CFG = _so101(str(paths.PACKAGED_ROOT / paths.ROBOT.packaged), NO_TURN)
"""The packaged SO-101: root at the origin, all joints at zero, reaching along +X."""

SO101_LEISAAC_CFG = _so101(f"{os.environ.get(paths.ENV_VAR, '$' + paths.ENV_VAR)}/{paths.ROBOT.leisaac}", YAW_90_DEG)
"""LeIsaac's SO-101, from the folder that LEISAAC_ASSETS_ROOT names; it cannot be spawned where that is not set."""

SO101_NUCLEUS_CFG = clone(ISAACLAB_SO101_CFG)
"""NVIDIA's SO-101, downloaded from Nucleus at the first use, with the actuators of the packaged one."""
SO101_NUCLEUS_CFG.init_state = ArticulationCfg.InitialStateCfg(
    pos=NUCLEUS_POSITION, rot=YAW_90_DEG, joint_pos={".*": 0.0}
)
SO101_NUCLEUS_CFG.actuators = {name: clone(group) for name, group in SO101_CFG.actuators.items()}
SO101_NUCLEUS_CFG.soft_joint_pos_limit_factor = 1.0


def so101_cfg(source: paths.Source | None = None) -> ArticulationCfg:
    """Return the SO-101 whose file `lerobot_env_leisaac.assets.paths.resolve` names.

    Args:
        source: Where to take the file from. None: LEISAAC_ASSETS_ROOT if it is set, else the package.

    Raises:
        FileNotFoundError: The file is missing.
    """
    robot = paths.resolve(paths.ROBOT, source)
    return _so101(str(robot.path), NO_TURN if robot.source == "packaged" else YAW_90_DEG)
