"""The facts of the pick-orange task."""

from lerobot_env_leisaac.robots.so101.spec import SO101
from lerobot_env_leisaac.scenes import kitchen_with_orange
from lerobot_env_leisaac.tasks.spec import TaskSpec

_PACKAGE = __name__.rpartition(".")[0]

ORANGES = tuple(orange.path for orange in kitchen_with_orange.ORANGES)
PLATE = kitchen_with_orange.PLATE.path
"""Names of the objects, LeIsaac's."""

SPEC = TaskSpec(
    name="PickOrange",
    isaaclab_id="LeIsaac-SO101-PickOrange-v0",
    lerobot_id="LeIsaac-SO101-PickOrange-SmolVLA-v0",
    isaaclab_cfg=f"{_PACKAGE}.env_cfg:PickOrangeEnvCfg",
    lerobot_cfg=f"{_PACKAGE}.env_cfg:PickOrangeSmolVLAEnvCfg",
    robot=SO101,
    scene=kitchen_with_orange.KITCHEN_WITH_ORANGE,
    objects=ORANGES,
    instruction="Pick three oranges and put them into the plate, then reset the arm to rest state.",
    control_hz=30,  # the frame rate of the datasets
    physics_hz=120,
    episode_s=60.0,  # what LeIsaac's evaluation grants
    # Targets that are thrown about need up to 168 rows and 58 contacts, the demonstrator 48 and 28.
    max_constraints=192,
    max_contacts=80,
    subtasks=(*(f"{orange.lower()}_on_plate" for orange in ORANGES), "arm_at_rest"),
    agents={"rsl_rl_cfg_entry_point": f"{_PACKAGE}.agents.rsl_rl_ppo_cfg:PickOrangePPORunnerCfg"},
    demonstration_s=45.0,  # twice what one takes
    expert=f"{_PACKAGE}.expert:PickOrangeExpert",
)
