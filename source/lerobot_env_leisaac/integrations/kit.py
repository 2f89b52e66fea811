"""Isaac Sim's extension manager: enabling the extension registers the tasks, disabling it takes them out again.

`extension.toml` names this module. It can be imported only inside Kit, which provides `omni.ext`.
"""

import omni.ext

from lerobot_env_leisaac import catalog


class LeIsaacExtension(omni.ext.IExt):
    """Keeps the Gymnasium ids registered for as long as the extension is enabled.

    Simulator and policies stay unimported until an environment is made.
    """

    def on_startup(self, ext_id: str) -> None:
        """Register the ids."""
        catalog.register()

    def on_shutdown(self) -> None:
        """Unregister the ids."""
        catalog.unregister()
