"""The facts of the clean-toy-table task with two arms: those of the task with one, but for robot and scene."""

from dataclasses import replace

from lerobot_env_leisaac.robots.bi_so101.spec import BI_SO101
from lerobot_env_leisaac.scenes.lightwheel_toyroom import LIGHTWHEEL_TOYROOM_TWO_ARMS
from lerobot_env_leisaac.tasks.clean_toy_table import spec as one_arm

_PACKAGE = __name__.rpartition(".")[0]

SPEC = replace(
    one_arm.SPEC,
    name="CleanToyTable-BiArm",
    isaaclab_id="LeIsaac-SO101-CleanToyTable-BiArm-v0",
    lerobot_id="LeIsaac-SO101-CleanToyTable-BiArm-SmolVLA-v0",
    isaaclab_cfg=f"{_PACKAGE}.env_cfg:CleanToyTableBiArmEnvCfg",
    lerobot_cfg=f"{_PACKAGE}.env_cfg:CleanToyTableBiArmSmolVLAEnvCfg",
    robot=BI_SO101,
    scene=LIGHTWHEEL_TOYROOM_TWO_ARMS,
    max_constraints=384,  # the demonstrator needs 109
    max_contacts=160,  # and 83: there are two arms
    subtasks=(
        *(f"{letter.lower()}_in_box" for letter in one_arm.LETTERS),
        *(f"{arm}_at_rest" for arm in BI_SO101.entities),
    ),
    expert=f"{_PACKAGE}.expert:CleanToyTableBiArmExpert",
)
