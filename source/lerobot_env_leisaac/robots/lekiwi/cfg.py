"""Isaac Lab configuration of the LeKiwi: an SO-101 whose base drives along x, along y and about z.

Three joints between world and base stand for wheels with rollers; they cost nothing.
"""

from typing import cast

import isaaclab.sim as sim_utils
from isaaclab.actuators import ImplicitActuatorCfg
from isaaclab.assets import ArticulationCfg

from lerobot_env_leisaac.assets import files
from lerobot_env_leisaac.robots.servo import DEFAULT_SERVO
from lerobot_env_leisaac.robots.so101.cfg import VELOCITY_LIMIT, So101Cfg, so101_cfg

from .spec import BASE_HEIGHT, DRIVE, LEKIWI, WHEEL_RADIUS

LAG = 0.01
"""Time in which the base has made up for 63 % of a change of its velocity, up to the mass that it carries [s].

With LeIsaac's damping of 1e4 N s/m it is a hundredth of that, and the solver of the contacts, which sees the force and
not how soon it is gone, tears out of the jaws what they hold.
"""


_SERVO = LEKIWI.servos[DEFAULT_SERVO].drives["shoulder_pan"]
"""The wheels have the same servos as the arm."""


def lekiwi_cfg(model: str | None = None, servo: str = DEFAULT_SERVO) -> So101Cfg:
    """Return a LeKiwi on the floor at the origin, looking along +X, or along +Y if it is LeIsaac's.

    Args:
        model: ``packaged`` or ``leisaac``; ``nucleus`` is the packaged one, as NVIDIA has none. None: the one whose
            file :func:`lerobot_env_leisaac.assets.files.resolve` names.
        servo: Key of the robot's ``servos``: how those of the arm behave.

    Raises:
        FileNotFoundError: The file is missing.
    """
    source = "packaged" if model == "nucleus" else model
    file = files.resolve(LEKIWI.file, cast("files.Source | None", source))
    return So101Cfg(
        model=file.source,
        servo=servo,
        spawn=sim_utils.UsdFileCfg(usd_path=str(file.path)),
        init_state=ArticulationCfg.InitialStateCfg(pos=(0.0, 0.0, BASE_HEIGHT), joint_pos={".*": 0.0}),
        actuators={**so101_cfg("packaged", servo).actuators, "sts3215-wheels": _wheels()},
        soft_joint_pos_limit_factor=1.0,
    )


def _wheels() -> ImplicitActuatorCfg:
    """Return what the servos of the wheels together are at the joints of the base."""
    names = [LEKIWI.channels[column].joint for column in LEKIWI.columns("base")]
    rims = dict(zip(names, zip(*DRIVE.wheels, strict=True), strict=True))
    armature = {name: _SERVO.armature / WHEEL_RADIUS**2 * sum(rim**2 for rim in rims[name]) for name in names}
    return ImplicitActuatorCfg(
        joint_names_expr=names,
        stiffness=0.0,
        damping={name: inertia / LAG for name, inertia in armature.items()},
        joint_effort_limit={name: _SERVO.effort_limit / WHEEL_RADIUS * sum(map(abs, rims[name])) for name in names},
        joint_velocity_limit=VELOCITY_LIMIT,
        armature=armature,
    )
