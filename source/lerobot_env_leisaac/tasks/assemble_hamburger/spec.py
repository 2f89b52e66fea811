"""The facts of the assemble-hamburger task."""

from lerobot_env_leisaac.robots.so101.spec import SO101
from lerobot_env_leisaac.scenes import kitchen_with_hamburger
from lerobot_env_leisaac.tasks.spec import TaskSpec

_PACKAGE = __name__.rpartition(".")[0]

LAYERS = tuple(layer.path for layer in kitchen_with_hamburger.LAYERS)
PLATE = kitchen_with_hamburger.PLATE.path
"""Names of the objects; the layers bottom to top."""

BOTTOM_BUN, PATTY, CHEESE, TOP_BUN = LAYERS

STACKED = ("bottom_bun_on_plate", "patty_on_bottom_bun", "cheese_on_patty", "top_bun_on_cheese")
"""Sub-task of each layer."""

SPEC = TaskSpec(
    name="AssembleHamburger",
    isaaclab_id="LeIsaac-SO101-AssembleHamburger-v0",
    lerobot_id="LeIsaac-SO101-AssembleHamburger-SmolVLA-v0",
    isaaclab_cfg=f"{_PACKAGE}.env_cfg:AssembleHamburgerEnvCfg",
    lerobot_cfg=f"{_PACKAGE}.env_cfg:AssembleHamburgerSmolVLAEnvCfg",
    robot=SO101,
    scene=kitchen_with_hamburger.KITCHEN_WITH_HAMBURGER,
    objects=LAYERS,
    instruction="Assemble the hamburger in order.",
    control_hz=30,  # the frame rate of the datasets
    physics_hz=120,
    episode_s=60.0,  # what LeIsaac's evaluation grants
    # The demonstrator needs up to 126 rows and 37 contacts, targets that are thrown about 103 and fewer.
    max_constraints=256,
    max_contacts=100,
    subtasks=(*STACKED, "arm_at_rest"),
    expert=f"{_PACKAGE}.expert:AssembleHamburgerExpert",
)
