"""Lists that come to ``sscard batch``: opened, their seals looked at, read from end to end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from sscard.cli.lists import Folders
    from sscard.issuance.applicants import Register
    from sscard.issuance.batches.intake import Incoming
    from sscard.issuance.exchange import Checked, Source


@dataclass(frozen=True, slots=True)
class Envelope:
    """Whose certificate and key open an enciphered list."""

    certificate: Path
    key: Path

    @classmethod
    def of(cls, certificate: Path | None, key: Path | None) -> Envelope | None:
        """None where the list is not enciphered.  Raises BadParameter for one without the other."""
        if certificate is None and key is None:
            return None
        if certificate is None or key is None:
            raise typer.BadParameter("--receiver and --receiver-key stand together")
        return cls(certificate, key)


def checked_list(
    file: Path, layout: str, envelope: Envelope | None = None, trusted: tuple[Path, ...] = ()
) -> Checked:
    """A list read from end to end, its seal looked at where keys are given.

    Raises ListError with what is wrong, KeyStoreError, ProfileError.
    """
    from sscard.issuance.exchange import check_list, load_list_layout, read_seal
    from sscard.profiles.supplements.files import issuer_key

    laid_out = load_list_layout(layout)
    checked = check_list(_opened(file, envelope) if envelope else file, laid_out)
    if trusted:
        said = read_seal(file)
        said.require_signed([issuer_key(each) for each in trusted])
        said.require_of(checked)
    checked.require_sound()
    return checked


def people_of(
    file: Path,
    layout: str | None,
    envelope: Envelope | None,
    trusted: tuple[Path, ...],
    profile: str,
    folders: Folders,
) -> tuple[Incoming, Register]:
    """A list of applicants, and its people as they are judged with their photos.

    Raises ApplicantError, ListError, ProfileError, KeyStoreError: the list as a whole is refused.
    """
    from sscard.cli.declared import today
    from sscard.issuance.applicants import judge_applicants
    from sscard.issuance.batches.intake import of_list, of_spreadsheet
    from sscard.profiles import load_profile

    if layout is None and (envelope or trusted):
        raise typer.BadParameter("a sealed or enciphered list needs --layout")
    found = (
        of_list(checked_list(file, layout, envelope, trusted)) if layout else of_spreadsheet(file)
    )
    made_after = load_profile(profile)
    register = judge_applicants(found.table, made_after, today=today(), in_files=folders.columns)
    return found, folders.check(register, made_after)


def _opened(file: Path, envelope: Envelope) -> Source:
    from sscard.cli.lists_exchanged import content_of
    from sscard.issuance.exchange import Source

    return Source.within(file.name, content_of(file, envelope.certificate, envelope.key))
