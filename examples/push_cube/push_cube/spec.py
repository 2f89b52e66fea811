"""The facts of scene and task: nothing is imported here that takes time."""

from pathlib import Path

from lerobot_env_leisaac.assets.files import AssetFile
from lerobot_env_leisaac.robots.so101.spec import SO101
from lerobot_env_leisaac.scenes.leisaac_cameras import FRONT, WRIST
from lerobot_env_leisaac.scenes.spec import RigidBody, SceneSpec
from lerobot_env_leisaac.tasks.spec import TaskSpec

MARK = (0.22, 0.08)
"""Where the cube shall go: x, y in the robot's base frame [m]."""

CUBE = RigidBody(path="cube", position=(0.22, -0.05, 0.015), origin_height=0.015)

TABLE_WITH_MARK = SceneSpec(
    file=AssetFile("table_with_mark", Path(__file__).with_name("table_with_mark.usda")),
    objects={"cube": CUBE},
    cameras=(FRONT, WRIST),
)

SPEC = TaskSpec(
    name="PushCube",
    isaaclab_id="Example-SO101-PushCube-v0",
    lerobot_id="Example-SO101-PushCube-LeRobot-v0",
    isaaclab_cfg="push_cube.env_cfg:PushCubeEnvCfg",
    lerobot_cfg="push_cube.env_cfg:PushCubeLeRobotEnvCfg",
    robot=SO101,
    scene=TABLE_WITH_MARK,
    objects=("cube",),
    instruction="Push the blue cube to the green mark.",
    control_hz=20,
    physics_hz=120,
    episode_s=10.0,
    expert="push_cube.expert:PushCubeExpert",
)
