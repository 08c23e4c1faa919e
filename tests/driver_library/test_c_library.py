"""libsscarddriver.so in C programs and in ctypes; what the documentation shows is compiled."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import pytest

from sscard.driver import c_text
from sscard.driver.c_build import BuildError, build_library
from sscard.driver.configuration import read_configuration
from sscard.driver.opening import open_session
from sscard.issuance.ca.load import packaged_authority
from sscard.keys import sm2
from sscard.keys.sm2_keys import SM2PublicKey
from sscard.keys.x509 import CertificateRequest
from sscard.terminal.driver import FUNCTIONS

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(__file__).parent / "programs"
PAGE = (ROOT / "docs" / "driver-library.md").read_text("utf-8")
#: Names and parameters as drivers' own headers in the field have them.
FIELD = """
iReadCardBas(int, char*) iReadCardBas_HSM_Step1(int, char*) iReadCardBas_HSM_Step2(char*, char*)
iReadCard(int, int, char*, char*, char*) iReadCard_HSM_Step1(int, char*, char*, char*)
iReadCard_HSM_Step2(char*, char*) iWriteCard(int, char*, char*, char*, char*)
iWriteCard_HSM_Step1(int, char*, char*, char*) iWriteCard_HSM_Step2(char*, char*, char*)
iVerifyPIN(int, char*) iChangePIN(int, char*) iReloadPIN(int, char*, char*)
iReloadPIN_HSM_Step1(int, char*, char*) iReloadPIN_HSM_Step2(char*, char*)
iReloadPIN_HSM_Step3(char*, char*) iUnblockPIN(int, char*, char*)
iUnblockPIN_HSM_Step1(int, char*, char*) iUnblockPIN_HSM_Step2(char*, char*)
iUnblockPIN_HSM_Step3(char*, char*) iDoDebit(int, char*, char*, char*)
iDoDebit_HSM_Step1(int, char*, char*, char*) iDoDebit_HSM_Step2(char*, char*)
iReadDebitRecord(int, char*)
iReadSignatureKey(int, char*) iWriteCA(int, char*, char*, char*, char*, char*, char*)
iWriteCaStep1(int, char*, char*)
iWriteCaStep2(char*, char*, char*, char*, char*, char*, char*, char*, char*)
PKI_SignData(char*, char*, int, char*) PKI_VerifySign(char*, char*, char*, char*, int, char*)
"""


CERTIFICATES = '[certificates]\nmaster = "TEST"\nroot = "TEST"\nsigning = "gmt0016"\n'


def program(language: str) -> str:
    """The one whole program of the page in this language."""
    parts = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    (found,) = (each for each in parts if "#include" in each or "import " in each)
    return str(found)


def ran(*words: object, **variables: str) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | variables
    environment.pop("SSCARD_DRIVER_CONFIG", None) if not variables else None
    command = list(map(str, words))
    return subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, absent: Callable[[str], NoReturn]) -> Path:
    if not sys.platform.startswith("linux"):
        absent("Linux")
    if shutil.which("gcc") is None:
        absent("gcc")
    if find_spec("cffi") is None:
        absent("cffi")
    if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
        absent("Python.h")
    built, header = build_library(tmp_path_factory.mktemp("library"))
    assert header.parent == built.parent
    return built


@pytest.fixture
def compiled(library: Path, tmp_path: Path) -> Callable[..., Path]:
    def compile_(source: Path, *more: str) -> Path:
        target = tmp_path / source.stem
        words = ("gcc", "-Wall", "-Wextra", "-Werror", f"-I{library.parent}", "-o", target, source)
        done = ran(*words, *more)
        assert done.returncode == 0, done.stderr.decode()
        return target

    return compile_


def test_the_program_of_the_page(
    desk: Any, library: Path, compiled: Callable[..., Path], tmp_path: Path
) -> None:
    source = tmp_path / "hospital.c"
    source.write_text(program("c"), encoding="utf-8")
    hospital = compiled(source, f"-L{library.parent}", "-lsscarddriver")
    places = {
        "LD_LIBRARY_PATH": str(library.parent),
        "SSCARD_DRIVER_CONFIG": str(desk.configuration),
    }
    done = ran(hospital, **places)
    assert done.returncode == 0, done.stdout.decode("gbk")
    lines = done.stdout.decode("gbk").splitlines()
    assert lines[0].startswith("639900|110101199003070038|X00000019|")
    assert lines[1] == "SSSEEF06|110101199003070038|诸葛验收|$"
    assert done.stderr == b""


def test_many_threads_of_a_program_that_loads_it_privately(
    desk: Any, library: Path, compiled: Callable[..., Path]
) -> None:
    threads = compiled(PROGRAMS / "threads.c", "-pthread", "-ldl")
    done = ran(threads, library, SSCARD_DRIVER_CONFIG=str(desk.configuration))
    code, out, wrong, mistakes = done.stdout.decode("gbk").splitlines()
    assert (code, wrong) == ("0", "0")
    assert "诸葛验收" in out
    assert mistakes == "-14 -14 -14 -14"


def test_habits_of_programs_in_the_field(
    desk: Any, library: Path, compiled: Callable[..., Path]
) -> None:
    """One buffer for argument and answer; nobody changes the program's locale."""
    habits = compiled(PROGRAMS / "habits.c", f"-L{library.parent}", "-lsscarddriver")
    done = ran(
        habits,
        LD_LIBRARY_PATH=str(library.parent),
        SSCARD_DRIVER_CONFIG=str(desk.configuration),
        LC_ALL="C.UTF-8",
    )
    assert done.stdout.splitlines() == [b"0 SSSEEF05|X00000019|$", b"same locale"]


def test_ctypes(new_desk: Callable[[int], Any], library: Path, tmp_path: Path) -> None:
    desk = new_desk(3)
    script = tmp_path / "hospital.py"
    script.write_text(program("python"), encoding="utf-8")
    places = {
        "LD_LIBRARY_PATH": str(library.parent),
        "SSCARD_DRIVER_CONFIG": str(desk.configuration),
        "PYTHONUTF8": "1",
    }
    done = ran(sys.executable, script, **places)
    assert done.returncode == 0, done.stderr.decode()
    assert "诸葛验收|" in done.stdout.decode()


def test_certificates(
    new_desk: Callable[[int], Any], library: Path, compiled: Callable[..., Path]
) -> None:
    desk = new_desk(3)
    desk.configured(CERTIFICATES)
    kiosk = compiled(PROGRAMS / "certificates.c", f"-L{library.parent}", "-lsscarddriver")
    places = {
        "PYTHONPATH": str(ROOT),
        "LD_LIBRARY_PATH": str(library.parent),
        "SSCARD_DRIVER_CONFIG": str(desk.configuration),
    }
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [kiosk], env=os.environ | places, stdin=pipe, stdout=pipe, text=True
    ) as running:
        assert running.stdout is not None
        code, key = running.stdout.readline().split()
        assert code == "0"
        public = SM2PublicKey(bytes.fromhex(key))
        out, _ = running.communicate("\n".join(answered(desk, public)) + "\n", timeout=60)
    codes, signature = out.splitlines()
    assert codes == "0 0 0 0 0 0 -61"
    assert sm2.verify(public, "我同意".encode("gbk"), bytes.fromhex(signature))


def answered(desk: Any, public: SM2PublicKey) -> tuple[str, ...]:
    """What the packaged CA says for the card of this desk, in the order of iWriteCA."""
    with closing(open_session(read_configuration(desk.configuration))) as session:
        basic = session.call("iReadCardBas", [1])[1].decode("gbk").split("|")
    day = date(2026, 11, 1)
    request = CertificateRequest(basic[3], basic[4], basic[0], basic[2], public, day)
    return tuple(packaged_authority().answer(request).texts().values())


def test_what_is_wrong_with_the_configuration_is_said(
    library: Path, tmp_path: Path, compiled: Callable[..., Path]
) -> None:
    threads = compiled(PROGRAMS / "threads.c", "-pthread", "-ldl")
    (tmp_path / "driver.toml").write_text("[reader]\n", encoding="utf-8")
    done = ran(threads, library, SSCARD_DRIVER_CONFIG=str(tmp_path / "driver.toml"))
    lines = done.stdout.decode("gbk").splitlines()
    assert lines[0] == "-5"
    assert "reader: 未知 unknown" in lines[1]
    assert done.stderr.decode().count("unknown") == 1, "said once, not at each call"


def test_exports_are_the_interface_and_nothing_else(library: Path) -> None:
    done = ran("nm", "--dynamic", "--defined-only", library)
    assert {line.split()[-1] for line in done.stdout.decode().splitlines()} == set(FUNCTIONS)


def test_signatures_are_those_of_the_field() -> None:
    found = re.findall(r"long SSCARD_CALL (\w+)\((.*)\)", "\n".join(c_text.prototypes()))
    shown = (f"{name}({kinds.replace('char *', 'char* ')})" for name, kinds in found)
    plain = [re.sub(r" [ip][A-Z]\w*", "", each) for each in shown]
    assert plain == re.findall(r"\w+\(.*?\)", FIELD)


def test_the_header_is_for_every_compiler() -> None:
    assert c_text.header().isascii()
    assert "pOutInfo" in c_text.header()


def test_a_compiler_that_is_not_there(tmp_path: Path) -> None:
    if find_spec("cffi") is None or not sys.platform.startswith("linux"):
        with pytest.raises(BuildError):
            build_library(tmp_path)
        return
    with pytest.raises(BuildError, match="no compiler nobody-cc"):
        build_library(tmp_path, "nobody-cc")
    with pytest.raises(BuildError, match="false"):
        build_library(tmp_path, "false")


def test_a_python_that_moved(
    library: Path, compiled: Callable[..., Path], desk: Any, tmp_path: Path
) -> None:
    environment: Mapping[str, str] = {
        "SSCARD_DRIVER_CONFIG": str(desk.configuration),
        "PYTHONHOME": str(tmp_path / "nowhere"),
    }
    threads = compiled(PROGRAMS / "threads.c", "-pthread", "-ldl")
    done = ran(threads, library, **environment)
    assert done.stdout.decode("gbk").splitlines()[0] == "-5"
