"""What a configuration may say, and that whatever else it says is named with its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sscard.driver.certificate_entries import CertificateEntries
from sscard.driver.configuration import (
    LONGEST,
    PORT,
    VARIABLE,
    ConfigurationError,
    configured,
    read_configuration,
)

WHOLE = """
device = "终端一号"
production = true

[readers]
contact = "sim:cards/holder.card"
contactless = "tcp:127.0.0.1:4000"
psam = "ACR"

[pin]
source = "fixed"
pin = "123456"
new_pin = "654321"

[profiles]
gen3 = "gen3+region.toml"

[hsm]
3des = "TEST"
sm4 = "office.toml"

[certificates]
master = "chips.toml"
lot = "2026-A"
root = "ca.pem"

[log]
file = "driver.log"

[answers]
longest = 4096

[service]
port = 0
"""
FIXED = '[readers]\ncontact = "sim:a"\n[pin]\nsource = "fixed"\n'
READERS = '[readers]\ncontact = "0"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "driver.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_everything(tmp_path: Path) -> None:
    found = read_configuration(written(tmp_path, WHOLE))
    assert found.folder == tmp_path
    assert found.device == "终端一号"
    assert found.readers.contact == "sim:cards/holder.card"
    assert found.readers.contactless == "tcp:127.0.0.1:4000"
    assert found.readers.psam == "ACR"
    assert (found.pin.source, found.pin.pin, found.pin.new_pin) == ("fixed", "123456", "654321")
    assert found.profiles == {1: "gen1", 2: "gen2", 3: "gen3+region.toml"}
    assert found.hsm == {"3des": "TEST", "sm4": "office.toml"}
    assert (found.log, found.longest, found.port) == (tmp_path / "driver.log", 4096, 0)
    assert found.production
    assert found.certificates == CertificateEntries("chips.toml", "2026-A", "ca.pem", "none")
    assert "123456" not in repr(found)
    assert "654321" not in repr(found)


def test_the_configuration_of_the_page(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "driver-library.md").read_text("utf-8")
    parts = re.findall(r"^```toml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    found = read_configuration(written(tmp_path, "\n".join(parts)))
    assert found.certificates == CertificateEntries("TEST", None, "TEST", "gmt0016")
    assert (found.device, found.pin.source) == ("TEST-01", "fixed")


def test_a_reader_is_enough(tmp_path: Path) -> None:
    found = read_configuration(written(tmp_path, READERS))
    assert found.readers.psam is None
    assert (found.pin.source, found.longest, found.port) == ("none", LONGEST, PORT)
    assert not found.hsm
    assert not found.production
    assert found.certificates == CertificateEntries()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "readers: "),
        ("[readers]\n", "readers: "),
        ("[reader]\n", "reader: 未知 unknown; there are device, production, readers"),
        ("readers = 1\n", "readers: is a table"),
        ("[readers]\ncontact = 0\n", "readers.contact: is text"),
        ('[readers]\ncontact = ""\n', "readers.contact: is text"),
        ('[readers]\ncontact = "sim:"\n', "readers.contact: "),
        ('[readers]\ncontact = "tcp:4000"\n', "readers.contact: tcp: needs HOST:PORT"),
        ('[readers]\ncontact = "tcp:h:99999"\n', "readers.contact: tcp: needs HOST:PORT"),
        ('[readers]\npsam = "0"\n', "readers: "),
        ('[readers]\nsam = "0"\n', "readers.sam: 未知"),
        (f'device = "a|b"\n{READERS}', "device: "),
        (f'device = "💳"\n{READERS}', "device: "),
        (f'{READERS}[pin]\nsource = "keyboard"\n', "pin.source: is one of console, fixed"),
        (f'{READERS}[pin]\nsource = "fixed"\npin = "123456"\n', "and readers.contact is a real"),
        (
            '[readers]\ncontact = "sim:a"\ncontactless = "1"\n[pin]\nsource = "fixed"\npin = "1"\n',
            "and readers.contactless is a real",
        ),
        ('[readers]\ncontact = "sim:a"\n[pin]\nsource = "fixed"\n', "pin.pin: "),
        (
            '[readers]\ncontact = "sim:a"\n[pin]\nsource = "fixed"\npin = "12a"\n',
            "pin.pin: is digi",
        ),
        (f'{READERS}[pin]\nsource = "console"\npin = "123456"\n', "pin.pin: 未知"),
        (f'{READERS}[pin]\nsource = "command"\n', "pin.command: "),
        (f'{READERS}[pin]\nsource = "command"\ncommand = "zenity"\n', "pin.command: is a list"),
        (
            f'{READERS}[pin]\nsource = "command"\ncommand = ["a"]\nseconds = 0\n',
            "pin.seconds: is a whole number from 1",
        ),
        (f'{READERS}[profiles]\ngen4 = "gen4"\n', "profiles.gen4: 未知"),
        (f'{READERS}[hsm]\naes = "TEST"\n', "hsm.aes: 未知"),
        (f"production = 1\n{READERS}", "production: is true or false"),
        (f'{READERS}[certificates]\nca = "TEST"\n', "certificates.ca: 未知"),
        (f'{READERS}[certificates]\nsigning = "sm2"\n', "certificates.signing: is one of none, g"),
        (f'{READERS}[certificates]\nmaster = "chips.toml"\n', "certificates.lot: 批次"),
        (
            f'production = true\n{READERS}[certificates]\nsigning = "gmt0016"\n',
            "certificates.signing: 签名指令为假定",
        ),
        (f"{READERS}[answers]\nlongest = 100\n", "answers.longest: is a whole number from 256"),
        (f"{READERS}[answers]\nlongest = true\n", "answers.longest: is a whole number"),
        (f"{READERS}[service]\nport = 65536\n", "service.port: is a whole number"),
        (f'{READERS}[service]\nhost = "0.0.0.0"\n', "service.host: 未知"),
        (f"{READERS}[log]\nfile = 1\n", "log.file: is text"),
        ("[readers\n", "line 1"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigurationError) as refused:
        read_configuration(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert said in str(refused.value)


def test_a_pin_is_never_repeated(tmp_path: Path) -> None:
    text = f'{FIXED}pin = "73915x"\n'
    with pytest.raises(ConfigurationError) as refused:
        read_configuration(written(tmp_path, text))
    assert "73915" not in str(refused.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.toml: "):
        read_configuration(tmp_path / "none.toml")
    (tmp_path / "gbk.toml").write_bytes('device = "终端"'.encode("gbk"))
    with pytest.raises(ConfigurationError, match="UTF-8"):
        read_configuration(tmp_path / "gbk.toml")


def test_the_variable_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(ConfigurationError, match=VARIABLE):
        configured()
    monkeypatch.setenv(VARIABLE, str(written(tmp_path, READERS)))
    assert configured().readers.contact == "0"
