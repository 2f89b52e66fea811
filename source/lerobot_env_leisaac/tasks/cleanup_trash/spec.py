"""The facts of the cleanup-trash task."""

from lerobot_env_leisaac.robots.lekiwi.spec import LEKIWI
from lerobot_env_leisaac.scenes import lightwheel_loft
from lerobot_env_leisaac.tasks.spec import TaskSpec

_PACKAGE = __name__.rpartition(".")[0]

TISSUE, BIN = lightwheel_loft.TISSUE.path, lightwheel_loft.BIN.path
"""Names of the objects, LeIsaac's."""

SPEC = TaskSpec(
    name="CleanupTrash",
    isaaclab_id="LeIsaac-LeKiwi-CleanupTrash-v0",
    lerobot_id="LeIsaac-LeKiwi-CleanupTrash-SmolVLA-v0",
    isaaclab_cfg=f"{_PACKAGE}.env_cfg:CleanupTrashEnvCfg",
    lerobot_cfg=f"{_PACKAGE}.env_cfg:CleanupTrashSmolVLAEnvCfg",
    robot=LEKIWI,
    scene=lightwheel_loft.LIGHTWHEEL_LOFT,
    objects=(TISSUE,),
    instruction="Pick up tissue trash from the floor and throw it into the trash bin.",
    control_hz=30,  # the frame rate of the datasets
    physics_hz=120,
    episode_s=60.0,  # what LeIsaac's evaluation grants
    subtasks=("tissue005_picked", "tissue005_in_bin"),
    demonstration_s=40.0,
    expert=f"{_PACKAGE}.expert:CleanupTrashExpert",
)
