"""Facts about the code base that matter and that a machine can check."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import simulator
import sscard

ROOT = Path(__file__).parents[1]
LIBRARY = sorted([*ROOT.glob("sscard/**/*.py"), *ROOT.glob("simulator/**/*.py")])
OWN_FOLDERS = (".ci", "benchmarks", "docs", "examples", "simulator", "sscard", "tests")
TEXT = {"", ".css", ".csv", ".j2", ".js", ".md", ".py", ".toml", ".tsv", ".yml"}
#: Where a key's bytes may be taken out: ciphers, the check on import, the operations that load a
#: key into a card, and the simulated chip maker.
REVEALERS = {
    "simulator/psam_card.py",
    "simulator/virtual_card.py",
    "sscard/conformance/actions/replacing.py",
    "sscard/conformance/actions/secrets.py",
    "sscard/cos/pki/memory.py",
    "sscard/cos/pki/pairs.py",
    "sscard/cos/pse/instance.py",
    "sscard/issuance/ca/store.py",
    "sscard/keys/ceremony/components.py",
    "sscard/keys/ceremony/groups.py",
    "sscard/keys/ceremony/kinds.py",
    "sscard/keys/ceremony/people.py",
    "sscard/keys/ceremony/shares.py",
    "sscard/keys/des.py",
    "sscard/keys/ed25519.py",
    "sscard/keys/load_forms.py",
    "sscard/keys/pin_change.py",
    "sscard/keys/receiver.py",
    "sscard/keys/rsa.py",
    "sscard/keys/sm2_fast.py",
    "sscard/keys/sm4.py",
    "sscard/keys/stores/issuer_file.py",
    "sscard/keys/stores/new_certificates.py",
    "sscard/keys/stores/pkcs11/initialize.py",
    "sscard/keys/stores/pkcs11/login.py",
    "sscard/keys/stores/pkcs11/masters.py",
    "sscard/keys/stores/sealed_file.py",
    "sscard/keys/stores/sealed_store.py",
    "sscard/keys/stores/service/answers.py",
    "sscard/keys/stores/service/requests.py",
    "sscard/keys/tr31.py",
    "sscard/keys/tr31_binding.py",
    "sscard/keys/weak.py",
    "sscard/keys/x509/answer.py",
    "sscard/keys/x509/enveloped_key.py",
    "sscard/perso/certificates/writing.py",
    "sscard/perso/psam/make.py",
    "sscard/perso/pse_keys.py",
    "sscard/perso/pse_signing.py",
    "sscard/perso/rotation.py",
    "sscard/perso/script/card_data.py",
    "sscard/perso/structure.py",
    "sscard/terminal/driver/rescuing.py",
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def own_texts() -> Iterator[Path]:
    folders = (ROOT / folder for folder in OWN_FOLDERS)
    found = [*ROOT.glob("*"), *(file for folder in folders for file in folder.rglob("*"))]
    return (file for file in found if file.is_file() and file.suffix in TEXT)


def test_simulator_and_sscard_are_ours() -> None:
    for package in (simulator, sscard):
        assert Path(package.__file__ or "").is_relative_to(ROOT)


def test_no_file_is_too_long() -> None:
    assert LIBRARY
    assert [name(f) for f in LIBRARY if len(f.read_text("utf-8").splitlines()) > 500] == []


def test_keys_are_revealed_in_few_places() -> None:
    users = {
        name(file)
        for file in LIBRARY
        for node in nodes(file)
        if isinstance(node, ast.Attribute) and node.attr == "reveal"
    }
    assert users == REVEALERS


def test_the_library_does_not_assert() -> None:
    # python -O takes assertions away, and what they say is for us, not for the caller.
    found = [f for f in LIBRARY if any(isinstance(node, ast.Assert) for node in nodes(f))]
    assert [name(file) for file in found] == []


def test_nothing_is_swallowed() -> None:
    broad = {"Exception", "BaseException"}
    for file in LIBRARY:
        for node in nodes(file):
            if isinstance(node, ast.ExceptHandler):
                caught = ast.unparse(node.type) if node.type else "BaseException"
                again = any(isinstance(step, ast.Raise) for step in node.body)
                assert caught not in broad or again, f"{name(file)}:{node.lineno}"


def test_every_module_says_what_is_in_it() -> None:
    silent = [f for f in LIBRARY if not ast.get_docstring(ast.parse(f.read_text("utf-8")))]
    assert [name(file) for file in silent] == []


def test_what_packages_promise_is_there() -> None:
    for file in LIBRARY:
        tree = ast.parse(file.read_text("utf-8"))
        promised = [name for node in tree.body for name in _promised(node)]
        given = {name for node in tree.body for name in _given(node)}
        assert set(promised) <= given, name(file)
        assert len(set(promised)) == len(promised) <= 20, name(file)


def _promised(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
        return list(ast.literal_eval(node.value))
    return []


def _given(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ImportFrom | ast.Import):
        return [each.asname or each.name for each in node.names]
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [ast.unparse(target) for target in node.targets]
    return [ast.unparse(node.target)] if isinstance(node, ast.AnnAssign) else []


def test_no_module_is_a_drawer() -> None:
    drawers = {"utils", "util", "helpers", "common", "misc", "manager"}
    assert [name(file) for file in LIBRARY if file.stem in drawers] == []


def test_nothing_points_out_of_the_tree() -> None:
    # Somebody's own folders and notes mean nothing to whoever reads the code elsewhere.
    outside = re.compile("/wo" + r"rk/|/sha" + r"red/|/ho" + r"me/\w|work" + "place")
    assert [name(f) for f in own_texts() if outside.search(f.read_text("utf-8"))] == []


def test_nothing_is_left_to_do_without_an_issue() -> None:
    notes = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b(?! \(#\d+\))")
    left = [f for f in own_texts() if f.suffix == ".py" and notes.search(f.read_text("utf-8"))]
    assert [name(file) for file in left] == []


def test_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == sscard.__version__
    assert sscard.__version__ in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_both_packages_are_typed_and_in_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == [
        "sscard",
        "simulator",
    ]
    assert all((files(package) / "py.typed").is_file() for package in (sscard, simulator))
