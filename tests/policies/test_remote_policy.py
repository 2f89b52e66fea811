"""Policies that servers have, real servers on this machine: right answers, slow, wrong and missing ones."""

import re
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from policy_servers import CHUNK, Gr00tServer, OpenpiServer, observation

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.evaluation.options import EvaluationOptions
from lerobot_env_leisaac.policies.chunks import schedule
from lerobot_env_leisaac.policies.remote.door import Door
from lerobot_env_leisaac.policies.remote.fit import fitted, open_policy
from lerobot_env_leisaac.policies.remote.images import resize_with_pad
from lerobot_env_leisaac.policies.remote.policy import ServerGone
from lerobot_env_leisaac.policies.remote.request_format import RequestFormat
from lerobot_env_leisaac.resources import config_dir

LIFT_CUBE = catalog.lerobot_task("LiftCube")
JOINTS = LIFT_CUBE.robot.channel_names
GROUPED = {name: {"modality_keys": ["single_arm", "gripper"]} for name in ("state", "action")}
MODALITIES = {"video": {"modality_keys": ["front", "wrist"]}, **GROUPED}


def options(server, format="openpi_leisaac", **changed) -> EvaluationOptions:
    return EvaluationOptions(
        policy_server=server if isinstance(server, str) else server.url,
        **{"policy_format": format, "server_timeout": 0.5, "image_size": (48, 64), **changed},
    )


@pytest.fixture
def opened():
    """Opens policies, and closes them."""
    policies = []

    def open_(*arguments, n_action_steps=None, **changed):
        policies.append(open_policy(LIFT_CUBE, options(*arguments, **changed), n_action_steps))
        return policies[-1]

    yield open_
    for policy in policies:
        policy.close()


def of_state(request):
    """A chunk of ten actions that says whose state it was asked for."""
    return {"actions": np.float64(request["state"]) + np.zeros((10, 1))}


def test_each_environment_gets_the_answer_to_its_own_question(opened):
    with OpenpiServer(of_state) as server:
        policy = opened(server)
        server.requests.clear()
        chunk = policy.predict_chunk(observation(9))
        assert torch.equal(chunk, observation(9)["observation.state"].unsqueeze(1).expand(-1, 10, -1))
        assert policy.unanswered == () and policy.n_action_steps == policy.chunk_size == 10
        for row, request in enumerate(server.requests):
            assert request.keys() == {"state", "images/front", "images/wrist", "prompt"}
            assert request["prompt"] == f"Lift cube {row}."
            for camera, offset in (("front", 0), ("wrist", 100)):
                image = request[f"images/{camera}"]
                assert (image.shape, image.dtype) == ((224, 224, 3), np.uint8)
                assert (image[112, 112] == row + offset).all() and (image[0] == 0).all(), "centred on black"
        assert policy.statistics()["answers"] == 9


def test_options_are_fitted_to_what_the_format_says(opened):
    with OpenpiServer() as server:
        policy = opened(server)
        fit = fitted(options(server), policy)
        assert (fit.units.name, fit.cameras) == ("lerobot_normalized_leisaac", ("front", "wrist"))
        assert fit.instruction == LIFT_CUBE.instruction
        assert opened(server, n_action_steps=4).n_action_steps == 4
        with pytest.raises(ValueError, match="n_action_steps is 11, expected 1 to 10, the chunk size of policy server"):
            opened(server, n_action_steps=11)


def test_two_policies_are_told_apart(opened):
    with OpenpiServer(metadata={"step": 1000}) as first, OpenpiServer(metadata={"step": 2000}) as second:
        hashes = {opened(first).hash, opened(second).hash, opened(first, "openpi_so101").hash}
        assert len(hashes) == 3 and opened(first).hash in hashes


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"action": CHUNK}, "an answer without actions, it has action"),
        ({"actions": CHUNK[:, :5]}, r"actions of shape \(10, 5\), expected \(T, 6\)"),
        ({"actions": CHUNK[0]}, r"actions of shape \(6,\), expected"),
        ({"actions": CHUNK[:0]}, "chunks of 0 actions, expected 1 or more"),
        ({"actions": "lift"}, "an answer without actions"),
        ({"actions": CHUNK > 3}, "an answer without actions"),
        (b"garbage", "no message of arrays and plain data"),
        ({"actions": np.zeros((10_001, 6))}, "a chunk of 10,001 actions, expected 10,000 at most"),
        ("x" * 10_000, "its error 'x{300}'$"),
        (b"\x93\x01\x02\x03", "a message that is list, expected names with values"),
        ("Traceback (most recent call last):\n  File x\nKeyError: 'observation/image'\n", "KeyError: 'observation/"),
    ],
)
def test_a_server_that_gives_no_actions_is_refused_at_once(opened, answer, why):
    with OpenpiServer(lambda request: answer) as server:
        with pytest.raises(ValueError, match=f"policy server {server.url} gives no actions: .*{why}") as error:
            opened(server)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "bad", [b"garbage", "ValueError: no", {"actions": CHUNK[:, :5]}, {"actions": CHUNK[:3]}, {}], ids=repr
)
def test_one_bad_answer_fails_one_environment(opened, bad):
    with OpenpiServer(of_state) as server:
        policy = opened(server)
        server.answer = lambda request: bad if request["state"][0] == 10 else of_state(request)
        chunk = policy.predict_chunk(observation(6))
        assert policy.unanswered == (1,)
        assert chunk[1].isnan().all() and not chunk[[0, 2, 3, 4, 5]].isnan().any()
        assert torch.equal(chunk[5, 0], observation(6)["observation.state"][5]), "the rest stay in order"
        assert sum(policy.statistics()["unanswered"].values()) == 1
        server.answer = of_state
        policy.predict_chunk(observation(6))
        assert policy.unanswered == ()


def test_actions_that_are_not_finite_are_an_answer(opened):
    with OpenpiServer(lambda request: {"actions": CHUNK * np.nan}) as server:
        policy = opened(server)
        assert policy.predict_chunk(observation(2)).isnan().all()
        assert policy.unanswered == (), "the policy's own fault, which episodes name otherwise"


def test_a_slow_answer_fails_its_environment_and_is_taken_for_no_other_s(opened):
    with OpenpiServer(of_state) as server:
        policy = opened(server)

        def answer(request):
            if request["state"][0] == 10:
                time.sleep(1.0)
            return of_state(request)

        server.answer = answer
        chunk = policy.predict_chunk(observation(4))
        assert policy.unanswered == (1,) and chunk[1].isnan().all()
        assert torch.equal(chunk[[0, 2, 3], 0], observation(4)["observation.state"][[0, 2, 3]])
        server.answer = of_state
        assert torch.equal(policy.predict_chunk(observation(4))[:, 0], observation(4)["observation.state"])
        assert policy.statistics()["unanswered"] == {"no answer for 0.5 s": 1}
        assert policy.statistics()["reconnections"] == 1


def test_a_server_that_reads_no_more_does_not_hold_up_the_run(opened, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    whole = (config_dir() / "policies" / "openpi_leisaac.yaml").read_text().replace("sent_size", "# sent_size")
    Path("mine.yaml").write_text(whole)
    with OpenpiServer(of_state) as server:
        policy = opened(server, "mine.yaml", image_size=(1080, 1920))
        stuck = threading.Event()
        server.answer = lambda request: stuck.wait(20) and None
        started = time.monotonic()
        assert policy.predict_chunk(observation(8, size=(1080, 1920))).isnan().all()
        assert time.monotonic() - started < 15 and len(policy.unanswered) == 8
        stuck.set()


@pytest.mark.parametrize("pause", (0, 0.3))
def test_a_connection_that_breaks_is_made_again_and_nothing_is_lost(opened, monkeypatch, pause):
    """While answers are waited for, or before the third request is sent, when the first answer has come already."""
    with OpenpiServer(of_state) as server:
        policy = opened(server)
        broken, sent = [], []

        def answer(request):
            if request["state"][0] == 10 and not broken:
                broken.append(True)
                return None
            return of_state(request)

        def send_slowly(request, send=policy._connection._send):
            sent.append(request)
            if len(sent) == 3:
                time.sleep(pause)
            send(request)

        server.answer = answer
        monkeypatch.setattr(policy._connection, "_send", send_slowly)
        chunk = policy.predict_chunk(observation(5))
        assert broken and policy.unanswered == ()
        assert torch.equal(chunk[:, 0], observation(5)["observation.state"])
        assert policy.statistics()["reconnections"] == 1


def test_a_server_that_is_killed_fails_what_was_asked_and_then_ends_the_run(opened):
    with OpenpiServer(of_state) as server:
        policy = opened(server)
        server.kill()
        started = time.monotonic()
        assert policy.predict_chunk(observation(2)).isnan().all() and policy.unanswered == (0, 1)
        with pytest.raises(ServerGone, match=f"policy server {server.url} is gone"):
            policy.predict_chunk(observation(2))
        assert time.monotonic() - started < 5
        with OpenpiServer(of_state, port=server.port):
            assert not policy.predict_chunk(observation(2)).isnan().any(), "it came back"


def test_a_scheduler_says_whose_server_let_it_down(opened):
    with OpenpiServer(of_state) as server:
        policy = opened(server, n_action_steps=2)
        scheduler = schedule(policy, 3, "cpu", seed=0)
        begins, playing = torch.ones(3, dtype=torch.bool), torch.tensor([0, 1, -1])
        server.requests.clear()
        scheduler.act(observation(3), begins, playing)
        assert scheduler.unanswered == set() and len(server.requests) == 2, "of an idle one nothing is asked"
        scheduler.act(observation(3), ~begins, playing)
        server.answer = lambda request: "no" if request["state"][0] == 10 else of_state(request)
        action = scheduler.act(observation(3), ~begins, playing)
        assert scheduler.unanswered == {1}
        assert action[1].isnan().all() and not action[0].isnan().any()


@pytest.mark.parametrize(
    ("url", "format", "message"),
    [
        ("ws://127.0.0.1:9", "openpi_leisaac", "no policy server at ws://127.0.0.1:9 (.*refused.*): start it"),
        ("http://127.0.0.1:9", "openpi_leisaac", "policy_server is 'http://127.0.0.1:9', expected an address such as"),
        ("ws://", "openpi_leisaac", "expected an address such as"),
        ("ws://127.0.0.1:port", "openpi_leisaac", "expected an address such as"),
        ("ws://user@127.0.0.1:9", "openpi_leisaac", "expected an address such as"),
        ("ws://127.0.0.1:0", "openpi_leisaac", "expected an address such as"),
        ("ws://a..b:9", "openpi_leisaac", "no policy server at ws://a..b:9 (.*): start it"),
        ("zmq://127.0.0.1:9/path", "gr00t_so101", "expected an address such as"),
        ("zmq://*:9", "gr00t_so101", "no policy server at zmq://*:9 (.*refused.*): start it"),
        ("ws://127.0.0.1:9", "gr00t_so101", "is of the protocol gr00t, and ws://127.0.0.1:9 is one of openpi"),
        ("zmq://127.0.0.1:9", "openpi_so101", "is of the protocol openpi, and zmq://127.0.0.1:9 is one of gr00t"),
    ],
)
def test_an_address_that_cannot_be_is_one_line(opened, url, format, message):
    with pytest.raises((ValueError, ConnectionError), match=re.sub(r"[()]|\*(?=:)", r"\\\g<0>", message)):
        opened(url, format)


def test_a_server_that_does_not_say_what_it_takes_needs_a_format(opened):
    asked = "does not say what its policy is asked with: give --policy-format, one"
    with OpenpiServer(metadata={"reset_pose": [0, 0]}) as server, pytest.raises(ValueError, match=asked):
        opened(server, None)
    begins = "it does not begin with metadata, as openpi's servers do"
    for metadata in (b"garbage", "Traceback\nValueError: x"):
        with OpenpiServer(metadata=metadata) as server, pytest.raises(ConnectionError, match=begins):
            opened(server)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"units": "radians"}, "units is radians, and the policy's are lerobot_normalized_leisaac, "),
        ({"cameras": ("front",)}, "cameras is front, and the policy looks through front, wrist: leave it out"),
    ],
)
def test_options_that_contradict_the_policy_are_refused(opened, changed, message):
    with OpenpiServer() as server, pytest.raises(ValueError, match=message):
        opened(server, **changed)


def gr00t_n16(data):
    """Answer as GR00T N1.6 and N1.7 do: for all environments, whose arm moves by 1 and whose gripper opens to 7."""
    state = data["observation"]["state"]
    arm = state["single_arm"] + np.arange(16)[None, :, None]
    return [{"single_arm": arm, "gripper": np.full((len(arm), 16, 1), 7.0)}, {"info": "none"}]


def test_gr00t_is_asked_for_all_environments_at_once(opened):
    with Gr00tServer(gr00t_n16, MODALITIES) as server:
        policy = opened(server, "gr00t_so101")
        assert (policy.chunk_size, policy.n_action_steps) == (16, 8)
        server.requests.clear()
        chunk = policy.predict_chunk(observation(3))
        assert chunk.shape == (3, 8, 6)
        arm = observation(3)["observation.state"][:, None, :5] + torch.arange(8.0)[:, None]
        assert torch.equal(chunk[..., :5], arm) and (chunk[..., 5] == 7).all()
        (request,) = server.requests
        told = request["observation"]
        assert told["video"]["front"].shape == (3, 1, 48, 64, 3) and (told["video"]["wrist"][2] == 102).all()
        assert told["state"]["gripper"].tolist() == [[[5.0]], [[15.0]], [[25.0]]]
        assert told["language"]["annotation.human.task_description"][2] == ["Lift cube 2."]


def gr00t_n15(data):
    """Answer as GR00T N1.5 does, for one environment."""
    return {"action.single_arm": data["state.single_arm"] + np.zeros((16, 1)), "action.gripper": np.zeros(16)}


def test_gr00t_n15_is_asked_for_one_environment_after_another(opened):
    modalities = {
        modality: {"modality_keys": [f"{modality}.{name}" for name in config["modality_keys"]]}
        for modality, config in MODALITIES.items()
    }
    with Gr00tServer(gr00t_n15, modalities) as server:
        policy = opened(server, "gr00t_n15_leisaac")
        server.requests.clear()
        chunk = policy.predict_chunk(observation(2))
        assert torch.equal(chunk[:, 0, :5], observation(2)["observation.state"][:, :5])
        assert len(server.requests) == 2
        request = server.requests[1]
        assert request["video.front"].shape == (1, 48, 64, 3) and request["state.single_arm"].shape == (1, 5)
        assert request["annotation.human.task_description"] == ["Lift cube 1."]


def test_gr00t_s_own_names_are_compared_with_the_format(opened):
    modalities = {**MODALITIES, "video": {"__ModalityConfig_class__": True, "as_dict": {"modality_keys": ["ego"]}}}
    said = "gr00t_so101 has video front, wrist, and the server ego"
    with Gr00tServer(gr00t_n16, modalities) as server, pytest.raises(ValueError, match=said):
        opened(server, "gr00t_so101")


def test_gr00t_s_bad_and_missing_answers_fail_their_environments(opened):
    with Gr00tServer(gr00t_n16, MODALITIES) as server:
        policy = opened(server, "gr00t_so101")
        for bad, why in (
            ({"error": "Video key 'front' is missing"}, "its error \"Video key 'front' is missing\""),
            (b"garbage", "no message of arrays"),
            ([], "an answer that is no pair"),
            ([{"single_arm": np.zeros((1, 16, 5)), "gripper": np.zeros((1, 16, 1))}, {}], "another number of environ"),
            (None, "no answer for 0.5 s"),
        ):
            server.answer = lambda data, bad=bad: bad
            assert policy.predict_chunk(observation(2)).isnan().all() and policy.unanswered == (0, 1)
            assert any(why in said for said in policy.statistics()["unanswered"]), why
            server.answer = gr00t_n16
            assert not policy.predict_chunk(observation(2)).isnan().any(), "and the next is answered"


def test_nobody_at_gr00t_s_port_is_one_line(opened):
    with pytest.raises(ConnectionError, match=r"no policy server at zmq://127.0.0.1:9 \(.*refused\)"):
        opened("zmq://127.0.0.1:9", "gr00t_so101")


@pytest.mark.parametrize(("timeout", "waited"), [(0.1, 0.3), (0.6, 0.6)])
def test_who_says_nothing_at_gr00t_s_port_is_waited_for_as_long_as_told(opened, monkeypatch, timeout, waited):
    from lerobot_env_leisaac.policies.remote import fit

    monkeypatch.setattr(fit, "_OPENING_S", 0.3)
    with Door("127.0.0.1", 0) as silent:
        url = f"zmq://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ConnectionError, match=rf"no policy server at {url} \(.*no answer for {waited} s\)"):
            opened(url, "gr00t_so101", server_timeout=timeout)


def test_another_policy_at_the_same_address_ends_the_run(opened):
    with OpenpiServer(of_state) as server:
        policy = opened(server, n_action_steps=2)
        assert not policy.predict_chunk(observation(2)).isnan().any()
    with OpenpiServer(of_state, {"another": 1}, port=server.port):
        assert policy.predict_chunk(observation(2)).isnan().all()
        with pytest.raises(ServerGone, match="is another one now, by what it says of its policy"):
            policy.predict_chunk(observation(2))


def test_the_same_policy_may_come_back_from_another_folder(opened):
    own = {"hash": "0" * 64, "type": "act", "format": RequestFormat.load("openpi_leisaac").table}
    said = [{"leisaac": {**own, "checkpoint": name, "version": name}} for name in ("here", "there")]
    said[1]["leisaac"]["format"] = {**own["format"], "source": "there"}
    with OpenpiServer(of_state, said[0]) as server:
        policy = opened(server, None)
        assert not policy.predict_chunk(observation(2)).isnan().any()
    with OpenpiServer(of_state, said[1], port=server.port):
        assert not policy.predict_chunk(observation(2)).isnan().any()
    with OpenpiServer(of_state, {"leisaac": {**own, "hash": "1" * 64, "checkpoint": "here"}}, port=server.port):
        policy.predict_chunk(observation(2))
        with pytest.raises(ServerGone, match="is another one now"):
            policy.predict_chunk(observation(2))


def test_metadata_may_have_names_of_any_kind(opened):
    with OpenpiServer(of_state, {b"x": 1, "a": [2, {b"y": 4, "z": None}]}) as server:
        assert len(opened(server).hash) == 64


def test_a_server_asks_for_no_larger_images_than_any_policy_takes(opened):
    own = RequestFormat.load("openpi_leisaac").table
    cameras = {name: {**camera, "size": [4096, 4096]} for name, camera in own["cameras"].items()}
    said = {"leisaac": {"format": {**own, "cameras": cameras}}}
    asks = r"asks for images of 4096 x 4096, expected 2048 at most"
    with OpenpiServer(of_state, said) as server, pytest.raises(ValueError, match=asks):
        opened(server, None)


def test_images_of_any_shape_fit_into_any_other():
    for size in ((224, 1), (1, 224), (2, 2)):
        assert resize_with_pad(torch.zeros(1, 480, 640, 3, dtype=torch.uint8), size).shape == (1, *size, 3)
