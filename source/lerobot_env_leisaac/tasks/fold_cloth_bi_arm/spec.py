"""The facts of the fold-cloth task."""

from lerobot_env_leisaac.robots.bi_so101.spec import BI_SO101
from lerobot_env_leisaac.scenes.lightwheel_bedroom import LIGHTWHEEL_BEDROOM
from lerobot_env_leisaac.tasks.spec import TaskSpec

_PACKAGE = __name__.rpartition(".")[0]

CLOTH = "cloth"
"""Name of the shirt, LeIsaac's."""

FOLDED: dict[str, tuple[str, str]] = {
    "left_sleeve_folded": ("left_sleeve", "right_shoulder"),
    "right_sleeve_folded": ("right_sleeve", "left_shoulder"),
    "left_hem_folded": ("left_hem", "left_shoulder"),
    "right_hem_folded": ("right_hem", "right_shoulder"),
}
"""The shirt's keypoints that shall come near each other, by sub-task. Source: LeIsaac 0.4.0."""

_LEISAAC_DISTANCE, _LEISAAC_WIDTH = 0.20, 0.65
"""LeIsaac's distance of keypoints, and the width of a T-shirt from sleeve to sleeve [m].

LeIsaac's own shirt is in no release; 0.65 m is that of the T-shirt that Newton ships for its examples.
"""

FOLDED_DISTANCE = (
    _LEISAAC_DISTANCE * LIGHTWHEEL_BEDROOM.cloths[CLOTH].distance("left_sleeve", "right_sleeve") / _LEISAAC_WIDTH
)
"""How near they must come [m]: LeIsaac's distance, as much smaller as our shirt is, 95 mm."""

SPEC = TaskSpec(
    name="FoldCloth-BiArm",
    isaaclab_id="LeIsaac-SO101-FoldCloth-BiArm-v0",
    lerobot_id="LeIsaac-SO101-FoldCloth-BiArm-SmolVLA-v0",
    isaaclab_cfg=f"{_PACKAGE}.env_cfg:FoldClothBiArmEnvCfg",
    lerobot_cfg=f"{_PACKAGE}.env_cfg:FoldClothBiArmSmolVLAEnvCfg",
    robot=BI_SO101,
    scene=LIGHTWHEEL_BEDROOM,
    objects=(),
    instruction="Fold the cloth, and reset the arm to rest state.",
    control_hz=30,  # LeIsaac's
    physics_hz=120,
    episode_s=60.0,  # what LeIsaac's evaluation grants
    subtasks=(*FOLDED, *(f"{arm}_at_rest" for arm in BI_SO101.entities)),
    physics=("newton_mjwarp",),
    demonstration_s=50.0,
    expert=f"{_PACKAGE}.expert:FoldClothBiArmExpert",
)
