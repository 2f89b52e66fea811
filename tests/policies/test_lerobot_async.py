"""LeRobot's own policy server, asked for the chunks of a checkpoint; and what is never unpickled."""

import io
import logging
import os
import pickle
import tempfile
import threading
from concurrent import futures
from pathlib import Path

import checkpoints
import grpc
import pytest
import torch
from lerobot.async_inference import policy_server
from lerobot.async_inference.helpers import TimedAction
from lerobot.transport import services_pb2, services_pb2_grpc
from policy_servers import observation

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.cli.serve import ServeOptions
from lerobot_env_leisaac.evaluation.options import EvaluationOptions
from lerobot_env_leisaac.policies.remote import askable
from lerobot_env_leisaac.policies.remote import service as services
from lerobot_env_leisaac.policies.remote.fit import fitted, open_policy
from lerobot_env_leisaac.policies.remote.policy import ServerGone

LIFT_CUBE = catalog.lerobot_task("LiftCube")


class LerobotServer:
    """LeRobot's policy server, in this process.

    Attributes:
        url: Where it is.
        servicer: What answers.
    """

    def __init__(self, servicer=None, port: int = 0):
        self.servicer = servicer or policy_server.PolicyServer(policy_server.PolicyServerConfig(port=1))
        self._server = grpc.server(futures.ThreadPoolExecutor(4))
        services_pb2_grpc.add_AsyncInferenceServicer_to_server(self.servicer, self._server)
        self.port = self._server.add_insecure_port(f"127.0.0.1:{port}")
        self.url = f"grpc://127.0.0.1:{self.port}"
        self._server.start()

    def __enter__(self) -> "LerobotServer":
        return self

    def __exit__(self, *_) -> None:
        self._server.stop(0).wait()


@pytest.fixture(autouse=True)
def quiet_logs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # LeRobot writes its logs there
    before, handlers = logging.root.level, logging.root.handlers[:]
    yield
    logging.root.setLevel(before)
    logging.root.handlers[:] = handlers


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return checkpoints.make_act(tmp_path_factory.mktemp("act"), cameras=("front", "wrist"), image_size=(48, 64))


def options(server, checkpoint, **changed) -> EvaluationOptions:
    given = {"policy_server": getattr(server, "url", server), "checkpoint": str(checkpoint), "device": "cpu"}
    return EvaluationOptions(**given | {"server_timeout": 20.0} | changed)


def test_the_server_gives_the_chunks_that_the_checkpoint_gives_here(checkpoint):
    with LerobotServer() as server:
        policy = open_policy(LIFT_CUBE, options(server, checkpoint))
        chunk = policy.predict_chunk(observation(3))
        here = services.load_service(LIFT_CUBE, ServeOptions(checkpoint=str(checkpoint)), "cpu")._policy
        alone = [here.predict_chunk({k: v[row : row + 1] for k, v in observation(3).items()}) for row in range(3)]
        assert torch.allclose(chunk, torch.cat(alone)[:, :4], atol=1e-4)
        assert (policy.hash, policy.type, policy.n_action_steps, policy.chunk_size) == (here.hash, "act", 4, 8)
        assert "whoever reaches" in policy.findings[0].verdict and policy.findings[0].level == "warning"
        fit = fitted(options(server, checkpoint), policy)
        assert (fit.units.name, fit.cameras) == ("degrees", ("front", "wrist"))
        policy.close()


def test_a_server_that_ends_is_gone_and_comes_back(checkpoint):
    with LerobotServer() as server:
        policy = open_policy(LIFT_CUBE, options(server, checkpoint, server_timeout=1.0))
    assert policy.predict_chunk(observation(1)).isnan().all() and policy.unanswered == (0,)
    with pytest.raises(ServerGone, match=r"policy server grpc://127\.0\.0\.1:\d+ is gone"):
        policy.predict_chunk(observation(1))
    with LerobotServer(port=server.port):
        assert not policy.predict_chunk(observation(1)).isnan().any()
    policy.close()


def test_what_the_server_cannot_do_is_one_line(checkpoint):
    servicer = policy_server.PolicyServer(policy_server.PolicyServerConfig(port=1))
    servicer.SendPolicyInstructions = _raises
    with (
        LerobotServer(servicer) as server,
        pytest.raises(ValueError, match=r"cannot load '.*' \(.*no such weights.*\): give a checkpoint that it finds"),
    ):
        open_policy(LIFT_CUBE, options(server, checkpoint))
    with LerobotServer() as server:
        server.servicer._predict_action_chunk = _raises
        with pytest.raises(ValueError, match="gives no actions: an empty answer: the server's log says why"):
            open_policy(LIFT_CUBE, options(server, checkpoint))


def _raises(*_):
    raise ValueError("no such weights")


class Bomb:
    def __reduce__(self):
        return os.system, ("touch was_run",)


def bomb_in_a_tensor() -> bytes:
    """An action whose numbers are a pickle that is run, to who believes torch's own function."""
    file = io.BytesIO()
    torch.save(Bomb(), file)

    class Storage:
        def __reduce__(self):
            return torch.storage._load_from_bytes, (file.getvalue(),)

    return pickle.dumps([TimedAction(0.0, 1, Storage())])


class Bad(services_pb2_grpc.AsyncInferenceServicer):
    """A server that answers with bytes of somebody else."""

    def __init__(self, data: bytes):
        self._data = data

    def Ready(self, request, context):
        return services_pb2.Empty()

    def SendPolicyInstructions(self, request, context):
        return services_pb2.Empty()

    def SendObservations(self, parts, context):
        list(parts)
        return services_pb2.Empty()

    def GetActions(self, request, context):
        return services_pb2.Actions(data=self._data)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (pickle.dumps(Bomb()), "it names posix.system, which no action has"),
        (pickle.dumps([TimedAction(0.0, 1, Bomb())]), "it names posix.system, which no action has"),
        (bomb_in_a_tensor(), "no list of actions"),
        (b"garbage", "no list of actions"),
        (pickle.dumps([]), "no list of actions"),
        (pickle.dumps([TimedAction(0.0, 1, "lift")]), "no list of actions"),
        (pickle.dumps([TimedAction(0.0, 7, torch.zeros(6))]), "the answer to question 7, expected that to 1"),
        (pickle.dumps([TimedAction(0.0, 1, torch.zeros(5))]), r"actions of shape \(1, 5\), expected \(T, 6\)"),
    ],
    ids=["call", "call in an action", "call in a tensor", "garbage", "none", "text", "another's", "too few"],
)
def test_nothing_but_actions_is_unpickled(checkpoint, data, why):
    with LerobotServer(Bad(data)) as server, pytest.raises(ValueError, match=f"gives no actions: .*{why}"):
        open_policy(LIFT_CUBE, options(server, checkpoint))
    assert not Path("was_run").exists()


def test_a_server_on_another_machine_is_asked_only_when_told(checkpoint, monkeypatch):
    monkeypatch.setattr(askable, "_REACHED_WITHIN_S", 0.2)
    elsewhere = "grpc://192.0.2.1:8080"
    with pytest.raises(ValueError, match=r"is on another machine, .*: reach it through a tunnel .* --allow-pickle"):
        open_policy(LIFT_CUBE, options(elsewhere, checkpoint))
    with pytest.raises(ConnectionError, match=f"no policy server at {elsewhere}"):
        open_policy(LIFT_CUBE, options(elsewhere, checkpoint, allow_pickle=True))


def test_a_policy_that_brings_its_vlm_along_is_loaded_too():
    with LerobotServer() as server:
        policy = open_policy(LIFT_CUBE, options(server, "packaged"))
        seen = observation(1, size=(128, 128))
        seen["observation.images.top"] = seen["observation.images.front"]
        assert policy.predict_chunk(seen).isfinite().all() and policy.chunk_size == 50
        policy.close()
    assert not list(Path(tempfile.gettempdir()).glob("leisaac_*/vlm")), "what was staged is gone"


def test_no_proxy_stands_between_this_machine_and_itself(checkpoint, monkeypatch):
    """Who answers there would be given pickles, and give some back."""
    for name in ("http_proxy", "https_proxy", "grpc_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY", "no_grpc_proxy"):
        monkeypatch.delenv(name, raising=False)
    with LerobotServer() as server:
        open_policy(LIFT_CUBE, options(server, checkpoint, server_timeout=3)).close()


def test_no_thread_is_left(checkpoint):
    with LerobotServer() as server:
        open_policy(LIFT_CUBE, options(server, checkpoint)).close()
        before = threading.active_count()
        for _ in range(3):
            open_policy(LIFT_CUBE, options(server, checkpoint)).close()
        assert threading.active_count() <= before + 1
