"""Let LeRobot find a policy's VLM in the policy's own folder, as the other commands do.

A saved SmolVLA names the model whose configuration and tokenizer it needs. LeRobot 0.6.1 takes that name for a folder
of the current directory or an id on the Hub, and does not look into a folder ``vlm`` beside the policy's files.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from lerobot.configs import PreTrainedConfig
from lerobot.processor import DataProcessorPipeline

from lerobot_env_leisaac.policies.files import VLM_DIR, read_steps

_TOKENIZER_STEP = "tokenizer_processor"


def prefer_own_vlm() -> None:
    """Wrap what LeRobot reads policies and processors with; one without such a folder is read as ever."""
    read_config = PreTrainedConfig.from_pretrained.__func__
    read_processor = DataProcessorPipeline.from_pretrained.__func__

    @functools.wraps(read_config)
    def config_from_pretrained(cls: Any, pretrained_name_or_path: str | Path, **options: Any) -> PreTrainedConfig:
        config = read_config(cls, pretrained_name_or_path, **options)
        vlm = Path(pretrained_name_or_path, VLM_DIR)
        if vlm.is_dir() and hasattr(config, "vlm_model_name"):
            config.vlm_model_name = str(vlm)
        return config

    @functools.wraps(read_processor)
    def processor_from_pretrained(
        cls: Any,
        pretrained_model_name_or_path: str | Path,
        config_filename: str,
        *,
        overrides: dict[str, Any] | None = None,
        **options: Any,
    ) -> Any:
        folder, overrides = Path(pretrained_model_name_or_path), dict(overrides or {})
        if (folder / VLM_DIR).is_dir() and any(
            step.get("registry_name") == _TOKENIZER_STEP for step in read_steps(folder, config_filename)
        ):
            overrides = {_TOKENIZER_STEP: {"tokenizer_name": str(folder / VLM_DIR)}, **overrides}
        return read_processor(cls, folder, config_filename, overrides=overrides, **options)

    PreTrainedConfig.from_pretrained = classmethod(config_from_pretrained)
    DataProcessorPipeline.from_pretrained = classmethod(processor_from_pretrained)
