"""The facts of the lift-cube task."""

from pathlib import Path

from lerobot_env_leisaac.robots.so101.spec import SO101
from lerobot_env_leisaac.scenes.table_with_cube import TABLE_WITH_CUBE
from lerobot_env_leisaac.tasks.spec import ColorChoice, TaskSpec

_PACKAGE = __name__.rpartition(".")[0]
_AGENTS = f"{_PACKAGE}.agents"

SPEC = TaskSpec(
    name="LiftCube",
    isaaclab_id="LeIsaac-SO101-LiftCube-v0",
    lerobot_id="LeIsaac-SO101-LiftCube-SmolVLA-v0",
    isaaclab_cfg=f"{_PACKAGE}.env_cfg:LiftCubeEnvCfg",
    lerobot_cfg=f"{_PACKAGE}.env_cfg:LiftCubeSmolVLAEnvCfg",
    robot=SO101,
    scene=TABLE_WITH_CUBE,
    objects=("cube",),
    instruction="Lift the red cube up.",
    choice=ColorChoice(
        object="cube", color="red", instruction="Lift the {color} cube up.", spread=(0.09, 0.12), gap=0.075
    ),
    control_hz=30,  # the frame rate of the datasets
    physics_hz=120,
    episode_s=25.0,
    jacobian="dense",  # datasets and results are older than the other
    subtasks=("cube_picked",),
    agents={
        "rsl_rl_cfg_entry_point": f"{_AGENTS}.rsl_rl_ppo_cfg:LiftCubePPORunnerCfg",
        "rsl_rl_distillation_cfg_entry_point": f"{_AGENTS}.rsl_rl_distillation_cfg:LiftCubeDistillationRunnerCfg",
    },
    pretrained=Path(__file__).with_name("agents") / "pretrained.safetensors",
    expert=f"{_PACKAGE}.expert:LiftCubeExpert",
    demonstration_s=12.0,
    packaged_policy="packaged",
)
