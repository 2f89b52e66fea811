"""The socket at which a policy is served: open before the policy is loaded, and whatever comes through it. Light."""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
import time
from typing import Any

MOST_CONNECTIONS = 64
"""More at once are closed as they come: each takes a thread and a file, of which a process has 1,024."""

_SLOWEST_S = 10
"""How long a client may leave an answer unread [s]."""

_CLOSED = (errno.EBADF, errno.EINVAL, errno.ENOTSOCK)
"""What is said of a socket that does not listen any more; all else passes: no room, or a client that has gone again."""

_PAUSE_S = 0.1


class Door(socket.socket):
    """A socket that listens, and goes on where the process has no room for another connection."""

    def __init__(self, host: str, port: int):
        """Listen.

        Args:
            host: Name or number of the interface.
            port: Port; 0 for any that is free.

        Raises:
            OSError: The port cannot be listened at.
        """
        try:
            families = [family for family, *_ in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
            family = socket.AF_INET if socket.AF_INET in families else families[0]
            opened = socket.create_server((host, port), family=family)
        except (OSError, UnicodeError) as error:
            why = f"cannot listen at {host}:{port} ({getattr(error, 'strerror', None) or error})"
            raise OSError(f"{why}: choose another --host or --port") from error
        super().__init__(opened.family, opened.type, opened.proto, fileno=opened.detach())
        self._open: set[socket.socket] = set()

    def accept(self) -> tuple[socket.socket, Any]:
        """Wait for a client, and return its connection and address.

        Raises:
            OSError: The door was closed.
        """
        while True:
            try:
                connection, address = super().accept()
            except OSError as error:
                if error.errno in _CLOSED:
                    raise
                time.sleep(_PAUSE_S)
                continue
            self._open = {each for each in self._open if each.fileno() != -1}
            if len(self._open) >= MOST_CONNECTIONS:
                connection.close()
                continue
            # who reads no answer would hold up its thread, and the end of the process with it
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", _SLOWEST_S, 0))
            self._open.add(connection)
            return connection, address

    def send_away(self) -> None:
        """End every connection, also those that have not said a word."""
        for connection in self._open:
            with contextlib.suppress(OSError):  # it has ended
                connection.shutdown(socket.SHUT_RDWR)
