"""A checkpoint that asks to run code is not loaded, whichever way it is asked for; a marker file tells."""

import dataclasses
import functools
import inspect
import json
import os
import re
import shutil
import sys
from types import SimpleNamespace

import checkpoints
import gymnasium as gym
import pytest
from lerobot.configs import PreTrainedConfig
from lerobot.processor import ProcessorStepRegistry

import lerobot_env_leisaac  # noqa: F401
from lerobot_env_leisaac import catalog, cli
from lerobot_env_leisaac.envs.make import apply_policy_keywords, load_cfg
from lerobot_env_leisaac.integrations.isaaclab_play import fit
from lerobot_env_leisaac.integrations.lerobot.config_env import LeisaacEnv
from lerobot_env_leisaac.options import FitOptions
from lerobot_env_leisaac.policies import untrusted
from lerobot_env_leisaac.policies.checkpoint import open_checkpoint
from lerobot_env_leisaac.policies.fit import require_playable
from lerobot_env_leisaac.policies.load import load
from lerobot_env_leisaac.policies.vlm import find_vlm

ID = "LeIsaac-SO101-LiftCube-SmolVLA-v0"


@functools.cache
def environment():
    """As much of an environment as `load` looks at: no simulator is started."""
    cfg = load_cfg(gym.spec(ID).kwargs["env_cfg_entry_point"])
    apply_policy_keywords(cfg, image_size=(96, 128))
    return SimpleNamespace(unwrapped=SimpleNamespace(device="cpu", cfg=cfg))


def edit(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def add_step(name, step):
    return lambda folder: edit(folder / f"policy_{name}.json", lambda content: content["steps"].append(step(folder)))


def own_code(folder, name="tokenizer", escaped=False, weights="own.txt"):
    """A folder of a tokenizer that names a class of its own, whose file writes the marker beside the checkpoint."""
    target = folder / name
    target.mkdir(exist_ok=True)
    marker = folder.parent / "marker"
    (target / weights).touch()
    (target / "own.py").write_text(
        f"open({str(marker)!r}, 'w').write('x')\n"
        "from transformers import ProcessorMixin\nclass Own(ProcessorMixin):\n    attributes = []\n"
    )
    text = json.dumps({"processor_class": "Own", "auto_map": {"AutoProcessor": "own.Own"}})
    (target / "processor_config.json").write_text(text.replace("auto_map", "auto\\u005fmap") if escaped else text)
    return str(target)


def no_python_file(folder):
    """The same, with its code on the Hub."""
    target = own_code(folder, escaped=True)
    (folder / "tokenizer/own.py").unlink()
    return target


def settings(**changes):
    """Replace the configuration by one of another type that keeps features and device."""

    def change(folder):
        def replace(config):
            kept = {key: config[key] for key in ("input_features", "output_features", "device")}
            config.clear()
            config.update(kept, **{key: value(folder) if callable(value) else value for key, value in changes.items()})

        edit(folder / "config.json", replace)

    return change


def popen(folder):
    return {"class": "subprocess.Popen", "config": {"args": ["touch", str(folder.parent / "marker")]}}


def check_call(folder):
    return {
        "class": "subprocess.check_call",
        "config": {"args": f"touch {folder.parent / 'marker'}", "shell": True},
    }


def tokenizer_step(place, **config):
    return lambda folder: {
        "registry_name": "action_tokenizer_processor",
        "config": {"action_tokenizer_name": place(folder) if callable(place) else place, **config},
    }


def state_file(name):
    def change(folder):
        (folder / "state.pt").touch()
        first = sorted(folder.glob("policy_preprocessor_step_*.safetensors"))[0]
        shutil.copy(first, folder.parent / "outside.safetensors")
        named = name.format(folder.parent)
        edit(folder / "policy_preprocessor.json", lambda content: content["steps"][-1].update(state_file=named))

    return change


def adapter(**content):
    return lambda folder: (folder / "adapter_config.json").write_text(json.dumps(content))


def classifier_step(_):
    return {"registry_name": "reward_classifier_processor", "config": {"pretrained_path": "evil/c"}}


def trusting_step(_):
    return {"registry_name": "tokenizer_processor", "config": {"tokenizer_name": "evil/t", "trust_remote_code": True}}


RUNS = {  # with --trust-checkpoint LeRobot runs these, and then says that they do not fit
    "step_class": (add_step("preprocessor", popen), "step 4 of policy_preprocessor.json calls subprocess.Popen"),
    "step_class_shell": (add_step("postprocessor", check_call), "step 2 of policy_postprocessor.json calls subproc"),
    "action_tokenizer": (add_step("preprocessor", tokenizer_step(own_code)), "own.py would be run or unpickled"),
    "pi0_fast": (settings(type="pi0_fast", action_tokenizer_name=own_code), "action_tokenizer_name leads to"),
}
ASKS = {
    "no_python_file": (add_step("preprocessor", tokenizer_step(no_python_file)), r"to load it with \(auto_map\)"),
    "tokenizer_on_the_hub": (add_step("preprocessor", tokenizer_step("evil/tokenizer")), "loads evil/tokenizer"),
    "one_word_on_the_hub": (settings(type="gaussian_actor", vision_encoder_name="evil"), "loads evil, which LeRobot"),
    "encoder": (settings(type="vla_jepa", jepa_encoder_name="evil/encoder"), "jepa_encoder_name loads evil/encoder"),
    "base_model": (settings(type="groot", base_model_path="evil/groot"), "base_model_path loads evil/groot"),
    "classifier": (add_step("preprocessor", classifier_step), "pretrained_path loads evil/c"),
    "trusting_tokenizer": (add_step("preprocessor", trusting_step), "tokenizer_name loads evil/t"),
    "vlm": (lambda folder: own_code(folder, "vlm"), r"vlm/own.py would be run"),
    "pickled_vlm": (lambda folder: own_code(folder, "vlm", weights="w.bin"), "w.bin would be run or unp"),
    "kernel": (settings(type="wall_x", attn_implementation="evil/kernel"), "fetches the kernel evil/kernel"),
    "above": (state_file("../outside.safetensors"), "reads ../outside.safetensors, expected a .safetensors file of"),
    "absolute": (state_file("{}/outside.safetensors"), "outside.safetensors, expected a .safetensors file of its own"),
    "absent": (state_file("../absent.safetensors"), "reads ../absent.safetensors, expected a .safetensors file of"),
    "no_tensors": (state_file("/etc/passwd"), "reads /etc/passwd, expected a .safetensors file of its own"),
    "pickled_state": (state_file("state.pt"), "reads state.pt, expected a .safetensors file of its own"),
    "adapter_class": (adapter(auto_mapping={"parent_library": "os"}), "adapter_config.json names a class of its own"),
    "adapter_pickle": (lambda folder: (folder / "adapter_model.bin").touch(), "adapter_model.bin is a pickle"),
}  # fmt: skip


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A sound ACT, without weights: it is never to come as far as them."""
    return checkpoints.make_act(tmp_path_factory.mktemp("plain"), weights=False)


@pytest.fixture
def evil(request, plain, tmp_path):
    """A checkpoint made evil as the parameter says."""
    folder = shutil.copytree(plain, tmp_path / "pretrained_model")
    (RUNS | ASKS)[request.param][0](folder)
    return folder


@pytest.mark.parametrize("evil", RUNS | ASKS, indirect=True)
def test_no_way_of_loading_runs_its_code(request, evil, capsys, monkeypatch):
    message = (RUNS | ASKS)[request.node.callspec.params["evil"]][1]
    cfg = load_cfg(gym.spec(ID).kwargs["env_cfg_entry_point"])
    monkeypatch.setattr(sys, "argv", ["lerobot-eval", f"--policy.path={evil}", "--env.type=leisaac"])
    for way in (
        lambda: load(evil, environment()),
        lambda: apply_policy_keywords(cfg, checkpoint=evil),  # gym.make
        lambda: fit(cfg, ID, str(evil), None),  # isaaclab play
        LeisaacEnv,  # lerobot-eval
    ):
        with pytest.raises(
            Exception, match=rf"asks to run code on this machine: .*{message}.*--trust-checkpoint"
        ) as error:
            way()
        assert "\n" not in str(error.value)
    assert cli.main(["audit", str(evil)]) == 1
    assert re.search(message, "".join(capsys.readouterr()))
    assert not (evil.parent / "marker").exists()


@pytest.mark.parametrize("evil", RUNS, indirect=True)
def test_trust_overrules_it_and_stderr_says_what_it_allows(request, evil, capsys):
    if json.loads((evil / "config.json").read_text())["type"] == "act":
        (evil / "model.safetensors").touch()  # processors are loaded first
    with pytest.raises((ValueError, ImportError, OSError)):
        load(evil, environment(), trust_checkpoint=True)
    assert "is trusted and may run code: " in capsys.readouterr().err
    # as commands and gym.make ask before anything slow starts
    require_playable(catalog.lerobot_task(ID), FitOptions(checkpoint=str(evil), trust_checkpoint=True))
    cfg = load_cfg(gym.spec(ID).kwargs["env_cfg_entry_point"])
    apply_policy_keywords(cfg, checkpoint=evil, trust_checkpoint=True)
    if request.node.callspec.params["evil"] != "pi0_fast":  # which needs the tokenizer of PaliGemma first
        assert (evil.parent / "marker").exists(), "this is no checkpoint that would have run code"


def test_a_vlm_that_the_user_names_may_not_run_code_either(smolvla, vlm, tmp_path):
    own_code(shutil.copytree(vlm, tmp_path / "vlm").parent, "vlm")
    with pytest.raises(ValueError, match=r"asks to run code on this machine: .*own.py would be run"):
        find_vlm(open_checkpoint(smolvla), tmp_path / "vlm")


def test_sound_checkpoints_ask_for_nothing(plain, smolvla, tmp_path):
    for checkpoint in (plain, smolvla, "packaged"):
        assert open_checkpoint(checkpoint).demands == ()
    # the Hub's cache: files of a snapshot are links to blobs
    snapshot, blobs = tmp_path / "models--me--act/snapshots/0a1b", tmp_path / "models--me--act/blobs"
    snapshot.mkdir(parents=True)
    shutil.copytree(plain, blobs)
    for place, up in ((snapshot, "../.."), (snapshot / "pretrained_model", "../../..")):
        place.mkdir(exist_ok=True)
        for path in blobs.iterdir():
            (place / path.name).symlink_to(f"{up}/blobs/{path.name}")
        assert open_checkpoint(place).demands == ()
    # a run, whose last checkpoint is a link to one of its own
    run = tmp_path / "run"
    shutil.copytree(plain, run / "checkpoints/000100/pretrained_model")
    (run / "checkpoints/last").symlink_to("000100")
    assert open_checkpoint(run).demands == ()
    (run / "checkpoints/last").unlink()
    (run / "checkpoints/last").symlink_to(mine := tmp_path / "elsewhere")
    shutil.copytree(plain, mine)
    with pytest.raises(ValueError, match="last is a link that leads out of"):
        open_checkpoint(run)
    # fine-tuned from a model of the Hub, and uploaded
    mine = shutil.copytree(smolvla, tmp_path / "mine")
    edit(mine / "config.json", lambda config: config.update(pretrained_path="lerobot/smolvla_base", repo_id="me/mine"))
    edit(
        mine / "config.json", lambda config: config.update(vlm_model_name="HuggingFaceTB/SmolVLM2-256M-Video-Instruct")
    )
    assert open_checkpoint(mine).demands == ()


def test_lerobots_own_models_are_all_known():
    """A new version of LeRobot that names another one, or in a new setting, fails here."""
    known = [PreTrainedConfig.get_choice_class(name) for name in PreTrainedConfig.get_known_choices()]
    named = [
        (field.name, field.default)
        for config in known
        if config.__module__.startswith("lerobot.")
        for field in dataclasses.fields(config)
        if isinstance(field.default, str)
    ]
    for step in ProcessorStepRegistry.list():
        parameters = inspect.signature(ProcessorStepRegistry.get(step)).parameters.values()
        named += [(its.name, its.default) for its in parameters if isinstance(its.default, str)]
    models = [(key, text) for key, text in named if text and untrusted._looks_like_a_place(text)]
    assert len(models) > 15
    for key, text in models:
        assert key in untrusted._MODELS | untrusted._SAYS_WHENCE, key
        assert key in untrusted._SAYS_WHENCE or text in untrusted._LEROBOTS_OWN, text


def long_text(folder):
    edit(folder / "config.json", lambda config: config.update(license="x" * 100_000))


def deep(folder):
    (folder / "leisaac.json").write_text('{"units": ' + "[" * 3000 + "]" * 3000 + "}")


def long_label(folder):
    table = json.loads((folder / "leisaac.json").read_text())
    table["units"]["joints"]["gripper"]["unit"] = "x" * 9_000
    (folder / "leisaac.json").write_text(json.dumps(table))


def in_place_of(name, put):
    """Return what takes the place of a file of a checkpoint, or joins them."""

    def change(folder):
        (folder.parent / "outside").mkdir()
        if (folder / name).exists():
            (folder / name).rename(folder.parent / "outside" / name)
        put(folder / name)

    return change


def outside(path):
    (path.parent.parent / "outside" / path.name).touch()
    path.symlink_to(f"../outside/{path.name}")


def dataset_beside(features="{}", tasks=None):
    """Return what names a dataset that came along."""

    def change(folder):
        data = folder.parent / "data"
        (data / "meta").mkdir(parents=True)
        (data / "meta/info.json").write_text(f'{{"features": {features}}}')
        if tasks:
            tasks(data / "meta/tasks.parquet")
        (folder / "train_config.json").write_text(json.dumps({"dataset": {"root": str(data)}}))

    return change


def deep_steps(folder):
    (folder / "policy_preprocessor.json").write_text('{"steps": ' + "[" * 100_000 + "]" * 100_000 + "}")


def manifest(text):
    return lambda folder: (folder / "leisaac.json").write_text(text)


def newer_settings(folder):
    edit(folder / "config.json", lambda config: config.update(new_a=1, new_b=2))


def newer_step(folder):
    edit(folder / "policy_preprocessor.json", lambda content: content["steps"][1].update(registry_name="secret"))


def newer_step_settings(folder):
    edit(folder / "policy_preprocessor.json", lambda content: content["steps"][3]["config"].update(sigma=2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (long_text, "config.json has a string of 100,000 characters, expected 10,000 at most"),
        (deep, "leisaac.json is nested (too deeply|more than)"),
        (dataset_beside(tasks=lambda path: path.symlink_to("/etc/hosts")), "tasks.parquet is a link that leads out of"),
        (dataset_beside(tasks=os.mkfifo), "tasks.parquet is neither a file nor a folder"),
        (dataset_beside('{"observation.images.front": {"dtype": "video"}}'), "data/meta/info.json describes no datas"),
        (dataset_beside("[1]"), "data/meta/info.json describes no dataset: features is"),
        (deep_steps, "policy_preprocessor.json is nested too deeply"),
        *(
            (in_place_of(name, outside), rf"{name} is a link that leads out of .*pretrained_model, to .*outside")
            for name in ("leisaac.json", "policy_preprocessor.json", "model.safetensors", "mine.safetensors")
        ),
        (
            in_place_of("model.safetensors", lambda path: path.symlink_to("/dev/zero")),
            "a link that leads out of .*zero",
        ),
        (in_place_of("model.safetensors", os.mkfifo), "model.safetensors is neither a file nor a folder"),
        (in_place_of("policy_postprocessor.json", os.mkfifo), "policy_postprocessor.json is neither a file nor a fold"),
        (in_place_of("vlm", lambda path: path.symlink_to("/etc")), "vlm is a link that leads out of .*, to /etc"),
        (long_label, "joints.gripper.unit: expected a label such as deg of 32 characters at most, found 9,000"),
        (manifest('{"units": "../mine.yaml"}'), r"units: '\.\./mine\.yaml' is none of degrees, "),
        (manifest('{"units": 3}'), "units: found 3, expected a name or a table"),
        (newer_settings, r"LeRobot \(0\.6\.1\) does not know: new_a, new_b in config.json\. .*install that"),
        (newer_step, "does not know: the step secret in policy_preprocessor.json"),
        (newer_step_settings, "does not know: sigma of normalizer_processor in policy_preprocessor.json"),
    ],
)
def test_what_no_lerobot_wrote_is_refused_in_one_line(plain, tmp_path, capsys, change, message):
    folder = shutil.copytree(plain, tmp_path / "pretrained_model")
    shutil.copy(open_checkpoint("packaged").folder / "leisaac.json", folder)
    change(folder)
    assert cli.main(["audit", str(folder)]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    assert re.search(message, err)


def test_a_manifest_may_name_a_packaged_convention(plain, tmp_path, capsys):
    folder = shutil.copytree(plain, tmp_path / "pretrained_model")
    (folder / "leisaac.json").write_text('{"units": "degrees"}')
    assert cli.main(["audit", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["declared_by"] == str(folder / "leisaac.json")
