"""A ceremony that is killed at its n-th step, for every n, and then repeated; see test_crashes.

Record, sheets and sealed stores are the product's own; only the hash of passphrases is cheap.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from sscard.keys import TDES_SUITE, KeyReference
from sscard.keys.ceremony import (
    KINDS,
    CeremonyError,
    Desk,
    Form,
    Label,
    Opening,
    PersonalPassphrase,
    Record,
    enrol,
    exporting,
    joining,
    making,
    open_ceremony,
    read,
)
from sscard.keys.ceremony.components import typed_component
from sscard.keys.ceremony.desk import RECORD, locked
from sscard.keys.ceremony.groups import read_line
from sscard.keys.ceremony.sealed import SealedMasters
from sscard.keys.ceremony.shares import Share
from sscard.keys.ceremony.sheets import write_sheets
from sscard.keys.stores.sealed_file import Passphrase
from sscard.keys.stores.sealed_store import SealedStore
from sscard.keys.types import Secret

AT = datetime(2026, 11, 30, tzinfo=UTC)
KEY = KeyReference("UK1DF01", 1)
KIND = KINDS["3des"]
NAMES = ("officer", "A", "B", "C")
PASSPHRASES = {name: PersonalPassphrase(f"{name}: correct horse") for name in NAMES}
STORES = ("first.store", "second.store")


def cheap(password: bytes, *, salt: bytes, dklen: int, **_: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", password, salt, 1, dklen)


def masters(home: Path, name: str) -> SealedMasters:
    path, passphrase = home / name, Passphrase("of the masters")
    if not path.exists():
        SealedStore.create(path, "social-security", TDES_SUITE, passphrase, os.urandom)
    return SealedMasters(SealedStore(path, passphrase, os.urandom))


def typed(folder: Path) -> Iterator[tuple[Label, bytes]]:
    """What custodians type from the sheets in ``folder``."""
    for file in sorted(folder.iterdir()):
        page = file.read_text("utf-8")
        label = Label.parse(re.findall('<code class="label">(.*?)</code>', page)[0])
        lines = re.findall('<tr><td class="no">(.)</td>(.*?)</tr>', page)
        yield (
            label,
            b"".join(
                read_line("".join(re.findall(">(\\w{4})<", rest)), int(number), label.context, "")
                for number, rest in lines
            ),
        )


def hold(home: Path) -> None:
    """The whole ceremony, as far as it is not done yet."""
    folder = home / "ceremony"
    folder.parent.mkdir(exist_ok=True)
    if not (folder / RECORD).exists():
        begin(folder)
    with locked(folder):
        record = Record(folder / RECORD)
        officer = record.minutes.officer.sign_in(PASSPHRASES["officer"])
        record.mend(officer, AT)
        desk = Desk(record, officer, lambda: AT, os.urandom)
        if not desk.minutes.closed:
            stored_from_components(home, desk)
            recovered_from_shares(home, desk)
            desk.close()


def begin(folder: Path) -> None:
    people = [enrol(name, PASSPHRASES[name], os.urandom, cost=4) for name in NAMES]
    officer, signer = people[0]
    opening = Opening("Masters", officer, tuple(each for each, _ in people[1:]), "test")
    open_ceremony(folder, opening, signer, AT, os.urandom)


def stored_from_components(home: Path, desk: Desk) -> None:
    if KEY in desk.minutes.stored:
        return
    made = desk.minutes.components_of(KEY)
    if made is None or not (home / f"set-{made.number}").exists():
        # Killed between record and sheets: nobody ever had these components.
        made_anew = making.generate(desk, KEY, KIND, NAMES[1:])
        made = desk.minutes.sets[-1]
        write_sheets(home / f"set-{made.number}", desk.heading(), made_anew)
    parts = [
        typed_component(KIND, label.number, label.total, value, label.kcv)
        for label, value in typed(home / f"set-{made.number}")
    ]
    together = joining.put_together(KEY.name, parts)
    joining.enter_combined(desk, KEY, together, parts, made, masters(home, STORES[0]))


def recovered_from_shares(home: Path, desk: Desk) -> None:
    sets = [each for each in desk.minutes.sets if each.form is Form.SHARE]
    if not sets or not (home / f"set-{sets[-1].number}").exists():
        source = masters(home, STORES[0])
        proposal = exporting.propose(desk, source, KEY, Form.SHARE, 2, NAMES[1:])
        first = proposal.consent("A", PASSPHRASES["A"])
        second = proposal.consent("C", PASSPHRASES["C"], [first])
        sheets = exporting.export(desk, source, proposal.agreed([first, second]))
        sets = [desk.minutes.sets[-1]]
        write_sheets(home / f"set-{sets[-1].number}", desk.heading(), sheets)
    given = [Share(label, Secret(value)) for label, value in typed(home / f"set-{sets[-1].number}")]
    sink = masters(home, STORES[1])
    joining.recover(desk, KEY, given[1:], ceremony=desk.minutes.ceremony, sink=sink)


def state(home: Path) -> dict[str, object]:
    """What is on the disk, read without changing anything."""
    found: dict[str, object] = {"entries": [], "torn": 0}
    with suppress(CeremonyError):
        reading = read(home / "ceremony" / RECORD)
        found = {
            "entries": [each.step.model_dump(mode="json") for each in reading.entries],
            "torn": reading.torn,
        }
    held = {}
    for name in STORES:
        if (home / name).exists():
            kcv = masters(home, name).held(*KEY)
            held[name] = kcv and kcv.hex().upper()
    sheets = {each.name: len(list(each.iterdir())) for each in home.glob("set-*")}
    return found | {"held": held, "sheets": sheets}


def kill_at(step: int, *, tear: bool) -> None:
    """Let this process die around its file operations, at the ``step``-th chance.

    With ``tear`` a file that is being flushed loses its last 10 bytes, as in a power cut.
    """
    steps = count(1)

    def pass_or_die(*arguments: Any) -> None:
        if next(steps) == step:
            if tear and arguments and isinstance(arguments[0], int):
                with suppress(OSError):  # a directory, or a file opened for reading
                    os.ftruncate(arguments[0], max(0, os.fstat(arguments[0]).st_size - 10))
            os.kill(os.getpid(), signal.SIGKILL)

    def guarded(call: Callable[..., Any], *, after: bool = True) -> Callable[..., Any]:
        def both_sides(*arguments: Any, **named: Any) -> Any:
            pass_or_die(*arguments)
            answer = call(*arguments, **named)
            if after:
                pass_or_die()
            return answer

        return both_sides

    # Path.replace goes through os.replace, and so does whoever replaces a file in one step.
    os.fsync, os.replace, os.link = map(guarded, (os.fsync, os.replace, os.link))
    for name in ("unlink", "rename", "mkdir", "rmdir"):
        setattr(Path, name, guarded(getattr(Path, name)))


def in_a_child(home: Path, step: int, *, tear: bool = False) -> bool:
    """Whether a ceremony in a process of its own came to its end; step 0 lets it live."""
    child = os.fork()
    if child == 0:
        kill_at(step, tear=tear)
        hold(home)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def sweep(home: Path, *, tear: bool) -> None:
    """Folders 1, 2, …: cut at that step, looked at, then held to the end.  The last was not cut."""
    for step in count(1):
        place = home / str(step)
        place.mkdir(parents=True)
        whole = in_a_child(place, step, tear=tear)
        cut = state(place)
        if not in_a_child(place, 0):
            raise SystemExit(f"the ceremony after a cut at step {step} failed")
        (home / f"{step}.json").write_text(json.dumps({"cut": cut, "end": state(place)}))
        if whole:
            return


if __name__ == "__main__":
    hashlib.scrypt = cheap
    hold(Path(sys.argv[1]) / "warm")  # templates are compiled once, and not in every child
    sweep(Path(sys.argv[1]) / "killed", tear=False)
    sweep(Path(sys.argv[1]) / "torn", tear=True)
