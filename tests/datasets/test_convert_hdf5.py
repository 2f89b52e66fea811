"""`leisaac convert FILE.hdf5`: what Isaac Lab's recorder and LeIsaac wrote, as a LeRobot dataset."""

import contextlib
import hashlib
import itertools
import json
import math
import signal
import sys
import time
from concurrent.futures import wait
from pathlib import Path

import h5py
import numpy as np
import psutil
import pytest
from hdf5_files import ROOT_POSE, TURN_XYZW, as_lekiwi, as_two_arms, write_hdf5
from lerobot.datasets import LeRobotDataset
from PIL import Image

from lerobot_env_leisaac import cli, robots, units
from lerobot_env_leisaac.datasets import manifest as manifests
from lerobot_env_leisaac.datasets import row_statistics, writer
from lerobot_env_leisaac.datasets.convert import recordings, selection
from lerobot_env_leisaac.datasets.convert.hdf5 import RecordedCamera, episode_of
from lerobot_env_leisaac.datasets.convert.memory import workers_that_fit
from lerobot_env_leisaac.datasets.convert.rate import Rate, Repetition, chosen_rate, repetition

JOINTS = robots.DEFAULT.channel_names


def rows(root, feature) -> np.ndarray:
    return np.concatenate([part[feature] for part in row_statistics.read_numbers(root)])


def convert(*arguments) -> int:
    return cli.main(["convert", *map(str, arguments), "--vcodec", "h264", "--workers", "1"])


def test_leisaacs_file_becomes_a_dataset_at_its_true_rate(demonstrate, tmp_path, capsys):
    episodes = [demonstrate(0, 80), demonstrate(1, 40), demonstrate(2, 8), demonstrate(3, 60), demonstrate(4, 40)]
    file = write_hdf5(tmp_path / "lift.hdf5", episodes, success=[True, False, True, True, None])
    out = tmp_path / "out"
    assert convert(file, "--out", out, "--skip-first", "5") == 0
    said = capsys.readouterr().out
    assert "2 episodes, 66 frames at 30 a second (every 2nd row)" in said
    assert "images are up to 1 row of the file older than states" in said
    assert "left out: 1 failed, 1 shorter than 10 rows, 1 without an outcome" in said

    for feature, values in (("observation.state", "state"), ("action", "action")):
        expected = np.concatenate([getattr(episodes[i], values)[5::2] for i in (0, 3)])
        np.testing.assert_allclose(rows(out, feature), expected, atol=1e-4)
    dataset = LeRobotDataset("out", out, video_backend="pyav")
    for row in (0, 20, 45):
        source, number = (episodes[0], 4 + 2 * row) if row < 38 else (episodes[3], 4 + 2 * (row - 38))
        shown = dataset[row]["observation.images.wrist"].permute(1, 2, 0).numpy() * 255
        assert abs(shown - source.images["wrist"][number]).mean() < 8

    manifest = manifests.read(out)
    assert (manifest.task, manifest.fps, manifest.units) == ("LiftCube", 30, units.load("degrees"))
    assert manifest.instruction == "Lift the red cube up."
    assert (manifest.seed, manifest.device, manifest.physics) == (None, None, None), "the file does not say"
    assert [(each.episode, each.length, each.success) for each in manifest.episodes] == [(0, 38, True), (3, 28, True)]
    scene = manifest.episodes[0].initial_state
    np.testing.assert_allclose(
        scene["rigid_object"]["cube"]["root_pose"], [ROOT_POSE[0] + 4, *ROOT_POSE[1:], *TURN_XYZW], rtol=1e-6
    )
    joints = np.degrees(scene["articulation"]["robot"]["joint_position"])
    np.testing.assert_allclose(joints, episodes[0].state[5], rtol=1e-5)
    (done,) = manifest.conversions
    assert done["files"][0]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (done["units"], done["stride"], done["skip_first"]) == (["radians", "degrees"], 2, 5)
    assert [(each["episode"], each["reason"]) for each in done["dropped"]] == [
        ("demo_1", "failed"),
        ("demo_2", "shorter than 10 rows"),
        ("demo_4", "without an outcome"),
    ]
    assert cli.main(["check", str(out)]) == 0, capsys.readouterr().out
    assert "3 episodes of what it was converted from left out" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("repeat", "late", "skip", "first", "shows"),
    [(2, 0, 0, 0, 0), (2, 1, 0, 1, 1), (3, 2, 0, 1, 1), (2, 0, 1, 1, 0), (2, 1, 3, 3, 3), (3, 2, 3, 3, 1)],
)
def test_it_begins_with_the_first_new_image_or_where_it_is_told_to(
    demonstrate, tmp_path, capsys, repeat, late, skip, first, shows
):
    episode = demonstrate(0, 40)
    args = {"dt": 1 / 30 / repeat, "decimation": 1}
    file = write_hdf5(tmp_path / "a.hdf5", [episode], sim_args=args, repeat=repeat, late=late)
    out = tmp_path / "out"
    assert convert(file, "--out", out, "--skip-first", skip) == 0
    np.testing.assert_allclose(rows(out, "observation.state"), episode.state[first::repeat], atol=1e-4)
    shown = LeRobotDataset("out", out, video_backend="pyav")[0]["observation.images.front"].permute(1, 2, 0).numpy()
    apart = [abs(shown * 255 - episode.images["front"][row]).mean() for row in range(10)]
    assert np.argmin(apart) == shows
    assert ("older than states" in capsys.readouterr().out) == (shows < first)
    joints = manifests.read(out).episodes[0].initial_state["articulation"]["robot"]["joint_position"]
    np.testing.assert_allclose(np.degrees(joints), episode.state[first], rtol=1e-5)


def test_isaac_labs_file_states_its_rate_and_order_of_quaternions(demonstrate, tmp_path):
    episodes = [demonstrate(0, 60)]
    args = {"dt": 1 / 120, "decimation": 2}
    file = write_hdf5(tmp_path / "a.hdf5", episodes, version=1, env_name="", sim_args=args, compression="gzip")
    out = tmp_path / "out"
    named = ["--task", "LiftCube", "--instruction", "Up with it."]
    assert convert(file, "--out", out, "--units", "lerobot_normalized", "--cameras", "front,top", *named) == 0
    manifest = manifests.read(out)
    assert (manifest.fps, manifest.instruction, list(manifest.cameras)) == (30, "Up with it.", ["front", "top"])
    assert manifest.conversions[0]["files"][0]["rows_a_second"] == 60
    pose = manifest.episodes[0].initial_state["rigid_object"]["cube"]["root_pose"]
    np.testing.assert_allclose(pose, [*ROOT_POSE, *TURN_XYZW], rtol=1e-6)
    np.testing.assert_allclose(rows(out, "action")[:, 0], episodes[0].action[::2, 0] / 1.1, atol=1e-3)


def test_observations_in_one_table_leave_the_simulators_own_states(demonstrate, tmp_path, capsys):
    episode = demonstrate(0, 30)
    args = {"dt": 1 / 120, "decimation": 4}
    file = write_hdf5(tmp_path / "a.hdf5", [episode], version=1, sim_args=args, concatenated=True)
    assert convert(file, "--out", tmp_path / "out") == 1
    assert "holds no images: say --cameras none" in capsys.readouterr().err
    assert convert(file, "--out", tmp_path / "out", "--cameras", "none") == 0
    np.testing.assert_allclose(rows(tmp_path / "out", "observation.state"), episode.state, atol=1e-4)


def test_several_files_failed_episodes_and_another_order_of_joints(demonstrate, tmp_path):
    order = [5, 0, 1, 2, 3, 4]
    episodes = [demonstrate(seed, 30) for seed in range(3)]
    first = write_hdf5(tmp_path / "a.hdf5", episodes[:2], success=[False, True], order=order)
    second = write_hdf5(tmp_path / "b.hdf5", episodes[2:], order=order)
    names = [JOINTS[joint] for joint in order]
    assert convert(first, second, "--out", tmp_path / "out", "--all", "--joint-order", *names) == 0
    expected = np.concatenate([each.state[::2] for each in episodes])
    np.testing.assert_allclose(rows(tmp_path / "out", "observation.state"), expected, atol=1e-4)
    recorded = manifests.read(tmp_path / "out").episodes
    assert [(each.episode, each.success) for each in recorded] == [(0, False), (1, True), (2, True)]
    joints = recorded[2].initial_state["articulation"]["robot"]["joint_position"]
    np.testing.assert_allclose(np.degrees(joints), episodes[2].state[0], rtol=1e-5)


def test_every_row_is_kept_on_demand_and_then_the_rate_must_be_said(demonstrate, tmp_path, capsys):
    file = write_hdf5(tmp_path / "a.hdf5", [demonstrate(0, 30)])
    out = tmp_path / "out"
    assert convert(file, "--out", out, "--keep-rate") == 1
    assert "does not say how many rows a second it has: say --fps" in capsys.readouterr().err
    assert convert(file, "--out", out, "--keep-rate", "--fps", "60") == 0
    assert (len(rows(out, "action")), manifests.read(out).fps) == (30, 60)


def test_images_are_given_another_size(demonstrate, tmp_path, capsys):
    file = write_hdf5(tmp_path / "a.hdf5", [episode := demonstrate(0, 30)])
    out = tmp_path / "out"
    assert convert(file, "--out", out, "--image-size", 64, 80, "--cameras", "top") == 0
    assert manifests.read(out).cameras == {"top": (64, 80)}
    shown = LeRobotDataset("out", out, video_backend="pyav")[3]["observation.images.top"].permute(1, 2, 0) * 255
    expected = Image.fromarray(episode.images["top"][6]).resize((80, 64), Image.Resampling.BOX)
    assert shown.shape == (64, 80, 3) and abs(shown.numpy() - np.asarray(expected)).mean() < 8
    assert cli.main(["check", str(out)]) == 0, capsys.readouterr().out


def test_a_task_that_is_not_here_is_converted_by_its_instruction(demonstrate, tmp_path, capsys):
    file = write_hdf5(tmp_path / "a.hdf5", [demonstrate(0, 30)], env_name="LeIsaac-SO101-JuggleKnives-v0")
    out = tmp_path / "out"
    assert convert(file, "--out", out) == 1
    assert "'LeIsaac-SO101-JuggleKnives-v0', which is no task here" in capsys.readouterr().err
    assert convert(file, "--out", out, "--instruction", "Juggle.") == 0
    assert manifests.read(out).instruction == "Juggle."
    assert cli.main(["check", str(out)]) == 0
    assert cli.main(["replay", str(out)]) == 1
    assert "no task 'LeIsaac-SO101-JuggleKnives-v0'" in capsys.readouterr().err


def test_what_was_interrupted_is_resumed(demonstrate, tmp_path, capsys, monkeypatch):
    episodes = [demonstrate(seed, 30) for seed in range(4)]
    file = write_hdf5(tmp_path / "a.hdf5", episodes, success=[True, False, True, True])
    out = tmp_path / "out"
    monkeypatch.setattr(writer, "_SHARD_BYTES", 1)
    whole = recordings._demonstrations

    writers = []

    class Watched(writer.DemonstrationWriter):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            writers.append(self)

    def interrupted(*arguments):
        yield from list(whole(*arguments))[:2]
        wait([writers[0]._writing[0][-1]])  # until one can be counted
        raise KeyboardInterrupt

    monkeypatch.setattr(recordings, "DemonstrationWriter", Watched)
    monkeypatch.setattr(recordings, "_demonstrations", interrupted)
    assert convert(file, "--out", out) == 130
    assert "of 3 episodes are saved in" in (said := capsys.readouterr().err) and "go on with --resume" in said
    monkeypatch.setattr(recordings, "_demonstrations", whole)
    assert convert(file, "--out", out) == 1
    assert "is not empty" in capsys.readouterr().err
    assert convert(file, "--out", out, "--resume", "--skip-first", "2") == 1
    assert "in another way" in capsys.readouterr().err
    assert convert(file, "--out", out, "--resume") == 0
    expected = np.concatenate([episodes[i].state[::2] for i in (0, 2, 3)])
    np.testing.assert_allclose(rows(out, "observation.state"), expected, atol=1e-4)
    assert cli.main(["check", str(out)]) == 0


def memory_of(process: psutil.Popen) -> int:
    """Return the memory of a process and those that it started, what they share counted once [B]."""
    total = 0
    for each in [process, *process.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            total += each.memory_full_info().pss
    return total


def test_large_images_in_large_chunks_take_two_gigabytes_at_most(demonstrate, tmp_path):
    """As LeIsaac writes them, a hundred rows of 640x480 in a piece: they cannot be read but together."""
    file = write_hdf5(tmp_path / "a.hdf5", [demonstrate(seed, 400) for seed in range(2)])
    with h5py.File(file, "r+") as opened:
        for demo in opened["data"].values():
            for camera in ("front", "top", "wrist"):
                del demo["obs"][camera]
                options = {"chunks": (100, 480, 640, 3), "compression": "lzf"}
                images = demo["obs"].create_dataset(camera, (400, 480, 640, 3), np.uint8, **options)
                for first in range(0, 400, 100):
                    shade = (np.arange(first, first + 100) // 2).astype(np.uint8)
                    images[first : first + 100] = np.broadcast_to(shade[:, None, None, None], (100, 480, 640, 3))
    command = [Path(sys.executable).with_name("leisaac"), "convert", file, "--out", tmp_path / "out", "--workers", "2"]
    process, most = psutil.Popen(command), 0
    while process.poll() is None:
        most = max(most, memory_of(process))
        time.sleep(0.2)
    assert process.returncode == 0
    assert most < 2e9
    assert manifests.read(tmp_path / "out").episodes[1].length == 200


@pytest.mark.parametrize(
    ("scale", "arguments", "reason"),
    [
        (57.29578, [], "is not in radians: the state of"),
        (57.29578, ["--source-units", "lerobot_normalized"], "are no joint targets in lerobot_normalized"),
        (1.0, ["--source-units", "degrees"], "is not in degrees: the state of every joint stays within"),
    ],
)
def test_units_that_the_file_contradicts_are_refused(demonstrate, tmp_path, capsys, scale, arguments, reason):
    file = write_hdf5(tmp_path / "a.hdf5", [demonstrate(0, 30)], units_per_radian=scale)
    assert convert(file, "--out", tmp_path / "out", *arguments) == 1
    assert reason in capsys.readouterr().err
    if scale != 1:
        assert convert(file, "--out", tmp_path / "out", "--source-units", "degrees") == 0


def damaged(change):
    """Return what writes a file that a function of its `demo_0`, or of the file, then changes."""

    def write(path, demonstrate):
        write_hdf5(path, [demonstrate(0, 30)])
        with h5py.File(path, "r+") as file:
            change(file["data/demo_0"])

    return write


def replaced(name, make):
    def change(demo):
        values = demo[name][()]
        del demo[name]
        demo[name] = make(values)

    return damaged(change)


def linked(name, make):
    def change(demo):
        del demo[name]
        demo[name] = make(demo)

    return damaged(change)


def virtual(demo):
    layout = h5py.VirtualLayout((30, 6), np.float32)
    layout[:] = h5py.VirtualSource("elsewhere.h5", "actions", (30, 6), np.float32)
    del demo["actions"]
    demo.create_virtual_dataset("actions", layout)


def outside(demo):
    del demo["actions"]
    demo.create_dataset("actions", (30, 6), np.float32, external=[("/etc/passwd", 0, 720)])


def stating(dt, decimation=2):
    def change(demo):
        data = demo.file["data"]
        args = {**json.loads(data.attrs["env_args"]), "sim_args": {"dt": dt, "decimation": decimation}}
        data.attrs["env_args"] = json.dumps(args)

    return damaged(change), "sim_args of env_args says dt"


def changed(name, value):
    def make(values):
        values = values.astype(np.float64)
        values[3] = value
        return values

    return replaced(name, make)


def objects(demo):
    del demo["actions"]
    demo.create_dataset("actions", data=[["x"] * 6] * 30, dtype=h5py.string_dtype())


def scrambled(path, demonstrate):
    write_hdf5(path, [demonstrate(0, 30)])
    with h5py.File(path, "r") as file:
        chunk = file["data/demo_0/obs/front"].id.get_chunk_info(2)
    with open(path, "r+b") as file:
        file.seek(chunk.byte_offset)
        file.write(b"\xff" * chunk.size)


def shortened(path, demonstrate):
    write_hdf5(path, [demonstrate(0, 30)])
    with open(path, "r+b") as file:
        file.truncate(path.stat().st_size // 2)


def giant(kind):
    def write(path, _):
        with h5py.File(path, "w", libver="latest") as file:  # which alone holds large attributes
            file.create_group("data/demo_0").parent.attrs["env_args"] = kind("x" * 20_000_000)

    return write


BAD = {
    "no HDF5": (lambda path, _: path.write_text("actions"), "is no HDF5 file"),
    "empty": (lambda path, _: path.write_bytes(b""), "is no HDF5 file"),
    "truncated": (shortened, "is damaged or was not copied to its end"),
    "scrambled images": (scrambled, "1 unusable (demo_0 is damaged"),
    "no data": (lambda path, _: h5py.File(path, "w").close(), "has no /data"),
    "no episode": (damaged(lambda demo: demo.file["data"].pop("demo_0")), "holds no episode"),
    "no actions": (damaged(lambda demo: demo.pop("actions")), "has no /data/demo_0/actions"),
    "no states": (
        damaged(lambda demo: [demo["obs"].pop("joint_pos"), demo.pop("states")]),
        "has neither obs/joint_pos nor states/articulation/robot",
    ),
    "a folder of actions": (linked("actions", lambda demo: demo["obs"]), "/data/demo_0/actions is a group"),
    "two arms": (replaced("actions", lambda values: np.tile(values, 2)), "shape (30, 12), expected rows of 6 joints"),
    "a keyboard": (replaced("actions", lambda values: np.zeros((30, 8))), "8 wide, the commands of a keyboard"),
    "another robot": (replaced("actions", lambda values: values[:, :5]), "expected rows of 6 joints"),
    "flat actions": (replaced("actions", lambda values: values.ravel()), "has shape (180,), expected rows of joints"),
    "one action": (linked("actions", lambda _: 1.0), "actions has shape (), expected rows of numbers"),
    "no actions at all": (linked("actions", lambda _: h5py.Empty("f4")), "actions has shape None, expected rows"),
    "fewer states": (replaced("obs/joint_pos", lambda values: values[:29]), "has 30 actions and 29 states"),
    "fewer images": (replaced("obs/top", lambda values: values[:20]), "has 30 actions and 20 images of top"),
    "float images": (replaced("obs/top", lambda values: values / 255), "expected images as uint8"),
    "no images": (damaged(lambda demo: [demo["obs"].pop(c) for c in ("front", "top", "wrist")]), "holds no images"),
    "still images": (
        damaged(
            lambda demo: [
                demo["obs"][c].write_direct(np.zeros((30, 96, 128, 3), np.uint8)) for c in ("front", "top", "wrist")
            ]
        ),
        "say --keep-rate and --fps",
    ),
    "irregular images": (
        replaced("obs/front", lambda values: values[[0, 0, 2, 4, 4, 4, 6, 8, 8, 8, *range(8, 28)]]),
        "the images of front change irregularly",
    ),
    **{f"a time step of {dt}": stating(dt) for dt in (math.inf, -math.inf, math.nan, 0, -0.01, 1e-300, 1e300, 10**400)},
    "a time step in words": stating("fast"),
    "no time step": stating(None),
    "steps of none": stating(0.01, 0),
    **{
        f"{name} of {value}": (changed(name, value), "is not finite, or beyond 1,000,000, in row 3")
        for name in ("actions", "obs/joint_pos")
        for value in (math.nan, math.inf, -math.inf, 1e30, 1e308)
    },
    **{
        f"targets of {value}": (changed("processed_actions", value), "is not finite in row 3")
        for value in (math.nan, -math.inf, 1e308)
    },
    "texts": (damaged(objects), "is of type object, expected numbers"),
    "soft link": (linked("actions", lambda _: h5py.SoftLink("/data/demo_0/processed_actions")), "is a link"),
    "external link": (linked("actions", lambda _: h5py.ExternalLink("other.h5", "/x")), "is a link to somewhere else"),
    "linked images": (linked("obs/front", lambda _: h5py.ExternalLink("other.h5", "/x")), "is a link to somewhere"),
    "virtual data": (damaged(virtual), "lies in another file"),
    "external data": (damaged(outside), "lies in another file"),
    "giant attribute": (giant(lambda text: np.bytes_(text.encode())), "the attribute env_args of /data is too large"),
    "giant text": (giant(str), "the attribute env_args of /data is too large"),
    "env_args": (damaged(lambda demo: demo.parent.attrs.modify("env_args", "{")), "expected a JSON object"),
    "newer format": (damaged(lambda demo: demo.file.attrs.modify("format_version", 7)), "is of format 7, expected 1"),
    "outcome": (damaged(lambda demo: demo.attrs.create("success", "yes")), "expected one number"),
    "scene": (changed("states/rigid_object/cube/root_pose", math.nan), "cube/root_pose is not finite in row 3"),
    "wide scene": (changed("states/rigid_object/cube/root_pose", 1e300), "cube/root_pose is not finite in row 3"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_line_and_nothing_is_counted(demonstrate, tmp_path, capsys, name):
    write, reason = BAD[name]
    path = tmp_path / "bad.hdf5"
    write(path, demonstrate)
    skip = ["--skip-first", "4"] if "scene" in name else []
    assert convert(path, "--out", tmp_path / "out", *skip) == 1
    error = capsys.readouterr().err.rpartition("\r")[2].splitlines()
    assert reason in error[-1], error
    assert error[-1].startswith("leisaac: error: ") and "bad.hdf5" in error[-1]
    assert not (tmp_path / "out" / "meta" / "info.json").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("--cameras side", "has no camera side, found front, top, wrist"),
        ("--fps 25", "has 60 rows a second, of which no whole part makes 25 frames a second"),
        ("--fps 60", "60 frames a second would repeat images, say --fps 30"),
        ("--skip-first 25", "no episode is left to convert: 1 shorter than 10 rows"),
    ],
)
def test_what_the_file_does_not_give_is_refused(demonstrate, tmp_path, capsys, arguments, reason):
    file = write_hdf5(tmp_path / "a.hdf5", [demonstrate(0, 30)], sim_args={"dt": 1 / 120, "decimation": 2})
    assert convert(file, "--out", tmp_path / "out", *arguments.split()) == 1
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("./a.hdf5", None),
        ("sub/../a.hdf5", None),
        ("link.hdf5", lambda path, link: link.symlink_to(path.name)),
        ("hard.hdf5", lambda path, link: link.hardlink_to(path)),
        ("copy.hdf5", lambda path, copy: copy.write_bytes(path.read_bytes())),
    ],
)
def test_a_file_that_is_named_twice_is_refused(demonstrate, tmp_path, monkeypatch, capsys, name, make):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    path = write_hdf5(tmp_path / "a.hdf5", [demonstrate(0, 30)])
    if make is not None:
        make(path, tmp_path / name)
    assert convert("a.hdf5", name, "--out", "out") == 1
    (error,) = capsys.readouterr().err.splitlines()
    assert "a.hdf5" in error and ("are one file: name it once" in error or "hold the same: name one" in error)
    assert not (tmp_path / "out" / "meta").exists()


def test_files_that_do_not_go_together_are_named(demonstrate, tmp_path, capsys):
    first = write_hdf5(tmp_path / "a.hdf5", [demonstrate(0, 30)])
    for change, reason in (
        ({"repeat": 1}, "each image is there 2 times in demo_0 of"),
        (
            {"env_name": "LeIsaac-SO101-PickOrange-v0"},
            "of different tasks, LeIsaac-SO101-LiftCube-v0, LeIsaac-SO101-Pick",
        ),
    ):
        second = write_hdf5(tmp_path / "b.hdf5", [demonstrate(1, 30)], **change)
        assert convert(first, second, "--out", tmp_path / "out") == 1
        assert reason in capsys.readouterr().err


@pytest.mark.parametrize(
    ("hz", "repeated", "fps", "keep_rate", "expected"),
    [
        (None, 2, None, False, Rate(2, 30)),
        (None, 2, 25, False, Rate(2, 25)),
        (None, 1, 30, False, Rate(1, 30)),
        (60.0, 2, None, False, Rate(2, 30)),
        (60.0, 1, None, False, Rate(1, 60)),
        (60.0, 1, 30, False, Rate(2, 30)),
        (30.0, None, None, False, Rate(1, 30)),
        (60.0, 2, None, True, Rate(1, 60)),
        (None, 1, None, False, "say --fps"),
        (None, 3, None, False, "say --fps"),
        (None, None, 30, False, "say --keep-rate and --fps"),
        (None, 2, 60, False, "60 rows a second are 30 frames: say --fps 30"),
        (60.0, 2, 20, False, "would repeat images"),
        (60.0, 1, 40, False, "no whole part"),
        (60.0, 2, 30, True, "no whole part"),
    ],
)
def test_the_rate_is_true_or_asked_for(hz, repeated, fps, keep_rate, expected):
    if isinstance(expected, Rate):
        assert chosen_rate(hz, repeated, fps, keep_rate=keep_rate) == expected
    else:
        with pytest.raises(ValueError, match=expected):
            chosen_rate(hz, repeated, fps, keep_rate=keep_rate)


def test_repeated_images_are_counted_through_slips_and_pauses():
    images = [np.full((2, 2, 3), value, np.uint8) for value in range(200)]
    twice = [images[row // 2] for row in range(100)]
    assert repetition(iter(twice)) == Repetition(2, 0)
    assert repetition(iter(twice[1:])) == Repetition(2, 1)
    assert repetition(iter(twice[:61] + twice[60:])) == Repetition(2, 0), "one came a row late"
    assert repetition(iter(twice[:20] + [twice[20]] * 10 + twice[20:])) == Repetition(2, 0), "nothing moved for a while"
    assert repetition(iter(images)) == Repetition(1, 0)
    assert repetition(iter(images[:50] + images[49:50] * 30 + images[50:])) == Repetition(1, 0)
    assert repetition(iter(images[:1] * 50)) is None


@pytest.mark.parametrize("pattern", [[1, 2], [1, 1, 2], [2, 1, 1, 2, 1], [2, 2, 3], [1, 3]])
def test_images_that_come_irregularly_are_no_rate(pattern):
    """Forty a second in sixty rows, say: no stride makes each of them new."""
    images = [np.full((2, 2, 3), value, np.uint8) for value in range(60)]
    shown = [image for image, times in zip(images, itertools.cycle(pattern), strict=False) for _ in range(times)]
    with pytest.raises(ValueError, match="irregularly"):
        repetition(iter(shown))


def test_old_values_stay_where_a_file_says_its_units(demonstrate, tmp_path):
    file = write_hdf5(tmp_path / "a.hdf5", [episode := demonstrate(0, 30)], units_per_radian=57.29577951)
    with h5py.File(file, "r+") as opened:
        args = json.loads(opened["data"].attrs["env_args"]) | {"leisaac_units": units.load("degrees").table}
        opened["data"].attrs["env_args"] = json.dumps(args)
    assert convert(file, "--out", tmp_path / "out", "--units", "radians") == 0
    np.testing.assert_allclose(rows(tmp_path / "out", "action"), np.radians(episode.action[::2]), atol=1e-5)


def info(root) -> dict:
    return json.loads((root / "meta" / "info.json").read_text())


def test_two_arms_are_found_by_the_width_of_their_actions(demonstrate, tmp_path, capsys):
    episode = demonstrate(0, 40)
    file = as_two_arms(write_hdf5(tmp_path / "a.hdf5", [episode]))
    out = tmp_path / "out"
    assert convert(file, "--out", out, "--instruction", "Both.") == 0
    assert info(out)["robot_type"] == "bi_so_follower"
    names = [f"{side}_{joint}.pos" for side in ("left", "right") for joint in JOINTS]
    for feature, values in (("action", episode.action), ("observation.state", episode.state)):
        assert info(out)["features"][feature]["names"] == names
        np.testing.assert_allclose(rows(out, feature), np.hstack([values, values[::-1]])[::2], atol=1e-4)
    start = manifests.read(out).episodes[0].initial_state["articulation"]
    np.testing.assert_allclose(np.degrees(start["left_arm"]["joint_position"]), episode.state[0], rtol=1e-5)
    assert cli.main(["check", str(out)]) == 0, capsys.readouterr().out
    back = tmp_path / "normalized"
    assert cli.main(["convert", str(out), "--units", "lerobot_normalized", "--out", str(back)]) == 0
    pan = rows(out, "action")[:, [0, 6]] / 1.1
    np.testing.assert_allclose(rows(back, "action")[:, [0, 6]], pan, rtol=1e-4, atol=1e-4)


def test_two_arms_in_another_order_of_joints(demonstrate, tmp_path):
    episode = demonstrate(0, 40)
    file = as_two_arms(write_hdf5(tmp_path / "a.hdf5", [episode], order=[5, 0, 1, 2, 3, 4]))
    joints = [JOINTS[joint] for joint in (5, 0, 1, 2, 3, 4)]
    order = [f"{side}_{joint}" for side in ("left", "right") for joint in joints]
    out = tmp_path / "out"
    assert convert(file, "--out", out, "--instruction", "Both.", "--joint-order", *order) == 0
    for feature, values in (("action", episode.action), ("observation.state", episode.state)):
        np.testing.assert_allclose(rows(out, feature), np.hstack([values, values[::-1]])[::2], atol=1e-4)
    start = manifests.read(out).episodes[0].initial_state["articulation"]["right_arm"]["joint_position"]
    np.testing.assert_allclose(np.degrees(np.array(start) + 0.01), episode.state[0], rtol=1e-5)


def test_a_lekiwis_base_has_lerobots_names_units_and_axes(demonstrate, tmp_path, capsys):
    """LeIsaac's base looks along its +Y; turned by 90 degrees, that is the world's -X."""
    episode = demonstrate(0, 40)
    file = as_lekiwi(write_hdf5(tmp_path / "a.hdf5", [episode]), velocity=(-0.2, 0.1, 0.3), yaw=math.pi / 2)
    out = tmp_path / "out"
    assert convert(file, "--out", out, "--instruction", "Tidy up.") == 0
    assert info(out)["robot_type"] == "lekiwi"
    names = [f"arm_{joint}.pos" for joint in JOINTS] + ["x.vel", "y.vel", "theta.vel"]
    for feature, values, part in (("action", episode.action, 1.0), ("observation.state", episode.state, 0.5)):
        assert info(out)["features"][feature]["names"] == names
        np.testing.assert_allclose(rows(out, feature)[:, :6], values[::2], atol=1e-4)
        base = part * np.array([0.2, -0.1, np.degrees(0.3)])
        np.testing.assert_allclose(rows(out, feature)[:, 6:], np.tile(base, (20, 1)), rtol=1e-5, atol=1e-6)
    assert manifests.read(out).units == units.load("degrees")
    assert cli.main(["check", str(out)]) == 0, capsys.readouterr().out


def test_files_whose_bases_have_other_axes_are_converted_apart(demonstrate, tmp_path, capsys):
    files = [
        as_lekiwi(write_hdf5(tmp_path / f"{n}.hdf5", [demonstrate(n, 40)]), velocity=(0.1, 0.0, 0.0), yaw=0.0)
        for n in (0, 1)
    ]
    joints = ["base_x", "base_y", "base_theta", *JOINTS]
    with h5py.File(files[1], "r+") as opened:  # as an environment of this package notes it
        args = json.loads(opened["data"].attrs["env_args"])
        args["leisaac_models"] = {"robot": {"joints": joints, "reach_yaw": 0.0}}
        opened["data"].attrs["env_args"] = json.dumps(args)
    assert convert(*files, "--out", tmp_path / "out", "--instruction", "Tidy up.") == 1
    assert "do not note the same of the robot's base and joints: convert them apart" in capsys.readouterr().err


def test_what_no_robot_here_has_is_refused(demonstrate, tmp_path, capsys):
    file = write_hdf5(tmp_path / "a.hdf5", [demonstrate(0, 30)], env_name="LeIsaac-SO101-Elsewhere-v0")
    with h5py.File(file, "r+") as opened:
        del opened["data/demo_0/actions"]
        opened["data/demo_0/actions"] = np.zeros((30, 7), np.float32)
    assert convert(file, "--out", tmp_path / "out", "--instruction", "Lift.") == 1
    assert "has shape (30, 7), expected rows of 6 joints" in capsys.readouterr().err


def put(group, name, values):
    if name in group:
        del group[name]
    group[name] = values


def damage(demo, camera: str, chunk: int):
    """Damage a chunk of a camera's images."""
    place = demo[f"obs/{camera}"].id.get_chunk_info(chunk)
    path = demo.file.filename
    demo.file.close()
    with open(path, "r+b") as file:
        file.seek(place.byte_offset)
        file.write(b"\xff" * place.size)


def unit_quaternion(demo, value):
    put(demo, "initial_state/rigid_object/cube/root_pose", np.full((1, 7), value))


def alias(demo):
    data = demo.parent
    del data["demo_1"]
    data["demo_1"] = data["demo_0"]


STRANGE = {
    "two arms": (lambda demo: put(demo, "actions", np.zeros((30, 12))), "has shape (30, 12), expected rows of 6"),
    "no number": (lambda demo: put(demo, "actions", np.full((30, 6), math.nan)), "the action of demo_1 is not finite"),
    "no actions": (lambda demo: demo.pop("actions"), "has no /data/demo_1/actions"),
    "damage": (lambda demo: damage(demo, "wrist", 1), "demo_1 is damaged"),
    "other targets": (lambda demo: put(demo, "processed_actions", np.zeros((30, 6))), "demo_1 are no joint targets"),
    "an outcome": (lambda demo: demo.attrs.create("success", "yes"), "success of /data/demo_1 is object"),
    "another size": (lambda demo: put(demo, "obs/top", np.zeros((30, 32, 32, 3), np.uint8)), "has images of (32, 32)"),
    "other cameras": (lambda demo: demo["obs"].pop("top"), "demo_1 has no camera top"),
    "irregular": (
        lambda demo: put(demo, "obs/front", demo["obs/front"][()][[0, 0, 2, 4, 4, 4, 6, 8, 8, 8, *range(8, 28)]]),
        "demo_1: the images of front change irregularly",
    ),
    "a copy": (alias, "demo_1 is demo_0 under another name"),
    "no turn": (lambda demo: unit_quaternion(demo, 0.0), "cube/root_pose has a quaternion of length 0, expected 1"),
    "far away": (lambda demo: unit_quaternion(demo, 1e30), "cube/root_pose holds 1e+30, beyond 100,000"),
    "short pose": (
        lambda demo: put(demo, "initial_state/rigid_object/cube/root_pose", np.zeros((1, 3))),
        "cube/root_pose has 3 numbers, expected 7",
    ),
    "five joints": (
        lambda demo: put(demo, "initial_state/articulation/robot/joint_position", np.zeros((1, 5))),
        "robot/joint_position has 5 numbers, expected 6",
    ),
}


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_episode_among_good_ones_is_named_and_left_out(demonstrate, tmp_path, capsys, name):
    change, reason = STRANGE[name]
    episodes = [demonstrate(seed, 30) for seed in range(3)]
    path, out = write_hdf5(tmp_path / "a.hdf5", episodes), tmp_path / "out"
    with h5py.File(path, "r+") as file:
        change(file["data/demo_1"])
    assert convert(path, "--out", out) == 0
    said = capsys.readouterr().out
    assert "2 episodes, 30 frames" in said and "left out: 1 unusable (" in said and reason in said, said
    expected = np.concatenate([episodes[i].state[::2] for i in (0, 2)])
    np.testing.assert_allclose(rows(out, "observation.state"), expected, atol=1e-4)
    (dropped,) = manifests.read(out).conversions[0]["dropped"]
    assert (dropped["file"], dropped["episode"]) == ("a.hdf5", "demo_1") and reason in dropped["reason"]


def test_damage_that_encoding_finds_costs_the_episode_alone(demonstrate, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(writer, "_SHARD_BYTES", 1)
    episodes = [demonstrate(0, 30), demonstrate(1, 300), demonstrate(2, 30), demonstrate(3, 300)]
    path, out = write_hdf5(tmp_path / "a.hdf5", episodes), tmp_path / "out"
    for demo, camera in (("demo_1", "top"), ("demo_3", "wrist")):
        with h5py.File(path, "r+") as file:
            damage(file["data"][demo], camera, 28)
    assert convert(path, "--out", out) == 0
    said = capsys.readouterr().out
    assert "2 episodes, 30 frames" in said and "2 unusable (demo_1 is damaged (" in said
    expected = np.concatenate([episodes[i].state[::2] for i in (0, 2)])
    np.testing.assert_allclose(rows(out, "observation.state"), expected, atol=1e-4)
    dropped = manifests.read(out).conversions[0]["dropped"]
    assert [each["episode"] for each in dropped] == ["demo_1", "demo_3"]
    assert not (out / ".recording").exists()
    assert cli.main(["check", str(out)]) == 0, capsys.readouterr().out
    assert convert(path, "--out", out, "--resume") == 0
    assert "0 converted now, left out: 2 unusable" in capsys.readouterr().out


def test_a_file_of_which_no_episode_is_left_is_refused_beside_others(demonstrate, tmp_path, capsys):
    good = write_hdf5(tmp_path / "a.hdf5", [demonstrate(0, 30)])
    bad = write_hdf5(tmp_path / "b.hdf5", [demonstrate(1, 30)])
    with h5py.File(bad, "r+") as file:
        del file["data/demo_0/actions"]
    assert convert(good, bad, "--out", tmp_path / "out") == 1
    assert "b.hdf5: no episode is left to convert: 1 unusable" in capsys.readouterr().err


def test_a_start_without_an_object_is_not_kept(demonstrate, tmp_path, capsys):
    path, out = write_hdf5(tmp_path / "a.hdf5", [demonstrate(0, 30)]), tmp_path / "out"
    with h5py.File(path, "r+") as file:
        del file["data/demo_0/initial_state/rigid_object"]
    assert convert(path, "--out", out) == 0
    assert "1 without a start to replay from (demo_0: rigid_object/cube is not on record)" in capsys.readouterr().out
    manifest = manifests.read(out)
    assert manifest.episodes[0].initial_state == {}
    assert manifest.conversions[0]["without_start"][0]["episode"] == "demo_0"


def give_images(path, camera, images):
    with h5py.File(path, "r+") as file:
        for demo in file["data"].values():
            put(demo, f"obs/{camera}", images)
    return path


def test_every_camera_is_asked_how_often_it_is_new(demonstrate, tmp_path, capsys):
    made = demonstrate(0, 40)
    args = {"dt": 1 / 120, "decimation": 2}
    path = give_images(write_hdf5(tmp_path / "a.hdf5", [made], sim_args=args), "wrist", made.images["wrist"])
    assert convert(path, "--out", tmp_path / "out") == 1
    assert "front shows a new image every 2 rows, wrist every 1" in capsys.readouterr().err
    assert convert(path, "--out", tmp_path / "fast", "--cameras", "wrist") == 0
    assert convert(path, "--out", tmp_path / "slow", "--fps", "30") == 0
    assert [manifests.read(tmp_path / name).fps for name in ("fast", "slow")] == [60, 30]


def test_a_camera_that_sees_nothing_move_does_not_decide(demonstrate, tmp_path):
    path = write_hdf5(tmp_path / "a.hdf5", [demonstrate(0, 40)])
    give_images(path, "front", np.full((40, 96, 128, 3), 77, np.uint8))
    assert convert(path, "--out", tmp_path / "out") == 0
    assert (len(rows(tmp_path / "out", "action")), manifests.read(tmp_path / "out").fps) == (20, 30)


def test_images_that_are_not_kept_leave_no_rows_out(demonstrate, tmp_path, capsys):
    path = write_hdf5(tmp_path / "a.hdf5", [demonstrate(0, 40)])
    assert convert(path, "--out", tmp_path / "out", "--cameras", "none") == 1
    assert "say --keep-rate and --fps" in capsys.readouterr().err
    args = {"dt": 1 / 120, "decimation": 2}
    path = write_hdf5(tmp_path / "b.hdf5", [demonstrate(0, 40)], sim_args=args)
    assert convert(path, "--out", tmp_path / "out", "--cameras", "none") == 0
    assert (len(rows(tmp_path / "out", "action")), manifests.read(tmp_path / "out").fps) == (40, 60)


def hollow(path, rows, shape, **options):
    """Write an episode whose images take no room in the file, however large they are."""
    with h5py.File(path, "w") as file:
        data = file.create_group("data")
        data.attrs["env_args"] = json.dumps({"env_name": "LeIsaac-SO101-LiftCube-v0"})
        data.create_group("demo_0").attrs["success"] = True
        for name in ("actions", "obs/joint_pos"):
            data["demo_0"].create_dataset(name, (rows, 6), np.float32, chunks=(1000, 6))
        data["demo_0"].create_dataset("obs/front", (rows, *shape, 3), np.uint8, **options)
    return path


@pytest.mark.parametrize(
    ("rows", "shape", "chunks", "reason"),
    [
        (20_000, (480, 640), (20_000, 1, 1, 3), "is in chunks of 20,000 rows: to read an image, 17.2 GiB would have"),
        (1000, (16384, 16384), None, "16,777,216 pixels at most"),
        (1_000_000, (480, 640), (1, 480, 640, 3), "nothing tells how many rows a second it has"),
        (3_000_000, (16, 16), (1, 16, 16, 3), "hold more than 2,000,000 rows"),
    ],
)
def test_small_files_of_large_images_are_answered_at_once(tmp_path, capsys, rows, shape, chunks, reason):
    path = hollow(tmp_path / "a.hdf5", rows, shape, chunks=chunks)
    started = time.process_time()
    assert convert(path, "--out", tmp_path / "out") == 1
    assert reason in capsys.readouterr().err
    assert time.process_time() - started < 10


def test_one_group_under_many_names_is_read_once(demonstrate, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(selection, "MOST_ROWS", 100)
    path = write_hdf5(tmp_path / "a.hdf5", [demonstrate(0, 30)])
    with h5py.File(path, "r+") as file:
        for number in range(1, 50):
            file["data"][f"demo_{number}"] = file["data/demo_0"]
    assert convert(path, "--out", tmp_path / "out") == 0
    assert "left out: 49 unusable (demo_1 is demo_0 under another name" in capsys.readouterr().out


def test_images_that_video_cannot_have_are_refused_before_anything_is_encoded(demonstrate, tmp_path, capsys):
    path = write_hdf5(tmp_path / "a.hdf5", [demonstrate(0, 30)])
    images = np.repeat(np.arange(15, dtype=np.uint8), 2)[:, None, None, None] * np.ones((97, 131, 3), np.uint8)
    give_images(path, "top", images)
    assert convert(path, "--out", tmp_path / "out") == 1
    assert "needs --image-size: its camera top is 97 131, expected even numbers" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert convert(path, "--out", tmp_path / "out", "--image-size", 64, 80) == 0


@pytest.mark.parametrize("env_name", ["..", ".", "-v0", "a b", "../x", "os:system"])
def test_what_is_no_id_of_an_environment_is_no_task(demonstrate, tmp_path, capsys, env_name):
    path = write_hdf5(tmp_path / "a.hdf5", [demonstrate(0, 30)], env_name=env_name)
    assert convert(path, "--out", tmp_path / "out", "--instruction", "Lift.") == 1
    assert "which is no task here" in capsys.readouterr().err


def test_more_processors_take_no_more_memory():
    leisaac = [RecordedCamera((480, 640), 100)] * 3
    assert workers_that_fit(1, leisaac, 2) == 1
    assert workers_that_fit(4, leisaac, 2) == workers_that_fit(128, leisaac, 2) < 4
    assert workers_that_fit(8, [RecordedCamera((96, 128), 10)] * 3, 2) == 8, "small images leave room for all"
    assert workers_that_fit(128, [RecordedCamera((2160, 3840), 40)] * 3, 1) == 1, "one in any case"
    assert workers_that_fit(128, leisaac, 1) <= workers_that_fit(128, leisaac, 2)


def test_a_signal_waits_until_an_episode_is_read(tmp_path):
    """Raised in a callback of h5py's, its exception would be lost, and the conversion would go on."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
    done = []
    with pytest.raises(KeyboardInterrupt), episode_of(tmp_path / "a.hdf5", "demo_0"):
        signal.raise_signal(signal.SIGINT)
        done.append("read")
    assert done == ["read"]


def test_a_conversion_that_fails_at_its_end_leaves_no_process_and_no_scraps(demonstrate, tmp_path, monkeypatch):
    """Ctrl-C while the last shards are waited for, say."""
    writers = []

    def fails(self):
        writers.append(self)
        raise KeyboardInterrupt

    monkeypatch.setattr(writer.DemonstrationWriter, "close", fails)
    path = write_hdf5(tmp_path / "a.hdf5", [demonstrate(0, 30)])
    assert convert(path, "--out", tmp_path / "out") == 130
    assert writers and all(not process.is_alive() for process in writers[0]._processes)
    assert not (tmp_path / "out" / ".recording").exists()
