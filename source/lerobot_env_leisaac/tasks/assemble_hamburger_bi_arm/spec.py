"""The facts of the assemble-hamburger task with two arms: those of the task with one, but for robot and scene."""

from dataclasses import replace

from lerobot_env_leisaac.robots.bi_so101.spec import BI_SO101
from lerobot_env_leisaac.scenes.kitchen_with_hamburger import KITCHEN_WITH_HAMBURGER_TWO_ARMS
from lerobot_env_leisaac.tasks.assemble_hamburger import spec as one_arm

_PACKAGE = __name__.rpartition(".")[0]

SPEC = replace(
    one_arm.SPEC,
    name="AssembleHamburger-BiArm",
    isaaclab_id="LeIsaac-SO101-AssembleHamburger-BiArm-v0",
    lerobot_id="LeIsaac-SO101-AssembleHamburger-BiArm-SmolVLA-v0",
    isaaclab_cfg=f"{_PACKAGE}.env_cfg:AssembleHamburgerBiArmEnvCfg",
    lerobot_cfg=f"{_PACKAGE}.env_cfg:AssembleHamburgerBiArmSmolVLAEnvCfg",
    robot=BI_SO101,
    scene=KITCHEN_WITH_HAMBURGER_TWO_ARMS,
    max_constraints=384,  # targets that are thrown about need 157, the demonstrator 133
    max_contacts=160,  # the demonstrator needs 43: there are two arms
    subtasks=(*one_arm.STACKED, *(f"{arm}_at_rest" for arm in BI_SO101.entities)),
    expert=f"{_PACKAGE}.expert:AssembleHamburgerBiArmExpert",
)
