"""`leisaac replay --units` of a dataset that an arm somewhere else recorded, as a user runs it."""

import json
from dataclasses import replace
from shlex import quote

import numpy as np
from commands import run

from lerobot_env_leisaac.robots.so101.spec import SO101

POSE = np.array([20.0, -30.0, 40.0, 60.0, -25.0, 50.0], np.float32)  # the gripper in percent


def test_a_real_arms_recording_is_followed_from_where_it_began(write, demonstrate, tmp_path):
    moving = demonstrate(0, 90, images=False)
    held = replace(moving, state=np.repeat(POSE[None], 60, axis=0), action=np.repeat(POSE[None], 60, axis=0))
    beyond = replace(held, action=held.action + np.float32(400) * (np.arange(6) == 0).astype(np.float32))
    real = write(tmp_path / "real", [held, moving, beyond])
    slower = write(tmp_path / "slower", [held], fps=25)
    renamed = write(tmp_path / "renamed", [held], names=[f"main_{joint}" for joint in SO101.channel_names])
    names = json.dumps({f"main_{joint}": joint for joint in SO101.channel_names})
    commands = {
        "renamed": f"leisaac replay {renamed} --units lerobot_degrees --json --device cpu --rename-map {quote(names)}",
        "other names": f"leisaac replay {renamed} --units lerobot_degrees",
        "no such joint": f"leisaac replay {renamed} --units degrees --rename-map {quote(json.dumps({'a': 'jaw'}))}",
        "of our own": f"leisaac replay {renamed} --rename-map {quote(names)}",
        "followed": f"leisaac replay {real} --units lerobot_degrees --json --device cpu",
        "table": f"leisaac replay {real} --units lerobot_degrees --episode 0 --video {tmp_path}/real.mp4 --device cpu",
        "undeclared": f"leisaac replay {real}",
        "unknown units": f"leisaac replay {real} --units degres",
        "no episode": f"leisaac replay {real} --units lerobot_degrees --episode 3",
        "slower": f"leisaac replay {slower} --units lerobot_degrees",
    }
    results = run(tmp_path / "replaying", commands)

    assert results["followed"].status == 0, results["followed"].err
    still, swinging, clamped = json.loads(results["followed"].out)
    assert still["length"] == 60
    assert max(still["largest_deg"]) < 1.0, "it begins in the recorded pose and stays there"
    assert 0.5 < max(swinging["mean_deg"]) < 25, "a servo lags behind a joint that swings"
    assert clamped["clamped"] == 60 and still["clamped"] == 0
    assert clamped["largest_deg"][0] > 60, "the first joint went to its limit"
    assert max(clamped["largest_deg"][1:]) < 3.0, "the others stayed"

    assert results["renamed"].status == 0, results["renamed"].err
    assert json.loads(results["renamed"].out)[0] == still

    table = results["table"].out
    assert all(joint in table for joint in SO101.channel_names)
    assert "cannot be told" in table and "success" not in table
    assert (tmp_path / "real.mp4").stat().st_size > 10_000
    for name, reason in (
        ("undeclared", "--units"),
        ("unknown units", "unknown unit convention 'degres'"),
        ("no episode", "no episode 3 in dataset"),
        ("slower", "25 frames a second"),
        ("other names", "found main_shoulder_pan"),
        ("no such joint", "rename map names 'jaw', expected some of shoulder_pan"),
        ("of our own", "say --units, too"),
    ):
        assert results[name].status == 1 and reason in results[name].error, (name, results[name].error)
