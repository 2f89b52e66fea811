"""HDF5 files in the layouts of Isaac Lab's recorder, made of the same made-up episodes as the other datasets."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np

ROOT_POSE = [0.1, 0.2, 0.3]
"""Where the cube lies."""
TURN_XYZW = [0.0, 0.0, 0.6, 0.8]


def write_hdf5(
    path: Path,
    demonstrations,
    *,
    version: int | None = None,
    env_name: str = "LeIsaac-SO101-LiftCube-v0",
    sim_args: dict | None = None,
    repeat: int = 2,
    late: int = 0,
    success=(),
    units_per_radian: float = 1.0,
    order=range(6),
    concatenated: bool = False,
    compression: str = "lzf",
) -> Path:
    """Write episodes (in degrees) as a recorder does, and return the file.

    Args:
        path: File.
        demonstrations: Episodes; each of their frames is rendered once, and there `repeat` times.
        version: Format version; None in files of Isaac Lab 2, whose quaternions are wxyz.
        env_name: Id of the environment.
        sim_args: What is said of the time step.
        repeat: How many rows show the same image.
        late: How many rows of the first image's are missing: so many rows earlier come the others.
        success: Outcome of each episode; True by default, None for one that did not end.
        units_per_radian: Scale of actions and observations.
        order: Joints in the order of the columns.
        concatenated: Observations are one table without images.
        compression: Filter.
    """
    with h5py.File(path, "w") as file:
        if version is not None:
            file.attrs["format_version"] = version
        data = file.create_group("data")
        args = {"env_name": env_name, "type": 2} | ({} if sim_args is None else {"sim_args": sim_args})
        data.attrs["env_args"] = json.dumps(args)
        data.attrs["total"] = sum(len(each.state) for each in demonstrations)
        for number, each in enumerate(demonstrations):
            outcome = success[number] if number < len(success) else True
            _write_episode(
                data.create_group(f"demo_{number}"),
                np.radians(each.state)[:, list(order)],
                np.radians(each.action)[:, list(order)],
                {} if concatenated else each.images,
                version=version,
                outcome=outcome,
                scale=units_per_radian,
                concatenated=concatenated,
                repeat=repeat,
                late=late,
                options={"compression": compression},
            )
    return path


def _write_episode(
    group, state, action, images, *, version, outcome, scale, concatenated, repeat, late, options
) -> None:
    rows = len(state)
    group.attrs["num_samples"] = rows
    if outcome is not None:
        group.attrs["success"] = outcome

    def put(name, values):
        group.create_dataset(name, data=values, **options)

    put("actions", (action * scale).astype(np.float32))
    put("processed_actions", action.astype(np.float32))
    if concatenated:
        put("obs", np.tile(state, 4).astype(np.float32))
    else:
        put("obs/joint_pos", (state * scale).astype(np.float32))
        put("obs/joint_vel", np.zeros_like(state))
    for camera, frames in images.items():
        rendered = frames[np.maximum((np.arange(rows) + late) // repeat * repeat - late, 0)]
        group.create_dataset(f"obs/{camera}", data=rendered, chunks=(min(10, rows), *frames.shape[1:]), **options)
    turn = TURN_XYZW if version else [TURN_XYZW[3], *TURN_XYZW[:3]]
    after = np.concatenate([state[1:], state[-1:]])
    for place, joints in (("initial_state", state[:1]), ("states", after)):
        count = len(joints)
        put(f"{place}/articulation/robot/joint_position", joints.astype(np.float32))
        put(f"{place}/articulation/robot/joint_velocity", np.zeros((count, 6), np.float32))
        for asset in ("articulation/robot", "rigid_object/cube"):
            pose = np.tile(np.float32([*ROOT_POSE, *turn]), (count, 1))
            pose[:, 0] += np.arange(count) * (place == "states")  # so that rows differ
            put(f"{place}/{asset}/root_pose", pose)
            put(f"{place}/{asset}/root_velocity", np.zeros((count, 6), np.float32))


def _put(group, name: str, values) -> None:
    """Write an array in the place of the one of that name, if there is one."""
    if name in group:
        del group[name]
    group[name] = np.asarray(values)


def as_two_arms(path: Path, *, env_name: str = "LeIsaac-SO101-Elsewhere-BiArm-v0") -> Path:
    """Make of a file of one arm that of two, the right one of which does what the left one does, backwards in time."""
    with h5py.File(path, "r+") as file:
        data = file["data"]
        data.attrs["env_args"] = json.dumps({**json.loads(data.attrs["env_args"]), "env_name": env_name})
        for demo in data.values():
            for name in ("actions", "processed_actions"):
                _put(demo, name, np.hstack([demo[name][()], demo[name][()][::-1]]))
            state = demo["obs/joint_pos"][()]
            del demo["obs/joint_pos"]
            _put(demo, "obs/left_joint_pos", state)
            _put(demo, "obs/right_joint_pos", state[::-1])
            for place in ("initial_state", "states"):
                models = demo[f"{place}/articulation"]
                models.copy("robot", "right_arm")
                models.move("robot", "left_arm")
                joints = models["left_arm/joint_position"][()]
                _put(models, "right_arm/joint_position", joints - 0.01)
    return path


def as_lekiwi(path: Path, velocity, yaw: float) -> Path:
    """Make of a file of one arm that of an arm on a base.

    Args:
        path: The file.
        velocity: Velocity along the world's x and y and about z, the same in all rows [m/s, m/s, rad/s].
        yaw: How the base is turned [rad].
    """
    with h5py.File(path, "r+") as file:
        data = file["data"]
        data.attrs["env_args"] = json.dumps({"env_name": "LeIsaac-LeKiwi-CleanupTrash-v0", "type": 2})
        for demo in data.values():
            rows = len(demo["actions"])
            moving, standing = np.tile(np.float32(velocity), (rows, 1)), np.tile(np.float32([1, 2, yaw]), (rows, 1))
            for name, base in (("actions", moving), ("processed_actions", moving), ("obs/joint_pos", standing)):
                _put(demo, name, np.hstack([demo[name][()], base]))
            _put(demo, "obs/joint_vel", np.hstack([np.zeros((rows, 6)), 0.5 * moving]))
            for place, count in (("initial_state", 1), ("states", rows)):
                robot = demo[f"{place}/articulation/robot"]
                for name in ("joint_position", "joint_velocity"):
                    _put(robot, name, np.hstack([robot[name][()], standing[:count]]))
    return path
