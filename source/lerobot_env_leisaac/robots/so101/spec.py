"""The facts of the SO-101 follower arm."""

import math

from lerobot_env_leisaac.assets.files import AssetFile
from lerobot_env_leisaac.robots.spec import Channel, RobotModel, RobotSpec

from .servos import NO_LOAD_SPEED, SERVOS

_PACKAGE = __name__.rpartition(".")[0]

URDF_JOINT_LIMITS_RAD: dict[str, tuple[float, float]] = {
    "shoulder_pan": (-1.91986, 1.91986),
    "shoulder_lift": (-1.74533, 1.74533),
    "elbow_flex": (-1.69, 1.69),
    "wrist_flex": (-1.65806, 1.65806),
    "wrist_roll": (-2.74385, 2.84121),
    "gripper": (-0.174533, 1.74533),
}
"""Lower and upper limit [rad] by joint. Source: TheRobotStudio SO-ARM100, ``so101_new_calib.urdf``."""

URDF_JOINT_LIMITS_DEG: dict[str, tuple[float, float]] = {
    joint: (math.degrees(lower), math.degrees(upper)) for joint, (lower, upper) in URDF_JOINT_LIMITS_RAD.items()
}
"""The same limits in [deg]: those of the packaged robot."""

LEISAAC_JOINT_LIMITS_DEG: dict[str, tuple[float, float]] = {
    "shoulder_pan": (-110.0, 110.0),
    "shoulder_lift": (-100.0, 100.0),
    "elbow_flex": (-100.0, 90.0),
    "wrist_flex": (-95.0, 95.0),
    "wrist_roll": (-160.0, 160.0),
    "gripper": (-10.0, 100.0),
}
"""Lower and upper limit [deg] by joint of LeIsaac's ``so101_follower.usd``. Source: LeIsaac 0.4.0."""

SO101 = RobotSpec(
    name="so101",
    title="SO-101",
    lerobot_type="so101_follower",
    file=AssetFile(
        "so101_follower",
        "robots/so101_follower.usda",
        "robots/so101_follower.usd",
        real="robots/so101_follower_real.usda",
    ),
    cfg=f"{_PACKAGE}.cfg:so101_cfg",
    channels=(
        Channel(name="shoulder_pan", joint="shoulder_pan"),
        Channel(name="shoulder_lift", joint="shoulder_lift"),
        Channel(name="elbow_flex", joint="elbow_flex"),
        Channel(name="wrist_flex", joint="wrist_flex"),
        Channel(name="wrist_roll", joint="wrist_roll"),
        Channel(name="gripper", joint="gripper", role="gripper"),
    ),
    models={
        "packaged": RobotModel(joint_limits_deg=URDF_JOINT_LIMITS_DEG, reach_yaw=0.0),
        "leisaac": RobotModel(joint_limits_deg=LEISAAC_JOINT_LIMITS_DEG, reach_yaw=-math.pi / 2),
        "nucleus": RobotModel(joint_limits_deg=URDF_JOINT_LIMITS_DEG, reach_yaw=-math.pi / 2),
    },
    tool_body="gripper",
    base_body="base",
    grasp_point=(0.0085, 0.0, -0.0895),
    neutral=(0.0, -0.2, 0.2, 1.4, 0.0, 0.0),
    no_load_speed=NO_LOAD_SPEED,
    servos=SERVOS,
)
