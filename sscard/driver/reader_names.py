"""What a reader is called on command lines and in configurations.

``NAME`` or a number is a PC/SC reader, ``sim:FILE`` the simulated card in an image, and
``tcp:HOST:PORT`` one that ``sscard simulate --tcp`` keeps in another process.
"""

from __future__ import annotations

from pathlib import Path

from sscard.driver.reader_kinds import CardReader, ImageReader, PcscReader, TcpReader

_SIM, _TCP = "sim:", "tcp:"


def reader(spec: str, folder: Path = Path()) -> CardReader:
    """The reader of this name; files are seen from ``folder``.

    Raises ValueError for a name of no form, NoService, NoReader.
    """
    if spec.startswith(_SIM):
        return ImageReader(folder / spec.removeprefix(_SIM))
    if spec.startswith(_TCP):
        host, port = _address(spec.removeprefix(_TCP))
        return TcpReader(host, port)
    return PcscReader.found(spec)


def simulated(spec: str) -> bool:
    """Whether only a simulated card can be behind this name."""
    return spec.startswith((_SIM, _TCP))


def require_form(spec: str) -> None:
    """ValueError for a name that no reader can have; nothing is opened."""
    if not spec or spec == _SIM:
        raise ValueError("a reader has a name, a number, sim:FILE or tcp:HOST:PORT")
    if spec.startswith(_TCP):
        _address(spec.removeprefix(_TCP))


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) < 1 << 16):
        raise ValueError("tcp: needs HOST:PORT")
    return host, int(port)
