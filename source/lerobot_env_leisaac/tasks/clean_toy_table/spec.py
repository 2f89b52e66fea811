"""The facts of the clean-toy-table task."""

from lerobot_env_leisaac.robots.so101.spec import SO101
from lerobot_env_leisaac.scenes import lightwheel_toyroom
from lerobot_env_leisaac.tasks.spec import TaskSpec

_PACKAGE = __name__.rpartition(".")[0]

LETTERS = tuple(letter.path for letter in lightwheel_toyroom.LETTERS)
BOX = lightwheel_toyroom.BOX.path
"""Names of the objects, LeIsaac's."""

SPEC = TaskSpec(
    name="CleanToyTable",
    isaaclab_id="LeIsaac-SO101-CleanToyTable-v0",
    lerobot_id="LeIsaac-SO101-CleanToyTable-SmolVLA-v0",
    isaaclab_cfg=f"{_PACKAGE}.env_cfg:CleanToyTableEnvCfg",
    lerobot_cfg=f"{_PACKAGE}.env_cfg:CleanToyTableSmolVLAEnvCfg",
    robot=SO101,
    scene=lightwheel_toyroom.LIGHTWHEEL_TOYROOM,
    objects=LETTERS,
    instruction="Pick two letter e objects into the box, and reset the arm to rest state.",
    control_hz=30,  # the frame rate of the datasets
    physics_hz=120,
    episode_s=60.0,  # what LeIsaac's evaluation grants
    # Targets that are thrown about need up to 144 rows and 59 contacts, the demonstrator 141 and 51: two letters and a
    # box at rest are 66 rows.
    max_constraints=256,
    max_contacts=100,
    subtasks=(*(f"{letter.lower()}_in_box" for letter in LETTERS), "arm_at_rest"),
    demonstration_s=40.0,
    expert=f"{_PACKAGE}.expert:CleanToyTableExpert",
)
