"""The program ``openssl``, where it knows SM2: ``from tests.openssl_program import openssl``."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from typing import NoReturn

import pytest

Run = Callable[..., subprocess.CompletedProcess[bytes]]
#: It sets the signer's name for the first certificate only, so chains are checked link by link.
VERIFY = (
    "verify",
    "-x509_strict",
    "-no-CApath",
    "-no-CAstore",
    "-vfyopt",
    "distid:" + "12345678" * 2,
)


@pytest.fixture(scope="module")
def openssl(absent: Callable[[str], NoReturn]) -> Run:
    """Runs it with these words; the test is skipped, or fails, where it is not there."""
    program = shutil.which("openssl")
    if program is None:
        absent("openssl")

    def run(*words: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([program, *map(str, words)], capture_output=True, check=False)

    if b"SM2" not in run("ecparam", "-list_curves").stdout:
        absent("openssl with SM2")
    return run
