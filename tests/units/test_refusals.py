"""A convention file that cannot mean what its author wanted is refused in one line: file, key, reason."""

import pytest

from lerobot_env_leisaac import units

VALID = """
source: my robot's calibration
joints:
  shoulder_pan: {unit: deg, scale: 57.3, offset: 0}
  shoulder_lift: {unit: deg, scale: 57.3, offset: 0}
  elbow_flex: {unit: "%", limits: [-90, 90], range: [100, -100]}
  wrist_flex: {unit: deg, scale: 57.3, offset: 0}
  wrist_roll: {unit: deg, scale: 57.3, offset: 0}
  gripper: {unit: "%", limits: [-10, 100], range: [0, 100]}
"""
PAN = "shoulder_pan: {unit: deg, scale: 57.3, offset: 0}"
GRIPPER = 'gripper: {unit: "%", limits: [-10, 100], range: [0, 100]}'


def test_a_users_own_file_is_loaded_by_path(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(VALID)
    convention = units.load(path)
    assert convention == units.load(str(path))
    assert convention.name == "mine"
    assert convention.source == "my robot's calibration"
    assert convention.scale[0] == 57.3
    assert convention.scale[2] < 0


@pytest.mark.parametrize(
    "old, new, key, reason",
    (
        ("  wrist_flex: {unit: deg, scale: 57.3, offset: 0}\n", "", "joints", "missing wrist_flex"),
        (PAN, PAN + "\n  elbow: {unit: deg, scale: 57.3, offset: 0}", "joints", "unknown elbow; expected shoulder_pan"),
        (
            GRIPPER,
            GRIPPER + "\n  gripper: {unit: deg, scale: 1, offset: 0}",
            "line 10: found",
            "found duplicate key gripper",
        ),
        (PAN, PAN.replace("57.3", "57.3, scale: 1"), "line 4: found", "found duplicate key scale"),
        (PAN, PAN.replace("57.3", "0"), "joints.shoulder_pan.scale", "zero"),
        (PAN, PAN.replace("57.3", ".nan"), "joints.shoulder_pan.scale", "expected a finite number, found nan"),
        (PAN, PAN.replace("57.3", "-.inf"), "joints.shoulder_pan.scale", "expected a finite number, found -inf"),
        (PAN, PAN.replace("57.3", "yes"), "joints.shoulder_pan.scale", "expected a finite number, found True"),
        (PAN, PAN.replace("57.3", "pi"), "joints.shoulder_pan.scale", "expected a finite number, found 'pi'"),
        (PAN, PAN.replace("offset: 0", "offset: .inf"), "joints.shoulder_pan.offset", "expected a finite number"),
        (PAN, PAN.replace(", offset: 0", ""), "joints.shoulder_pan", "missing offset"),
        (PAN, PAN.replace("offset", "bias"), "joints.shoulder_pan", "missing offset"),
        (PAN, PAN.replace("offset: 0", "offset: 0, range: [0, 1]"), "joints.shoulder_pan", "missing limits"),
        (PAN, PAN.replace("offset: 0", "offset: 0, sign: 1"), "joints.shoulder_pan", "unknown sign"),
        (PAN, PAN.replace("unit: deg, ", ""), "joints.shoulder_pan", "missing unit"),
        (PAN, PAN.replace("deg", "1"), "joints.shoulder_pan.unit", "expected a label such as deg, found 1"),
        (PAN, "shoulder_pan: 57.3", "joints.shoulder_pan", "expected a mapping, found 57.3"),
        (GRIPPER, GRIPPER.replace("[-10, 100]", "[100, 100]"), "joints.gripper.limits", "found [100, 100]"),
        (GRIPPER, GRIPPER.replace("[-10, 100]", "[100, -10]"), "joints.gripper.limits", "low below high"),
        (GRIPPER, GRIPPER.replace("[-10, 100]", "[100]"), "joints.gripper.limits", "expected two numbers"),
        (GRIPPER, GRIPPER.replace("[-10, 100]", "[a, 100]"), "joints.gripper.limits", "expected a finite number"),
        (GRIPPER, GRIPPER.replace("[0, 100]", "[5, 5]"), "joints.gripper.range", "expected two different values"),
        (GRIPPER, GRIPPER.replace("[0, 100]", "[0, .inf]"), "joints.gripper.range", "expected a finite number"),
        (GRIPPER, GRIPPER.replace(", range: [0, 100]", ""), "joints.gripper", "missing range"),
        ("source: my robot's calibration\n", "", "mine.yaml", "missing source"),
        ("my robot's calibration", "''", "source", "expected some text"),
        ("joints:", "joints: 6\nother:", "mine.yaml", "unknown other"),
        (VALID, "source: nothing else\njoints: 6\n", "joints", "expected one entry a joint, found 6"),
        (VALID, "", "mine.yaml", "missing source, joints"),
        (VALID, "- degrees\n", "mine.yaml", "expected a mapping"),
        (VALID, "42\n", "line 1", "expected names with values"),
        (VALID, "degrees\n", "missing", "source, joints"),
        (VALID, "source: a\n---\nsource: b\n", "line 2", "a second document begins (---), expected one"),
        ("joints:", "joints: {", "line", "expected"),
        ("57.3", "'${oc.env:HOME}'", "joints.shoulder_pan.scale", "expected a finite number, found '${oc.env:HOME}'"),
        (PAN, PAN.replace("deg", "x" * 33), "joints.shoulder_pan.unit", "of 32 characters at most, found 33"),
        ("my robot's calibration", "x" * 2001, "source", "of 2000 characters at most, found 2,001"),
        (VALID, "a: &a [1]\nb: [*a, *a]\n", "line 2", "*a refers to an anchor: write out what it stands for"),
        (VALID, "a: " + "[" * 30 + "]" * 30, "line 1", "nested more than 20 levels deep"),
        (VALID, "a: " + "[" * 90_000, "line 1", "nested more than 20 levels deep"),
        (VALID, "#" * 100_001, "mine.yaml", "has 100,001 bytes, expected 100,000 at most"),
    ),
)
def test_refused(tmp_path, old, new, key, reason):
    assert old in VALID
    path = tmp_path / "mine.yaml"
    path.write_text(VALID.replace(old, new, 1))
    with pytest.raises(ValueError) as error:
        units.load(path)
    message = str(error.value)
    assert message.startswith(str(path))
    assert key in message and reason in message
    assert "\n" not in message


@pytest.mark.parametrize("name", ("degree", "missing/file.yaml", "."))
def test_unknown_name_lists_the_known_ones_and_the_way_out(name):
    with pytest.raises(ValueError, match=r"unknown unit convention .* degrees, .*radians, or the path of a YAML file$"):
        units.load(name)
