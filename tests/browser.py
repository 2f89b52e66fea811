"""A real browser without a window, driven by its debugging protocol: what a test needs of it, and no more."""

import base64
import contextlib
import io
import itertools
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
from PIL import Image

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
"""Where Chromium is; None where it is not installed."""


class Page:
    """A page that is open in the browser."""

    def __init__(self, socket: Any):
        self._socket, self._ids = socket, itertools.count(1)
        self.requests: list[str] = []

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol; addresses that the page asks for meanwhile are noted in `requests`."""
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (message := self._next()).get("id") != number:
            pass
        assert "error" not in message, message
        return message["result"]

    def open(self, url: str) -> None:
        """Go to an address, and wait until it is loaded."""
        self.call("Page.navigate", url=url)
        while self._next().get("method") != "Page.loadEventFired":
            pass

    def _next(self) -> dict[str, Any]:
        message = json.loads(self._socket.recv(timeout=120))
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(message["params"]["request"]["url"])
        return message

    def picture(self) -> np.ndarray:
        """Return what the page shows, (H, W, 3) uint8."""
        data = base64.b64decode(self.call("Page.captureScreenshot")["data"])
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))

    def text(self) -> str:
        """Return the page's text."""
        found = self.call("Runtime.evaluate", expression="document.body.innerText")
        return found["result"]["value"]

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Drag with the left button."""
        self._mouse("mousePressed", start)
        for share in (0.25, 0.5, 0.75, 1.0):
            x, y = (round(a + share * (b - a)) for a, b in zip(start, end, strict=True))
            self._mouse("mouseMoved", (x, y))
        self._mouse("mouseReleased", end)

    def _mouse(self, kind: str, place: tuple[int, int]) -> None:
        self.call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", buttons=1, clickCount=1)


@contextlib.contextmanager
def opened(file: Path, profile: Path, size: tuple[int, int]) -> Iterator[Page]:
    """Open a file in a browser that has no network.

    Args:
        file: The page.
        profile: A new folder for the browser.
        size: Width and height of its window.
    """
    from websockets.sync.client import connect

    process = subprocess.Popen(
        [
            *(PROGRAM, "--headless=new", "--no-sandbox", "--enable-unsafe-swiftshader", "--hide-scrollbars"),
            *("--use-angle=swiftshader", "--remote-debugging-port=0", f"--user-data-dir={profile}"),
            *("--proxy-server=127.0.0.1:9", f"--window-size={size[0]},{size[1]}", "about:blank"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        port, deadline = profile / "DevToolsActivePort", time.monotonic() + 60
        while not port.exists() or not port.read_text():
            assert process.poll() is None and time.monotonic() < deadline, "the browser does not start"
            time.sleep(0.1)
        with urlopen(f"http://127.0.0.1:{port.read_text().splitlines()[0]}/json/list") as answer:
            (target,) = [each for each in json.load(answer) if each["type"] == "page"]
        with connect(target["webSocketDebuggerUrl"], max_size=None) as socket:
            page = Page(socket)
            page.call("Page.enable")
            page.call("Network.enable")
            page.open(file.absolute().as_uri())
            yield page
    finally:
        process.kill()
        process.wait()
