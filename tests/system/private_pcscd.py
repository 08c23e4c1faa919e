"""Becomes a pcscd that nobody else sees; run in mount and network namespaces of its own.

``/run`` is empty here, so pcscd's socket is its own, and the loopback interface is another one, so
the ports of its virtual readers are free.  Arguments are pcscd's.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1


def main() -> None:
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    Path("/run/pcscd").mkdir()
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))
    os.execvp("pcscd", ["pcscd", "--foreground", *sys.argv[1:]])


if __name__ == "__main__":
    main()
