"""Policies act as LeRobot lets them act, and what cannot be loaded is refused in one line."""

import importlib.util
import json
import re
import shutil
import sys
from pathlib import Path

import checkpoints
import pytest
import torch
from huggingface_hub import constants
from lerobot.policies import SmolVLAConfig, get_policy_class, make_pre_post_processors
from lerobot.processor import migrate_policy_normalization
from safetensors.torch import load_file, save_file
from transformers import SmolVLMConfig, SmolVLMForConditionalGeneration

from lerobot_env_leisaac.policies.load import load

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "checkpoint.md"
CAMERA_RENAMES = {
    f"observation.images.{camera}": f"observation.images.camera{index}"
    for index, camera in enumerate(checkpoints.CAMERAS, start=1)
}


@pytest.fixture(scope="module")
def observation(env):
    return env.reset(seed=0)[0]


def rows(observation, chosen):
    return {key: value[chosen] for key, value in observation.items()}


def copy(checkpoint, folder):
    return shutil.copytree(checkpoint, folder / "pretrained_model")


def lerobots_own(checkpoint):
    """The policy and processors as LeRobot's own API loads them."""
    config = SmolVLAConfig.get_choice_class(json.loads((checkpoint / "config.json").read_text())["type"])
    policy = get_policy_class(config.get_choice_name(config)).from_pretrained(checkpoint, strict=True)
    return policy, *make_pre_post_processors(policy.config, pretrained_path=str(checkpoint))


@pytest.mark.parametrize("name", ["act", "smolvla"])
def test_a_chunk_is_what_lerobot_makes_of_the_same_observation(request, env, observation, name):
    checkpoint = request.getfixturevalue(name)
    policy = load(checkpoint, env)
    assert (policy.chunk_size, policy.n_action_steps, policy.needs_lock_step) == (8, 4, False)
    noise = None if policy.noise_shape is None else torch.randn(env.num_envs, *policy.noise_shape)
    chunk = policy.predict_chunk(observation, noise=noise)
    assert chunk.shape == (env.num_envs, 8, 6) and chunk.dtype == torch.float32

    reference, preprocess, postprocess = lerobots_own(checkpoint)
    expected = postprocess(
        reference.predict_action_chunk(preprocess(observation), **({} if noise is None else {"noise": noise}))
    )
    assert torch.equal(chunk, expected)
    # in the units of the training data: near its mean, far from the normalised values around zero
    assert (chunk.mean(dim=(0, 1))[3] - checkpoints.ACTION_MEAN[3]).abs() < 3 * checkpoints.ACTION_STD[3]

    some = policy.predict_chunk(rows(observation, slice(1, 3)), noise=None if noise is None else noise[1:3])
    torch.testing.assert_close(some, chunk[1:3], atol=1e-3, rtol=0)
    env.step(chunk[:, 0])
    chunk[:] = 0  # the caller may write into it


def test_the_snippet_of_the_guide_gives_a_chunk(env, observation, act):
    (snippet,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.S)
    names = {"env": env, "observation": observation}
    exec(snippet.replace("outputs/train/RUN/checkpoints/last", str(act)), names)
    assert names["chunk"].shape == (4, 8, 6)


def test_environments_may_be_told_different_things(env, observation, smolvla):
    told = {**observation, "task": ["Lift the red cube up.", "Rest.", "Rest.", "Lift the cube, slowly."]}
    policy = load(smolvla, env)
    noise = torch.randn(env.num_envs, *policy.noise_shape)
    chunk = policy.predict_chunk(told, noise=noise)
    reference, preprocess, postprocess = lerobots_own(smolvla)
    assert torch.equal(chunk, postprocess(reference.predict_action_chunk(preprocess(told), noise=noise)))
    assert not torch.allclose(chunk, policy.predict_chunk(observation, noise=noise), atol=1e-3)


def test_noise_decides_what_smolvla_does_and_act_takes_none(env, observation, act, smolvla):
    policy = load(smolvla, env)
    assert policy.noise_shape == (8, 32)
    noise = torch.randn(env.num_envs, 8, 32)
    assert torch.equal(*(policy.predict_chunk(observation, noise=noise) for _ in range(2)))
    assert not torch.equal(*(policy.predict_chunk(observation) for _ in range(2)))
    policy = load(act, env)
    assert policy.noise_shape is None
    with pytest.raises(ValueError, match="of type act takes no noise"):
        policy.predict_chunk(observation, noise=noise)


def test_images_as_bytes_are_not_garbage(env, observation, act):
    as_bytes = {
        key: (value.permute(0, 2, 3, 1) * 255).round().to(torch.uint8) if "images" in key else value
        for key, value in observation.items()
    }
    policy = load(act, env)
    torch.testing.assert_close(policy.predict_chunk(as_bytes), policy.predict_chunk(observation), atol=1e-3, rtol=0)


def test_the_number_of_actions_to_play_can_be_set(env, act):
    assert load(act, env, n_action_steps=8).n_action_steps == 8
    for wrong in (0, 9):
        with pytest.raises(ValueError, match=f"n_action_steps is {wrong}, expected 1 to 8, the chunk size"):
            load(act, env, n_action_steps=wrong)


def test_a_policy_with_a_history_goes_in_lock_step(env, observation, tmp_path):
    checkpoint = checkpoints.make_vqbet(tmp_path)
    policy = load(checkpoint, env)
    assert policy.needs_lock_step and policy.chunk_size == 3
    with pytest.raises(RuntimeError, match=r"keeps a memory of the whole batch: call act_lock_step\(\)"):
        policy.predict_chunk(observation)
    reference, preprocess, postprocess = lerobots_own(checkpoint)
    for _ in range(2):
        policy.reset()
        reference.reset()
        torch.manual_seed(0)
        actions = [policy.act_lock_step(observation) for _ in range(4)]  # past the end of a chunk
        torch.manual_seed(0)
        expected = [postprocess(reference.select_action(preprocess(observation))) for _ in range(4)]
        assert actions[0].shape == (env.num_envs, 6)
        assert torch.equal(torch.stack(actions), torch.stack(expected))
    with pytest.raises(ValueError, match=r"policies of type vqbet always play the whole chunk of 3: leave it out"):
        load(checkpoint, env, n_action_steps=2)


def test_temporal_ensembling_goes_in_lock_step(env, tmp_path):
    checkpoint = checkpoints.make_act(tmp_path, n_action_steps=1, temporal_ensemble_coeff=0.01)
    assert load(checkpoint, env).needs_lock_step


def test_the_vlm_may_come_from_elsewhere(env, observation, vlm, tmp_path):
    moved = shutil.copytree(vlm, tmp_path / "moved")
    checkpoint = checkpoints.make_smolvla(tmp_path / "run", moved)
    noise = torch.randn(env.num_envs, 8, 32)
    expected = load(checkpoint, env).predict_chunk(observation, noise=noise)
    shutil.rmtree(moved)

    with pytest.raises(
        FileNotFoundError, match=r"needs the configuration and tokenizer of its VLM '.*moved'.*--vlm-path"
    ):
        load(checkpoint, env)
    assert torch.equal(load(checkpoint, env, vlm_path=vlm).predict_chunk(observation, noise=noise), expected)
    shutil.copytree(vlm, checkpoint / "vlm")
    assert torch.equal(load(checkpoint, env).predict_chunk(observation, noise=noise), expected)

    (tmp_path / "empty").mkdir()
    with pytest.raises(
        FileNotFoundError, match=r"the VLM directory .*empty .* has no tokenizer_config.json, config.json"
    ):
        load(checkpoint, env, vlm_path=tmp_path / "empty")


def test_a_policy_trained_over_downloaded_vlm_weights_needs_no_download(env, observation, vlm, tmp_path):
    """It was trained with its VLM in half precision, and is run so."""
    whole = shutil.copytree(vlm, tmp_path / "vlm")
    SmolVLMForConditionalGeneration(SmolVLMConfig.from_pretrained(vlm)).save_pretrained(whole)
    checkpoint = checkpoints.make_smolvla(tmp_path / "run", whole, load_vlm_weights=True)
    noise = torch.randn(env.num_envs, 8, 32)
    reference, preprocess, postprocess = lerobots_own(checkpoint)
    expected = postprocess(reference.predict_action_chunk(preprocess(observation), noise=noise))
    (whole / "model.safetensors").unlink()
    assert torch.equal(load(checkpoint, env).predict_chunk(observation, noise=noise), expected)


def test_a_policy_without_language_has_no_use_for_a_vlm(env, act, vlm):
    with pytest.raises(ValueError, match="of type act reads no language, so it has no use for the VLM directory"):
        load(act, env, vlm_path=vlm)


def test_cameras_are_renamed_at_load(env, observation, act, tmp_path):
    """The same weights under other names of cameras do the same, once the names are mapped."""
    renamed = checkpoints.make_act(tmp_path, cameras=("camera1", "camera2", "camera3"))
    with pytest.raises(ValueError, match=r"looks through camera1, camera2, camera3.*--rename-map '\{.*camera1.*\}'"):
        load(renamed, env)
    chunk = load(renamed, env, rename_map=CAMERA_RENAMES).predict_chunk(observation)
    assert torch.equal(chunk, load(act, env).predict_chunk(observation))


def test_units_that_contradict_the_statistics_are_refused(env, tmp_path):
    radians = {
        feature: {name: value.deg2rad() for name, value in known.items()}
        for feature, known in checkpoints.reference_statistics().items()
    }
    checkpoint = checkpoints.make_act(tmp_path, statistics=radians)
    with pytest.raises(ValueError, match=r"too small by a factor of about 57.3 in .*units='radians'") as error:
        load(checkpoint, env)
    assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match=r"training data are in 'radians' \(the argument says so\)"):
        load(checkpoint, env, units="radians")  # the environment is in degrees


def test_the_hash_is_that_of_what_acts(env, act, tmp_path):
    same, other = copy(act, tmp_path / "same"), copy(act, tmp_path / "other")
    (same / "train_config.json").unlink()
    weights = load_file(other / "model.safetensors")
    next(iter(weights.values())).add_(1)
    save_file(weights, other / "model.safetensors")
    hashes = [load(checkpoint, env).hash for checkpoint in (act, same, other)]
    assert hashes[0] == hashes[1] != hashes[2] and len(hashes[0]) == 64


def remove(name):
    return lambda folder: (folder / name).unlink()


def truncate(name):
    def damage(folder):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])

    return damage


def drop_a_weight(folder):
    weights = load_file(folder / "model.safetensors")
    weights.pop("model.action_head.bias")
    save_file(weights, folder / "model.safetensors")


def leave_an_adapter(folder):
    """What lerobot-train writes with PEFT: no weights but the adapter's."""
    (folder / "model.safetensors").unlink()
    save_file({"lora_A.weight": torch.zeros(2, 2)}, folder / "adapter_model.safetensors")
    edit_json("config.json", lambda config: config.update(use_peft=True))(folder)


def edit_json(name, change):
    def damage(folder):
        content = json.loads((folder / name).read_text())
        change(content)
        (folder / name).write_text(json.dumps(content))

    return damage


NORMALIZER = "policy_preprocessor_step_3_normalizer_processor.safetensors"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (remove("policy_postprocessor.json"), "has no policy_postprocessor.json in .*: copy the whole directory"),
        (remove("policy_preprocessor.json"), "has no policy_preprocessor.json in .*: copy the whole directory"),
        (remove(NORMALIZER), f"has no {NORMALIZER} in .*: copy the whole directory"),
        (remove("model.safetensors"), "has no model.safetensors in .*: copy the whole directory"),
        (truncate("model.safetensors"), "model.safetensors is damaged .*: copy it once more"),
        (truncate(NORMALIZER), f"{NORMALIZER} is damaged"),
        (truncate("policy_preprocessor.json"), "policy_preprocessor.json is no JSON file"),
        (drop_a_weight, "weights that are damaged or do not fit .*model.action_head.bias"),
        (
            edit_json("config.json", lambda config: config.update(dim_model=32)),
            "weights that are damaged or do not fit its config.json .*size mismatch",
        ),
        (
            edit_json("config.json", lambda config: config.update(type="diffusion")),
            r"has what this LeRobot \(0.6.1\) does not know: .*dim_model.* in config.json",
        ),
        (leave_an_adapter, "is a PEFT adapter, expected a whole policy: merge it"),
        (
            edit_json("config.json", lambda config: config.update(type="act_smooth")),
            r"has what this LeRobot \(0.6.1\) does not know: the policy type 'act_smooth'.* a plugin that is not",
        ),
        (
            edit_json("policy_preprocessor.json", lambda content: content.update(steps=3)),
            "has a policy_preprocessor.json without a list of steps",
        ),
        (
            edit_json("policy_preprocessor.json", lambda content: content.update(steps=[])),
            "has a policy_preprocessor.json without a list of steps",
        ),
        (
            edit_json("policy_postprocessor.json", lambda content: content["steps"].insert(0, {})),
            "has a policy_postprocessor.json without a list of steps",
        ),
        (
            edit_json("policy_postprocessor.json", lambda content: content["steps"].pop(0)),
            "trained on action normalised by MEAN_STD.* policy_postprocessor.json has no unnormalizer_processor",
        ),
        (
            edit_json("policy_preprocessor.json", lambda content: content["steps"].pop(3)),
            "trained on observation.state normalised by .* policy_preprocessor.json has no normalizer_processor",
        ),
        (
            edit_json("config.json", lambda config: config.update(input_features=None)),
            "declares no input_features",
        ),
        (
            edit_json("policy_preprocessor.json", lambda content: content["steps"][1].update(registry_name="secret")),
            "does not know: the step secret in policy_preprocessor.json",
        ),
    ],
)
def test_a_damaged_checkpoint_is_refused_in_one_line(env, act, tmp_path, damage, message):
    checkpoint = copy(act, tmp_path)
    damage(checkpoint)
    with pytest.raises((ValueError, FileNotFoundError), match=message) as error:
        load(checkpoint, env)
    assert "\n" not in str(error.value)


def test_a_checkpoint_from_before_processors_is_told_how_to_be_converted(env, act, tmp_path, monkeypatch, capsys):
    checkpoint = copy(act, tmp_path)
    remove("policy_preprocessor.json")(checkpoint)
    remove("policy_postprocessor.json")(checkpoint)
    with pytest.raises(FileNotFoundError, match=r"from a LeRobot before 0\.4: convert it once with `") as error:
        load(checkpoint, env)
    python, _, module, *arguments = str(error.value).split("`")[1].split()
    assert (python, module) == ("python", migrate_policy_normalization.__name__)
    assert arguments == ["--pretrained-path", str(checkpoint), "--output-dir", "NEW_DIR"]
    monkeypatch.setattr(sys, "argv", [module, "--help"])
    with pytest.raises(SystemExit, match="0"):
        migrate_policy_normalization.main()
    assert {"--pretrained-path", "--output-dir"} <= set(capsys.readouterr().out.split())


def test_a_type_whose_packages_are_not_installed_is_named(env, act, tmp_path):
    """LeRobot's diffusion policy needs diffusers, which nothing here depends on."""
    if importlib.util.find_spec("diffusers"):
        pytest.skip("diffusers is installed")
    checkpoint = copy(act, tmp_path)
    config = json.loads((checkpoint / "config.json").read_text())
    kept = {key: config[key] for key in ("input_features", "output_features", "device")}
    (checkpoint / "config.json").write_text(json.dumps({"type": "diffusion", **kept}))
    with pytest.raises(
        ImportError, match=r"of type diffusion needs a package that is not installed .*diffusers"
    ) as error:
        load(checkpoint, env)
    assert "\n" not in str(error.value)


def test_a_hub_that_cannot_be_reached_is_named(env, monkeypatch):
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(FileNotFoundError, match="'user/policy' is no directory here and not to be had from the Hub"):
        load("user/policy", env)


def test_a_policy_that_was_trained_compiled_is_not_compiled_here(env, observation, smolvla, vlm, tmp_path):
    compiled = load(checkpoints.make_smolvla(tmp_path, vlm, compile_model=True), env)
    assert not compiled.config.compile_model
    noise = torch.randn(env.num_envs, 8, 32)
    expected = load(smolvla, env).predict_chunk(observation, noise=noise)
    assert torch.equal(compiled.predict_chunk(observation, noise=noise), expected)
