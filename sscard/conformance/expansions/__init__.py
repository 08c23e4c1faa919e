"""What templates are repeated for: rows made from a profile, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from sscard.conformance.expansions.assumed_rows import (
    assumed_directories,
    assumed_files,
    assumed_keys,
    assumed_objects,
    assumed_records,
    assumed_settings,
    assumed_versions,
)
from sscard.conformance.expansions.bodies import bodies
from sscard.conformance.expansions.card_keys import keys
from sscard.conformance.expansions.certificate_files import certificate_files
from sscard.conformance.expansions.certificate_rights import (
    certificate_directories,
    certificate_messages,
    certificate_rights,
    certificate_secrets,
)
from sscard.conformance.expansions.directories import directories
from sscard.conformance.expansions.file_rows import files, neighbours
from sscard.conformance.expansions.interfaces import applications, financial, reach
from sscard.conformance.expansions.parameters import parameters
from sscard.conformance.expansions.protected import protected
from sscard.conformance.expansions.records import records
from sscard.conformance.expansions.rights import rights
from sscard.conformance.expansions.written_rows import amounts, data_objects, forms
from sscard.profiles import Profile

#: A row's fields by name: text, numbers, bytes, truth values, and lists of step tables.
Row: TypeAlias = Mapping[str, object]
Rows: TypeAlias = Callable[[Profile], Iterable[Row]]

EXPANSIONS: Mapping[str, Rows] = MappingProxyType(
    {
        "directories": directories,
        "files": files,
        "neighbours": neighbours,
        "records": records,
        "rights": rights,
        "keys": keys,
        "certificate files": certificate_files,
        "certificate rights": certificate_rights,
        "certificate secrets": certificate_secrets,
        "certificate messages": certificate_messages,
        "certificate directories": certificate_directories,
        "bodies": bodies,
        "protected": protected,
        "parameters": parameters,
        "forms": forms,
        "amounts": amounts,
        "financial": financial,
        "applications": applications,
        "reach": reach,
        "data objects": data_objects,
        "assumed directories": assumed_directories,
        "assumed files": assumed_files,
        "assumed keys": assumed_keys,
        "assumed objects": assumed_objects,
        "assumed records": assumed_records,
        "assumed settings": assumed_settings,
        "assumed versions": assumed_versions,
    }
)
