"""What ``sscard face`` does: reads lists, writes the printer's and the encoder's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

import typer

from sscard.cli.declared import today
from sscard.cli.face_people import Known, face_layout, issued_cards
from sscard.cli.face_people import records as records_of
from sscard.cli.lists import BankData, Folders, read_register
from sscard.issuance.accounts import Account, Accounts
from sscard.issuance.applicants import Applicant, Register
from sscard.issuance.bank_data.matching import Matched
from sscard.issuance.bank_data.purge import Purge, resume
from sscard.issuance.face import (
    FaceError,
    find_font,
    load_face_layout,
    read_records,
    render,
    write_records,
)
from sscard.issuance.face.stripe import (
    StripeAccount,
    StripeLine,
    StripeRules,
    bank_stripe,
    load_stripe_rules,
    purge_stripes,
    require_writable,
    tracks,
    write_stripes,
)
from sscard.issuance.photo.attached import PHOTO, PHOTO_ENDINGS
from sscard.issuance.photo.person_files import PersonFiles
from sscard.keys import BankStore
from sscard.profiles import Profile, load_profile

#: Bytes of a photo that is drawn: a scan has some millions.
_LARGEST_PHOTO = 16 << 20


@dataclass(frozen=True, slots=True)
class Sources:
    """Where people, numbers and photos are found."""

    applicants: Path
    profile: str
    issued: Path | None = None
    bank_accounts: Path | None = None
    photos: Path | None = None

    def read(self) -> tuple[Profile, Register, Accounts | None]:
        """The people, and the accounts they were compared with.  Raises SscardError."""
        profile = load_profile(self.profile)
        folders = Folders(photos=self.photos)
        return profile, *read_register(self.applicants, profile, self.bank_accounts, folders)

    def known(self, register: Register, accounts: Accounts | None) -> Mapping[int, Known]:
        """What is known of everybody's card, by row of the list."""
        issued = issued_cards(self.issued) if self.issued else {}
        photos = self._photos(register)
        return {
            each.row: replace(
                _known(each, issued, accounts),
                photo=photos[each.row].name if each.row in photos else "",
            )
            for each in register.applicants
        }

    def _photos(self, register: Register) -> Mapping[int, Path]:
        if self.photos is None:
            return {}
        chosen = PersonFiles.of(self.photos, PHOTO_ENDINGS).chosen(register, PHOTO)
        return {row: path for row, path in chosen.items() if isinstance(path, Path)}


@dataclass(frozen=True, slots=True)
class Made:
    """How many cards are in a list, and how many people of the office's list are not.

    ``returned`` people go back to the office (``sscard check`` says why), ``unnumbered`` ones have
    no card number yet.
    """

    made: int
    returned: int
    unnumbered: int
    path: Path

    @classmethod
    def of(cls, made: int, register: Register, path: Path) -> Made:
        """The figures of a list that was made of ``register``."""
        return cls(made, len(register.rejected_rows), len(register.applicants) - made, path)

    @property
    def complete(self) -> bool:
        """Whether everybody is in it."""
        return not (self.returned or self.unnumbered)

    def told(self, what: str) -> str:
        """One line for people."""
        left = f"无卡号 without card number: {self.unnumbered}, 退回 returned: {self.returned}"
        return f"{what}: {self.made}, {left}"

    def entries(self) -> dict[str, Any]:
        """The figures for programs."""
        return {
            "made": self.made,
            "without_card_number": self.unnumbered,
            "returned": self.returned,
            "file": str(self.path),
        }


def write_print_records(
    sources: Sources, layout: str, day: date | None, out: Path, form: Literal["jsonl", "csv"]
) -> Made:
    """The printer's list.  Raises SscardError, OSError."""
    profile, register, accounts = sources.read()
    declared = face_layout(layout, profile)
    known = sources.known(register, accounts)
    found = records_of(register, known, declared, profile, day or today())
    made = write_records(out, found, form)
    return Made.of(made, register, out)


def draw(
    records: Path,
    layout: str,
    out: Path,
    *,
    photos: Path | None,
    font: Path | None,
    specimen: bool,
) -> int:
    """One picture a record.  Raises FaceError naming the line, ProfileError, OSError."""
    from sscard.durable import replace_file

    declared = load_face_layout(layout)
    typeface = find_font(declared.typeface, font)
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = 0
    for record in read_records(records):
        try:
            photo = _photo(photos, record.photo)
            picture = render(record, declared, typeface, photo=photo, specimen=specimen)
        except FaceError as wrong:
            raise wrong.within(f"{records.name}: {record.card_number}") from None
        replace_file(out / f"{record.card_number}.png", picture)
        made += 1
    return made


def write_stripe_file(
    sources: Sources,
    rules: str,
    out: Path,
    batch: str,
    *,
    purged: Path,
    bank_data: BankData | None = None,
    keystore: Path | None = None,
) -> Made:
    """The encoder's file, with the bank's own tracks where there is ``bank_data``.

    ``batch`` may be empty where the bank's data say it; ``purged`` is the folder of purge records.
    Raises SscardError, OSError.
    """
    profile, register, accounts = sources.read()
    if bank_data:
        store = _bank_store(keystore)
        matched = bank_data.match(register, accounts, profile, store, purged)
        batch, register = _batch_of(matched, batch), matched.register
        lines = _given_stripes(matched, sources.known(register, matched.accounts))
    else:
        require_writable(batch, purged)
        declared = load_stripe_rules(rules)
        known = sources.known(register, accounts)
        lines = _made_stripes(register, accounts or Accounts({}), known, profile, declared)
    return Made.of(write_stripes(out, batch, lines, purged=purged), register, out)


def _batch_of(matched: Matched, batch: str) -> str:
    """The batch that the bank's file says, or the one given where it says none."""
    said = matched.batch.summary.batch
    if batch and said and batch != said:
        raise FaceError("--batch", f"批次不符 the bank's data are of batch {said}")
    return said or batch


def _given_stripes(matched: Matched, known: Mapping[int, Known]) -> Iterator[StripeLine]:
    for each in matched.register.applicants:
        card = known[each.row].card_number
        if card:
            yield bank_stripe(matched.batch, matched.entries[each.id_number], card)


def _made_stripes(
    register: Register,
    accounts: Accounts,
    known: Mapping[int, Known],
    profile: Profile,
    rules: StripeRules,
) -> Iterator[StripeLine]:
    for each in register.applicants:
        account = accounts.by_person.get(each.id_number)
        card = known[each.row].card_number
        if account and card:
            try:
                yield StripeLine(card, tracks(_stripe(account, profile), rules))
            except FaceError as wrong:
                raise wrong.within(f"第{each.row}行 row {each.row}") from None


def destroyed(file: Path, out: Path, batch: str, keystore: Path | None) -> Purge:
    """The purge of an encoder's file, begun now or gone on with.  Raises SscardError, OSError."""
    import os

    store = _bank_store(keystore)
    done = resume(file, out, store=store, random=os.urandom)
    if done is not None:
        return done
    now = datetime.now(UTC)
    return purge_stripes(file, out, batch, store=store, random=os.urandom, now=now)


def _bank_store(path: Path | None) -> BankStore:
    from sscard.cli.passphrase import ask
    from sscard.keys.stores import load_bank

    store = load_bank(path, ask)
    if store.test:
        typer.secho("测试密钥 TEST KEYS", fg=typer.colors.RED, bold=True, err=True)
    return store


def _known(each: Applicant, issued: Mapping[str, Known], accounts: Accounts | None) -> Known:
    """An issued card says all of itself; before, list and bank say what they know."""
    if each.id_number in issued:
        return issued[each.id_number]
    account = accounts.by_person.get(each.id_number) if accounts else None
    return Known(each.card_number or "", account.bank_number if account else "")


def _stripe(account: Account, profile: Profile) -> StripeAccount:
    service = profile.bank_setting("service_code").text[-3:]  # n 3 in two bytes
    discretionary = profile.bank_setting("discretionary_data").text
    return StripeAccount(
        account.bank_number, account.expiry, service, discretionary, account.latin_name
    )


def _photo(folder: Path | None, name: str) -> bytes | None:
    """The photo that a record names, from the folder and from nowhere else."""
    if folder is None or not name:
        return None
    root = folder.resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise FaceError("photo", "文件不在照片目录中 is not in the folder of photos")
    with path.open("rb") as file:
        raw = file.read(_LARGEST_PHOTO + 1)
    if len(raw) > _LARGEST_PHOTO:
        raise FaceError("photo", f"文件过大 has more than {_LARGEST_PHOTO} bytes")
    return raw
