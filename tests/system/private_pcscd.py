"""Becomes a pcscd that nobody else sees; run in new mount and network namespaces.

``/run`` is empty here, so pcscd's socket is its own, and the loopback interface is another one, so
the ports of its virtual readers are free.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import subprocess
from pathlib import Path

_SIOCSIFFLAGS, _IFF_UP, _IFF_RUNNING = 0x8914, 0x1, 0x40


def main() -> None:
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    Path("/run/pcscd").mkdir()
    with socket.socket() as any_socket:
        request = struct.pack("16sh14x", b"lo", _IFF_UP | _IFF_RUNNING)
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, request)
    os.execvp("pcscd", ["pcscd", "--foreground"])


if __name__ == "__main__":
    main()
