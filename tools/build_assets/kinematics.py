"""Kinematics and inertia of the SO-101: the only place where these figures are written down.

Source: TheRobotStudio SO-ARM100, ``so101_new_calib.urdf`` (February 2026). Every joint turns about its local +Z.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lerobot_env_leisaac.robots.so101.spec import URDF_JOINT_LIMITS_RAD

Vector = tuple[float, float, float]
PI = math.pi


@dataclass(frozen=True)
class Link:
    """A rigid body.

    Attributes:
        mass: Mass [kg].
        center_of_mass: Centre of mass in the link frame [m].
        inertia: ixx, iyy, izz about the centre of mass [1e-5 kg m^2].
        products: ixy, ixz, iyz about the centre of mass [1e-6 kg m^2].
    """

    mass: float
    center_of_mass: Vector
    inertia: Vector
    products: Vector

    def inertia_matrix(self) -> np.ndarray:
        """Return the inertia tensor about the centre of mass, shape (3, 3) [kg m^2]."""
        ixy, ixz, iyz = np.multiply(self.products, 1e-6)
        off_diagonal = np.array([[0.0, ixy, ixz], [ixy, 0.0, iyz], [ixz, iyz, 0.0]])
        return np.diag(np.multiply(self.inertia, 1e-5)) + off_diagonal


@dataclass(frozen=True)
class Joint:
    """A revolute joint.

    Attributes:
        parent: Name of the parent link.
        child: Name of the child link.
        position: Origin of the child frame in the parent frame [m].
        rpy: Orientation of the child frame in the parent frame: rotations about the fixed x, y, z axes [rad].
    """

    parent: str
    child: str
    position: Vector
    rpy: Vector

    def origin(self) -> np.ndarray:
        """Return the pose of the child frame in the parent frame at joint angle zero, shape (4, 4)."""
        return pose(self.position, self.rpy)


LINKS: dict[str, Link] = {
    "base": Link(
        0.147,
        (0.0137179, -0.00005197, 0.0334843),
        (11.4686, 13.6117, 13.0364),
        (-0.459787, 4.97151, 0.0975275),
    ),
    "shoulder": Link(
        0.100006,
        (-0.0307604, -0.0000167, -0.0252713),
        (8.3759, 8.10403, 2.39783),
        (0.0755525, -1.16342, 0.154663),
    ),
    "upper_arm": Link(
        0.103,
        (-0.0898471, -0.00838224, 0.0184089),
        (4.08002, 14.7318, 14.2487),
        (-19.7819, -0.0403016, 0.00897326),
    ),
    "lower_arm": Link(
        0.104,
        (-0.0980701, 0.00324376, 0.0182831),
        (2.87438, 15.9844, 14.529),
        (7.41152, 1.26409, -0.0490188),
    ),
    "wrist": Link(
        0.079,
        (-0.000103312, -0.0386143, 0.0281156),
        (3.68263, 2.5391, 2.1),
        (0.017893, -0.0528128, 3.6412),
    ),
    "gripper": Link(
        0.087,
        (0.000213627, 0.000245138, -0.025187),
        (2.75087, 4.33657, 3.45059),
        (-0.335241, -5.7352, -0.0517847),
    ),
    "jaw": Link(
        0.012,
        (-0.00157495, -0.0300244, 0.0192755),
        (0.661427, 0.189032, 0.528738),
        (-0.319807, -0.00590717, -0.109945),
    ),
}
"""Links by name, from the base to the moving jaw."""

JOINTS: dict[str, Joint] = {
    "shoulder_pan": Joint("base", "shoulder", (0.0388353, 0.0, 0.0624), (PI, 0.0, -PI)),
    "shoulder_lift": Joint("shoulder", "upper_arm", (-0.0303992, -0.0182778, -0.0542), (-PI / 2, -PI / 2, 0.0)),
    "elbow_flex": Joint("upper_arm", "lower_arm", (-0.11257, -0.028, 0.0), (0.0, 0.0, PI / 2)),
    "wrist_flex": Joint("lower_arm", "wrist", (-0.1349, 0.0052, 0.0), (0.0, 0.0, -PI / 2)),
    "wrist_roll": Joint("wrist", "gripper", (0.0, -0.0611, 0.0181), (PI / 2, 0.0486795, PI)),
    "gripper": Joint("gripper", "jaw", (0.0202, 0.0188, -0.0234), (PI / 2, 0.0, 0.0)),
}
"""Joints by name, from the base to the moving jaw."""

TCP_POSITION: Vector = (-0.0079, -0.000218121, -0.0981274)
"""Tool centre point, between the tips of the jaws, in the gripper frame [m]."""

JOINT_LIMITS = URDF_JOINT_LIMITS_RAD
"""Lower and upper limit [rad] by joint."""


def pose(position: Vector, rpy: Vector = (0.0, 0.0, 0.0)) -> np.ndarray:
    """Return a homogeneous transform, shape (4, 4).

    Args:
        position: Translation [m].
        rpy: Rotations about the fixed x, y, z axes, applied in this order [rad].
    """
    (cr, cp, cy), (sr, sp, sy) = np.cos(rpy), np.sin(rpy)
    transform = np.eye(4)
    transform[:3, :3] = [
        [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
        [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
        [-sp, cp * sr, cp * cr],
    ]
    transform[:3, 3] = position
    return transform


def link_poses(
    joint_pos: Mapping[str, float] | None = None, joints: Mapping[str, Joint] = JOINTS
) -> dict[str, np.ndarray]:
    """Return the pose of every link in the base frame (forward kinematics).

    Args:
        joint_pos: Joint angles by name [rad]; joints left out are at zero.
        joints: The joints by name, from the base on.

    Returns:
        Homogeneous transforms by link name, each of shape (4, 4).
    """
    joint_pos = joint_pos or {}
    poses = {"base": np.eye(4)}
    for name, joint in joints.items():
        turn = pose((0.0, 0.0, 0.0), (0.0, 0.0, joint_pos.get(name, 0.0)))
        poses[joint.child] = poses[joint.parent] @ joint.origin() @ turn
    return poses


def tcp_pose(joint_pos: dict[str, float] | None = None) -> np.ndarray:
    """Return the pose of the tool centre point in the base frame, shape (4, 4).

    Args:
        joint_pos: Joint angles by name [rad]; joints left out are at zero.
    """
    return link_poses(joint_pos)["gripper"] @ pose(TCP_POSITION, (0.0, PI, 0.0))


def quaternion(rotation: np.ndarray) -> np.ndarray:
    """Return the unit quaternion (w, x, y, z), w >= 0, of a rotation matrix of shape (3, 3)."""
    # The eigenvector of the largest eigenvalue is the quaternion, without the case analysis of the closed form.
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = rotation
    symmetric = np.array(
        [
            [xx + yy + zz, zy - yz, xz - zx, yx - xy],
            [zy - yz, xx - yy - zz, xy + yx, xz + zx],
            [xz - zx, xy + yx, yy - xx - zz, yz + zy],
            [yx - xy, xz + zx, yz + zy, zz - xx - yy],
        ]
    )
    wxyz = np.linalg.eigh(symmetric)[1][:, -1]
    leading = wxyz[np.flatnonzero(np.abs(wxyz) > 1e-9)[0]]
    return wxyz * np.sign(leading)
