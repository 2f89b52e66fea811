"""From the calibration that LeRobot stores for an SO-101 to the unit convention of what that arm records."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from .json_files import read_json
from .robots.so101.spec import URDF_JOINT_LIMITS_DEG
from .units import UnitConvention, from_table

TICKS_PER_TURN = 4096
"""Resolution of the STS3215 servo."""

_HOME_TICK = 2047
"""Where LeRobot's homing leaves a joint, half a turn."""

_LARGEST = 100_000
"""Bytes of a calibration; LeRobot's has 900."""

_FIELDS = ("id", "drive_mode", "homing_offset", "range_min", "range_max")

Zero = Literal["range", "homing"]


def convention_from_calibration(path: Path, *, use_degrees: bool = True, zero: Zero = "range") -> UnitConvention:
    """Return the unit convention of an SO-101 that LeRobot calibrated.

    LeRobot counts from the range that each joint was moved through: percent of it, or degrees from its middle. No file
    says where on the joint that range lies. There are two readings, which agree on an arm calibrated with care.

    Args:
        path: Calibration file, such as ``~/.cache/huggingface/lerobot/calibration/robots/so_follower/my_arm.json``.
        use_degrees: The arm's ``use_degrees``: body joints in degrees, else in -100..100. The gripper is 0..100.
        zero: ``range``: the middle of the recorded range is the middle of the URDF's joint limits, since both end at
            the same stops. ``homing``: the pose in which homing was confirmed is the URDF's zero. For a joint that
            LeRobot takes as one full turn (wrist_roll) only the homing says something.

    Raises:
        ValueError: It is no calibration of an SO-101; the message names file, joint and reason.
    """
    where = str(path)
    joints: dict[str, Any] = {}
    for joint, entry in _read(path).items():
        low, high = entry["range_min"], entry["range_max"]
        span = (high - low) * 360 / TICKS_PER_TURN  # [deg]
        full_turn = high - low >= TICKS_PER_TURN - 1
        if zero == "homing" or full_turn:
            middle = ((low + high) / 2 - _HOME_TICK) * 360 / TICKS_PER_TURN
        else:
            middle = sum(URDF_JOINT_LIMITS_DEG[joint]) / 2
        if joint != "gripper" and use_degrees:
            scale = math.degrees(1) * TICKS_PER_TURN / (TICKS_PER_TURN - 1)  # LeRobot counts 4095 ticks a turn
            joints[joint] = {"unit": "deg", "scale": scale, "offset": -scale * math.radians(middle)}
            continue
        ends = [0.0, 100.0] if joint == "gripper" else [-100.0, 100.0]
        # the gripper's range begins where it is closed, whatever its width
        start = URDF_JOINT_LIMITS_DEG[joint][0] if joint == "gripper" and zero == "range" else middle - span / 2
        joints[joint] = {
            "unit": "%",
            "limits": [start, start + span],
            "range": ends[::-1] if entry["drive_mode"] else ends,
        }
    kind = "degrees" if use_degrees else "-100..100"
    source = f"LeRobot's calibration {path.name}, {kind}, zero from the {'recorded range' if zero == 'range' else zero}"
    return from_table({"name": path.stem, "source": source, "joints": joints}, where)


def _read(path: Path) -> Mapping[str, dict[str, int]]:
    """Return the calibration by joint, checked."""
    if not os.path.lexists(path):
        raise ValueError(f"{path} cannot be read, there is no such file: pass the calibration file of an SO-101")
    content = read_json(path, _LARGEST)
    if set(content) != set(URDF_JOINT_LIMITS_DEG):
        found = ", ".join(content)[:80] or "nothing"
        raise ValueError(
            f"{path} calibrates {found}, expected {', '.join(URDF_JOINT_LIMITS_DEG)}: the joints of an SO-101"
        )
    for joint in URDF_JOINT_LIMITS_DEG:
        entry = content[joint]
        if not isinstance(entry, dict) or not all(type(entry.get(field)) is int for field in _FIELDS):
            raise ValueError(
                f"{path}: {joint}: expected whole numbers for {', '.join(_FIELDS)}, found {str(entry)[:80]}"
            )
        if not 0 <= entry["range_min"] < entry["range_max"] < TICKS_PER_TURN:
            raise ValueError(
                f"{path}: {joint}: range_min {entry['range_min']} and range_max {entry['range_max']}, expected 0 <= "
                f"range_min < range_max <= {TICKS_PER_TURN - 1} ticks: calibrate the arm again"
            )
        if entry["drive_mode"] not in (0, 1):
            raise ValueError(f"{path}: {joint}: drive_mode is {entry['drive_mode']}, expected 0 or 1")
    return {joint: content[joint] for joint in URDF_JOINT_LIMITS_DEG}
