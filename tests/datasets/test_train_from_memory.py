"""What training scripts do in LeRobot's place gives what LeRobot gives."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from lerobot.processor import TokenizerProcessorStep
from transformers import AutoConfig, AutoModelForImageTextToText, AutoTokenizer
from transformers.models.smolvlm.modeling_smolvlm import SmolVLMVisionTransformer

from lerobot_env_leisaac.catalog import tasks

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(SCRIPTS / "train_from_memory.py"))


@pytest.fixture(scope="module")
def vlm(tmp_path_factory):
    """The small VLM that the training scripts write."""
    out = tmp_path_factory.mktemp("vlm")
    runpy.run_path(str(SCRIPTS / "make_small_vlm.py"))["main"](out)
    return out


def test_each_word_of_an_instruction_is_one_token(vlm):
    tokenizer = AutoTokenizer.from_pretrained(vlm)
    instructions = [task.instruction for task in tasks()]
    instructions += ["Lift the yellow cube up.", "Lift the blue cube up."]
    for instruction in instructions:
        words = instruction.replace(".", " .").replace(",", " ,").split()
        assert len(tokenizer(instruction)["input_ids"]) == len(words), instruction
    assert tokenizer("Lift the blue")["input_ids"][:2] == tokenizer("Lift the red")["input_ids"][:2]


def test_any_other_text_is_told_too(vlm):
    tokenizer = AutoTokenizer.from_pretrained(vlm)
    for text in ("Zieh die Schublade heraus.", "持ち上げて", "Lift the purple cube up."):
        tokens = tokenizer(text)["input_ids"]
        assert tokenizer.unk_token_id not in tokens and tokenizer.decode(tokens) == text


@pytest.mark.parametrize("padding", ["longest", "max_length"])
def test_a_batch_is_tokenised_as_lerobot_does(script, vlm, padding):
    step = TokenizerProcessorStep(tokenizer_name=str(vlm), max_length=24, padding=padding)
    batch = ["Lift the blue cube up.\n", tasks()[1].instruction, "Lift the blue cube up.\n", "Lift the red cube up.\n"]
    each_once = script["_tokenize_each_once"](TokenizerProcessorStep._tokenize_text)
    for text in (batch, batch[0]):
        expected, tokens = step._tokenize_text(text), each_once(step, text)
        for name in ("input_ids", "attention_mask"):
            assert torch.equal(tokens[name], expected[name])


def test_images_are_seen_as_transformers_sees_them(script, vlm):
    torch.manual_seed(0)
    model = AutoModelForImageTextToText.from_config(AutoConfig.from_pretrained(vlm))
    tower = next(module for module in model.modules() if isinstance(module, SmolVLMVisionTransformer)).eval()
    images = torch.rand(2, 3, 128, 128) * 2 - 1
    with torch.no_grad():
        expected = tower(images).last_hidden_state
        seen = script["_vision_of_whole_images"](tower, pixel_values=images).last_hidden_state
    assert torch.allclose(seen, expected, atol=1e-5)
    assert torch._dynamo.explain(script["_vision_of_whole_images"])(tower, images).graph_break_count == 0


def test_a_batch_that_is_not_whole_is_left_out(script):
    loader = script["_of_whole_batches"](torch.utils.data.DataLoader)
    for frames, sizes in ((10, [4, 4]), (3, [3])):  # fewer than a batch are not left out
        batches = list(loader(list(range(frames)), batch_size=4, drop_last=False))
        assert [len(batch) for batch in batches] == sizes


def test_a_process_that_decodes_imports_no_torch():
    """Decoding processes import the script, as many as there are processors."""
    code = "import runpy, sys; runpy.run_path(sys.argv[1]); assert not {'torch', 'lerobot'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code, SCRIPTS / "train_from_memory.py"], check=True)
