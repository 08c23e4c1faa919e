"""What a driver is configured with: a TOML file.  Nothing is opened here but that file."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from sscard.driver.certificate_entries import (
    NO_CERTIFICATES,
    CertificateEntries,
    certificate_entries,
)
from sscard.driver.reader_names import require_form, simulated
from sscard.driver.tables import Table
from sscard.errors import SscardError

#: Where programs that are given no configuration look for one.
VARIABLE = "SSCARD_DRIVER_CONFIG"
#: Bytes of an answer with its NUL; a photo, in hexadecimal behind its address, takes 8 204.
LONGEST = 16_384
#: Fewer than this has no room for what ``iReadCardBas`` gives.
_LEAST = 256
_MOST = 65_535
#: Where the service is, and the DLLs look for it.
PORT = 7447
_SECONDS = 60
_GENERATIONS = (1, 2, 3)
#: Keys for an HSM, by suite.
_SUITES = ("3des", "sm4")
_PIN_ENTRIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"console": (), "fixed": ("pin", "new_pin"), "command": ("command", "seconds"), "none": ()}
)


class ConfigurationError(SscardError):
    """A configuration cannot be used; the message names file and place, and repeats no secret."""


@dataclass(frozen=True, slots=True)
class Readers:
    """The names of the readers, as ``--reader`` has them; None: the terminal has no such reader."""

    contact: str | None = None
    contactless: str | None = None
    psam: str | None = None


@dataclass(frozen=True, slots=True)
class PinEntry:
    """Where PINs come from: ``console``, ``fixed`` (simulated cards only), ``command``, ``none``.

    ``seconds`` is how long a command may take.
    """

    source: str = "none"
    pin: str = field(default="", repr=False)
    new_pin: str = field(default="", repr=False)
    command: tuple[str, ...] = ()
    seconds: int = _SECONDS


@dataclass(frozen=True, slots=True)
class Configuration:
    """A driver's surroundings.  Paths are seen from ``folder``, where the file is."""

    folder: Path
    readers: Readers
    pin: PinEntry = PinEntry()
    device: str = ""
    #: Generation → the spec of its profile.
    profiles: Mapping[int, str] = field(default_factory=dict)
    #: Suite → key store file of the HSM, or ``TEST``.
    hsm: Mapping[str, str] = field(default_factory=dict)
    log: Path | None = None
    longest: int = LONGEST
    port: int = PORT
    certificates: CertificateEntries = NO_CERTIFICATES
    #: No key that the whole world knows, and no command that no public source has.
    production: bool = False


def configured() -> Configuration:
    """What the variable names.  Raises ConfigurationError, also where it is not set."""
    path = os.environ.get(VARIABLE)
    if not path:
        raise ConfigurationError(f"{VARIABLE}: 未设置 is not set; it names the configuration file")
    return read_configuration(Path(path))


def read_configuration(path: Path) -> Configuration:
    """The configuration in a file.  Raises ConfigurationError naming file and place."""
    try:
        text = path.read_text("utf-8")
        document = tomllib.loads(text)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: 不是 UTF-8 is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: {error}") from None
    try:
        return _configuration(path.parent, Table("", document))
    except ValueError as error:
        raise ConfigurationError(f"{path}: {error}") from None


def _configuration(folder: Path, whole: Table) -> Configuration:
    """Raises ValueError naming the place."""
    tables = ("readers", "pin", "profiles", "hsm", "certificates", "log", "answers", "service")
    whole.require_only("device", "production", *tables)
    readers = _readers(whole.table("readers"))
    log, answers, service = whole.table("log"), whole.table("answers"), whole.table("service")
    log.require_only("file")
    answers.require_only("longest")
    service.require_only("port")
    file, production = log.text("file"), whole.flag("production")
    return Configuration(
        folder,
        readers,
        _pin(whole.table("pin"), readers),
        _device(whole),
        _profiles(whole.table("profiles")),
        _hsm(whole.table("hsm")),
        None if file is None else folder / file,
        answers.number("longest", LONGEST, _LEAST, _MOST),
        service.number("port", PORT, 0, 0xFFFF),
        certificate_entries(whole.table("certificates"), production=production),
        production,
    )


def _device(whole: Table) -> str:
    device = whole.text("device") or ""
    if "|" in device or not _in_gbk(device):
        raise ValueError("device: 终端设备号 is text of GBK without |")
    return device


def _in_gbk(text: str) -> bool:
    return text.encode("gbk", "ignore").decode("gbk") == text


def _readers(table: Table) -> Readers:
    table.require_only("contact", "contactless", "psam")
    found = {name: table.text(name) for name in ("contact", "contactless", "psam")}
    for name, spec in found.items():
        try:
            if spec is not None:
                require_form(spec)
        except ValueError as error:
            raise ValueError(f"{table.place(name)}: {error}") from None
    if found["contact"] is None and found["contactless"] is None:
        raise ValueError("readers: 未配置读卡器 has contact, contactless, or both")
    return Readers(**found)


def _pin(table: Table, readers: Readers) -> PinEntry:
    source = table.text("source") or "none"
    if source not in _PIN_ENTRIES:
        raise ValueError(f"{table.place('source')}: is one of {', '.join(_PIN_ENTRIES)}")
    table.require_only("source", *_PIN_ENTRIES[source])
    if source == "fixed":
        _require_simulated(table, readers)
    if source == "fixed" and table.text("pin") is None:
        raise ValueError(f"{table.place('pin')}: 缺少测试密码 a fixed entry has a TEST PIN")
    if source == "command" and not table.texts("command"):
        raise ValueError(f"{table.place('command')}: is a list: the program, then its arguments")
    return PinEntry(
        source,
        table.digits("pin"),
        table.digits("new_pin"),
        table.texts("command"),
        table.number("seconds", _SECONDS, 1, 3600),
    )


def _require_simulated(table: Table, readers: Readers) -> None:
    """A fixed PIN is a TEST PIN; tried on a holder's card it would cost tries, or open it."""
    for name, spec in (("contact", readers.contact), ("contactless", readers.contactless)):
        if spec is not None and not simulated(spec):
            raise ValueError(
                f"{table.place('source')}: fixed 仅用于模拟卡 is for simulated cards (sim:, tcp:), "
                f"and readers.{name} is a real reader"
            )


def _profiles(table: Table) -> Mapping[int, str]:
    table.require_only(*(f"gen{each}" for each in _GENERATIONS))
    return MappingProxyType(
        {each: table.text(f"gen{each}") or f"gen{each}" for each in _GENERATIONS}
    )


def _hsm(table: Table) -> Mapping[str, str]:
    table.require_only(*_SUITES)
    found = {suite: table.text(suite) for suite in _SUITES}
    return MappingProxyType({suite: file for suite, file in found.items() if file is not None})
