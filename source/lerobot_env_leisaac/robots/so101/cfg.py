"""Isaac Lab configurations of the SO-101 follower arm.

All of them have the same joint names and actuators, and bodies called ``base`` and ``gripper``. LeIsaac's and NVIDIA's
files reach along -Y of their base, so their root is turned to reach along +X as the packaged robot does.
"""

import math
from dataclasses import asdict, fields
from typing import cast

import isaaclab.sim as sim_utils
from isaaclab.actuators import ImplicitActuatorCfg
from isaaclab.assets import ArticulationCfg
from isaaclab.utils import clone, configclass
from isaaclab_assets.robots.so101 import SO101_CFG as ISAACLAB_SO101_CFG
from isaaclab_tasks.utils import preset

from lerobot_env_leisaac.assets import files
from lerobot_env_leisaac.backends import PHYSX
from lerobot_env_leisaac.robots.servo import DEFAULT_SERVO, JointDrive, Servo
from lerobot_env_leisaac.robots.spec import Role

from .spec import SO101

VELOCITY_LIMIT = 10.0
"""Joint velocity limit [rad/s] for the engines that enforce one. Source: URDF."""

NUCLEUS_POSITION = (0.0, 0.0, -0.03008)
"""Root position that puts NVIDIA's robot on the table [m]. Source, with its turn: Isaac Lab's SO-101 cube stacking."""


@configclass
class So101Cfg(ArticulationCfg):
    """An SO-101 that says which robot file it is built from, and which servos it has."""

    model: str = "packaged"
    """Key of the robot's ``models``."""
    servo: str = DEFAULT_SERVO
    """Key of the robot's ``servos``."""


def so101_cfg(model: str | None = None, servo: str = DEFAULT_SERVO) -> So101Cfg:
    """Return an SO-101 at the origin, reaching along +X.

    Args:
        model: ``packaged``, ``leisaac``, or ``nucleus`` for NVIDIA's, which is downloaded at the first use. None: the
            one whose file :func:`lerobot_env_leisaac.assets.files.resolve` names.
        servo: Key of the robot's ``servos``.

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
        servo=servo,
        spawn=spawn,
        init_state=ArticulationCfg.InitialStateCfg(pos=position, rot=_facing_x(model), joint_pos={".*": 0.0}),
        actuators=_actuators(SO101.servos[servo]),
        soft_joint_pos_limit_factor=1.0,
    )


def _facing_x(model: str) -> tuple[float, float, float, float]:
    """Return the root orientation (x, y, z, w) with which the arm reaches along +X."""
    turn = 0.0 - SO101.models[model].reach_yaw
    return (0.0, 0.0, math.sin(turn / 2), math.cos(turn / 2))


def _actuators(servo: Servo) -> dict[str, ImplicitActuatorCfg]:
    return {"sts3215-arm": _actuator(servo, "arm"), "sts3215-gripper": _actuator(servo, "gripper")}


def _actuator(servo: Servo, role: Role) -> ImplicitActuatorCfg:
    joints = [SO101.joint_names[column] for column in SO101.columns(role)]
    drives = {joint: asdict(servo.drives[joint]) for joint in joints}
    figures = {field.name: {joint: drives[joint][field.name] for joint in joints} for field in fields(JointDrive)}
    effort_limit = figures.pop("effort_limit")
    return ImplicitActuatorCfg(
        joint_names_expr=joints,
        joint_effort_limit=effort_limit,
        actuator_effort_limit=None if servo.clipped_at_joint else effort_limit,  # see envs.effort_limits
        joint_velocity_limit=VELOCITY_LIMIT,
        **figures,
    )
