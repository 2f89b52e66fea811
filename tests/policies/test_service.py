"""`leisaac serve`, asked by openpi's own client and by ours: the chunks that it gives in process, whatever is asked."""

import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import checkpoints
import numpy as np
import pytest
import torch
from openpi_client.websocket_client_policy import WebsocketClientPolicy
from websockets.sync.client import connect

from lerobot_env_leisaac import catalog, cli
from lerobot_env_leisaac.cli.serve import ServeOptions
from lerobot_env_leisaac.evaluation.options import EvaluationOptions
from lerobot_env_leisaac.policies.remote import messages
from lerobot_env_leisaac.policies.remote import service as services
from lerobot_env_leisaac.policies.remote.door import MOST_CONNECTIONS, Door
from lerobot_env_leisaac.policies.remote.fit import fitted, open_policy

LIFT_CUBE = catalog.lerobot_task("LiftCube")
CAMERAS = ("front", "top", "wrist")
SERVERS = Path(__file__).parents[2] / "docs" / "servers.md"


@pytest.fixture(scope="module", params=["act", "smolvla"])
def service(request):
    checkpoint = request.getfixturevalue(request.param)
    options = ServeOptions(checkpoint=str(checkpoint), image_size=(96, 128))
    return services.load_service(LIFT_CUBE, options, "cpu", n_action_steps=3)


@pytest.fixture(scope="module")
def port(service):
    """The port of a server that answers, until the process ends."""
    ready, ports = threading.Event(), []

    def on_ready(port):
        ports.append(port)
        ready.set()

    threading.Thread(target=services.serve, args=(service, Door("127.0.0.1", 0), on_ready), daemon=True).start()
    assert ready.wait(20)
    return ports[0]


def observation(count=3):
    generator = torch.Generator().manual_seed(0)
    return {
        "observation.state": 20 * torch.rand(count, 6, generator=generator),
        **{
            f"observation.images.{camera}": torch.randint(
                0, 256, (count, 96, 128, 3), dtype=torch.uint8, generator=generator
            )
            for camera in CAMERAS
        },
        "task": ["Lift the red cube up."] * count,
    }


def noise_for(policy, count=3):
    return None if policy.noise_shape is None else torch.randn(count, *policy.noise_shape)


def request_of(observation, row=0, **changed):
    rows = {key: value[row].numpy() for key, value in observation.items() if key != "task"}
    return {**rows, "prompt": observation["task"][row]} | changed


def test_a_client_is_told_what_to_send_and_what_it_gets(service, port):
    own = WebsocketClientPolicy("127.0.0.1", port).get_server_metadata()["leisaac"]
    assert own["format"]["units"]["joints"]["gripper"] == {"unit": "deg", "scale": pytest.approx(57.29578), "offset": 0}
    assert own["channels"] == list(LIFT_CUBE.robot.channel_names)
    assert own["format"]["cameras"]["top"] == {"name": "observation.images.top", "size": [96, 128]}
    assert (own["chunk_size"], own["format"]["n_action_steps"], own["fps"]) == (8, 3, 30)
    assert own["hash"] == service._policy.hash


def test_the_snippet_of_the_guide_gets_a_chunk(service, port):
    (snippet,) = re.findall(r"```python\n(.*?)```", SERVERS.read_text(), re.S)
    names = {}
    exec(snippet.replace("8000", str(port)), names)
    assert names["chunk"].shape == (8, 6) and np.isfinite(names["chunk"]).all()


def test_our_client_gets_what_the_policy_gives_in_process(service, port):
    options = EvaluationOptions(policy_server=f"ws://127.0.0.1:{port}", server_timeout=20)
    remote, policy = open_policy(LIFT_CUBE, options), service._policy
    seen, noise = observation(), noise_for(policy)
    assert (remote.noise_shape, remote.hash, remote.n_action_steps) == (policy.noise_shape, policy.hash, 3)
    chunk = remote.predict_chunk(seen, noise=noise)
    alone = [
        policy.predict_chunk(
            {key: value[row : row + 1] for key, value in seen.items()}, noise=None if noise is None else noise[[row]]
        )
        for row in range(3)
    ]
    assert torch.equal(chunk, torch.cat(alone)[:, :3]), "bit for bit"
    assert remote.statistics()["answers"] == 1, "three environments in one request"
    fit = fitted(options, remote)
    assert (fit.units.name, fit.cameras, fit.instruction) == ("degrees", CAMERAS, "Lift the red cube up.")
    remote.close()


def test_openpi_s_own_client_gets_one_chunk_for_one_observation(service, port):
    client, policy = WebsocketClientPolicy("127.0.0.1", port), service._policy
    seen, noise = observation(1), noise_for(policy, 1)
    given = {} if noise is None else {"noise": noise[0].numpy()}
    answer = client.infer(request_of(seen, **given))
    assert answer["actions"].shape == (8, 6) and answer["actions"].dtype == np.float32
    assert np.array_equal(answer["actions"], policy.predict_chunk(seen, noise=noise)[0].numpy())
    assert answer["server_timing"]["infer_ms"] > 0
    drawn = client.infer(request_of(seen))["actions"]
    assert np.isfinite(drawn).all() and drawn.shape == (8, 6), "without noise, too"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"observation.state": np.zeros(5, np.float32)}, r"observation.state: expected numbers of shape \(6,\), found"),
        ({"observation.state": "home"}, r"observation.state: expected numbers of shape \(6,\), found str"),
        ({"observation.state": np.zeros((0, 6))}, "0 environments, expected 1 to 4096"),
        (
            {"observation.state": np.zeros((2, 6))},
            r"front: expected uint8 of shape \(2, 96, 128, 3\), found uint8",
        ),
        (
            {"observation.images.top": np.zeros((48, 64, 3), np.uint8)},
            r"top: expected uint8 of shape \(96, 128, 3\), found uint8 \(48, 64, 3\)",
        ),
        ({"observation.images.top": np.zeros((96, 128, 3))}, "top: expected uint8 of shape .*, found float64"),
        ({"observation.images.top": np.full((96, 128, 3), 300, np.uint16)}, "top: expected uint8 of .*, found uint16"),
        ({"observation.state": np.full(6, np.nan)}, "observation.state: expected finite numbers"),
        ({"observation.state": np.full(6, 1e300)}, "observation.state: expected finite numbers"),
        ({"prompt": 3}, "prompt: expected text"),
        ({"prompt": "x" * 1001}, "prompt: expected text of 1000 characters at most"),
        ({"prompt": ["a", "b"]}, "prompt: expected text"),
    ],
)
def test_a_bad_request_is_answered_by_its_reason_and_the_next_as_ever(port, changed, message, capsys):
    client, good = WebsocketClientPolicy("127.0.0.1", port), request_of(observation(1))
    with pytest.raises(RuntimeError, match=message):
        client.infer(good | changed)
    assert client.infer(good)["actions"].shape == (8, 6)


def test_a_client_s_bad_requests_do_not_fill_the_log(port, capfd):
    client = WebsocketClientPolicy("127.0.0.1", port)
    for _ in range(20):
        with pytest.raises(RuntimeError, match="prompt: expected text"):
            client.infer(request_of(observation(1)) | {"prompt": 3})
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 3 and lines[-1].endswith("those of this client that follow are not told")


def test_connections_that_say_nothing_keep_nobody_out_for_long(port):
    """A thousand of them took all the files that a process may open, and ended the server."""
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(3 * MOST_CONNECTIONS)]
    closed = [each for each in silent if is_readable(each) and each.recv(1) == b""]
    assert len(closed) >= 2 * MOST_CONNECTIONS, "as they came"
    for each in silent:
        each.close()
    time.sleep(1.0)
    client = WebsocketClientPolicy("127.0.0.1", port)
    assert client.infer(request_of(observation(1)))["actions"].shape == (8, 6)


def is_readable(connection) -> bool:
    return bool(select.select([connection], [], [], 2.0)[0])


STUB = """
import os, signal, sys
import numpy as np
from lerobot_env_leisaac.policies.remote import door, service

class Stub:
    metadata = {"name": "stub"}
    def answer(self, request):
        return {"actions": np.zeros((1024, 1024), np.float32)}

signal.signal(signal.SIGINT, signal.default_int_handler)
door._SLOWEST_S = 1
opened = door.Door(sys.argv[1], 0)
if sys.argv[2] == "closed":
    service.serve(Stub(), opened, lambda port: opened.shutdown(2))
try:
    service.serve(Stub(), opened, lambda port: print(port, flush=True))
except KeyboardInterrupt:
    print("ended", flush=True)
"""


def stub(host="127.0.0.1", how="open"):
    command = [sys.executable, "-c", STUB, host, how]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_ctrl_c_ends_it_though_a_client_reads_no_answer(host):
    with stub(host) as process:
        port = int(process.stdout.readline())
        url = f"ws://{f'[{host}]' if ':' in host else host}:{port}"
        silent = socket.create_connection((host, port))
        clients = [connect(url, max_size=None, compression=None) for _ in range(8)]
        for client in clients:
            client.recv()
            for _ in range(8):
                client.send(messages.pack_openpi({"observation.state": np.zeros(6)}))
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        assert process.wait(30) == 0, process.stderr.read()
        assert time.monotonic() - started < 8, "not one after another, nor as long as a greeting may take"
        silent.close()
        assert process.stdout.read() == "ended\n"


def test_it_never_ends_as_if_all_were_well():
    with stub(how="closed") as process:
        assert process.wait(60) == 1
        assert "is not listened at any more: start the server again" in process.stderr.read().splitlines()[-1]


def test_a_port_that_is_taken_is_told_before_the_policy_is_loaded(monkeypatch, capsys):
    monkeypatch.setattr(services, "load_service", None)
    with Door("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert cli.main(["serve", "--checkpoint", "packaged", "--port", str(port)]) == 1
    assert f"cannot listen at 127.0.0.1:{port} (Address already in use" in capsys.readouterr().err


def test_noise_that_is_not_finite_is_refused(service, port):
    if service._policy.noise_shape is None:
        pytest.skip("it takes none")
    client, noise = WebsocketClientPolicy("127.0.0.1", port), np.full(service._policy.noise_shape, np.inf, np.float32)
    with pytest.raises(RuntimeError, match="noise: expected finite numbers"):
        client.infer(request_of(observation(1), noise=noise))


@pytest.mark.parametrize("said", [b"", b"hello\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01" * 9])
def test_whoever_else_touches_the_port_is_no_error(port, capfd, said):
    with socket.create_connection(("127.0.0.1", port)) as other:
        other.sendall(said)
        other.shutdown(socket.SHUT_WR)
        while other.recv(1024):
            pass
    assert WebsocketClientPolicy("127.0.0.1", port).infer(request_of(observation(1)))["actions"].shape == (8, 6)
    assert capfd.readouterr().err == ""


def test_garbage_and_a_missing_camera_are_answered_by_their_reason(port):
    client, good = WebsocketClientPolicy("127.0.0.1", port), request_of(observation(1))
    good.pop("observation.images.top")
    with pytest.raises(RuntimeError, match=r"missing observation\.images\.top: expected observation\.state, "):
        client.infer(good)
    client._ws.send(b"\xc1garbage")
    assert "no message of arrays and plain data" in client._ws.recv()
    client._ws.send("hello")
    assert "a request that is str" in client._ws.recv()


def test_a_row_whose_state_is_not_finite_gets_actions_that_are_not_and_others_theirs(port):
    client, seen = WebsocketClientPolicy("127.0.0.1", port), observation(3)
    rows = {key: value.numpy() if isinstance(value, torch.Tensor) else value for key, value in seen.items()}
    rows["prompt"] = rows.pop("task")
    rows["observation.state"][1] = np.nan
    actions = client.infer(rows)["actions"]
    assert np.isnan(actions[1]).any() and np.isfinite(actions[[0, 2]]).all()


def test_several_clients_are_served_at_once(service, port):
    def ask(row):
        client = WebsocketClientPolicy("127.0.0.1", port)
        noise = {} if service._policy.noise_shape is None else {"noise": np.zeros(service._policy.noise_shape, "f4")}
        return client.infer(request_of(observation(4), row) | noise)["actions"]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(ask, range(4)))
    assert all(np.array_equal(chunk, ask(row)) for row, chunk in enumerate(together))


def test_a_policy_that_remembers_is_not_shared(tmp_path):
    vqbet = checkpoints.make_vqbet(tmp_path)
    with pytest.raises(ValueError, match="of type vqbet remembers past observations"):
        services.load_service(LIFT_CUBE, ServeOptions(checkpoint=str(vqbet)), "cpu")
