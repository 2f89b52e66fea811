"""Take one extension folder through a real Kit: enable, disable, enable again; write down what Kit says of it.

    python kit_probe.py EXTENSION_DIR SCRATCH_DIR REPORT_JSON

Runs in a process of its own: Kit lives once in a process, and Isaac Lab behaves differently where Kit's modules are.
"""

import json
import sys
from pathlib import Path
from typing import Any

import gymnasium as gym
from omni.kit_app import KitApp  # from the omniverse-kit wheel


def probe(manager: Any, extension_dir: Path) -> dict[str, Any]:
    """Return what the extension manager reports, and the ids registered after each step."""
    found = [ext for ext in manager.get_extensions() if Path(ext["path"]).resolve() == extension_dir]
    report: dict[str, Any] = {"discovered": bool(found), "steps": []}
    if not found:
        return report
    name = found[0]["name"]
    for enable in (True, False, True):
        manager.set_extension_enabled_immediate(name, enable)
        state = manager.get_extension_dict(found[0]["id"]).get_dict()["state"]
        report["steps"].append(
            {
                "enabled": manager.is_extension_enabled(name),
                "failed": state["failed"],  # Kit counts an extension as enabled also where its code raised
                "ids": [id_ for id_ in gym.registry if id_.startswith("LeIsaac-")],
                "imported": [module for module in ("torch", "isaaclab", "lerobot", "warp") if module in sys.modules],
            }
        )
    report["package"] = manager.get_extension_dict(found[0]["id"]).get_dict()["package"]
    module = sys.modules.get("lerobot_env_leisaac.integrations.kit")
    report["module"] = module and module.__file__
    return report


def main() -> None:
    """Start Kit with nothing but the extension on its search path."""
    extension_dir, scratch_dir, report_path = (Path(argument).resolve() for argument in sys.argv[1:])
    app = KitApp()
    app.startup(
        [
            "--empty",
            "--no-window",
            "--portable-root",  # keeps Kit's data, cache and logs out of the home folder
            str(scratch_dir),
            "--/app/extensions/registryEnabled=0",  # no network
            "--/app/fastShutdown=0",  # a fast shutdown would end the process before on_shutdown
            "--/crashreporter/enabled=0",
            "--/telemetry/enableAnonymousData=0",
            "--ext-path",
            str(extension_dir),
        ]
    )
    report_path.write_text(json.dumps(probe(app.extension_manager, extension_dir), default=str))
    app.shutdown()


if __name__ == "__main__":
    main()
