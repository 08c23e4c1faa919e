"""Write the tables of the documentation, and the schemas, that are made from the code.

    python docs/generate.py

On a page they stand between ``<!-- generated: NAME -->`` and ``<!-- end -->``; the rest of the page
is written by hand.  ``tests/test_docs.py`` fails when a committed page differs from the code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from tables import (
    assumed_facts,
    batches,
    card,
    certificate_work,
    certificates,
    code_base,
    codes,
    commands,
    conformance,
    dialect,
    driver,
    face,
    floor,
    fmcos,
    issuing,
    line_time,
    mutants,
    orders,
    photo,
    premade,
    profile,
    psam,
    state,
)

from sscard.profiles.schema import overlay_schema, profile_schema

DOCS = Path(__file__).parent
_PART = re.compile(r"(<!-- generated: ([a-z0-9-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

TABLES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "case-actions": conformance.case_actions,
        "case-fields": conformance.case_fields,
        "case-checks": conformance.case_checks,
        "case-filters": conformance.case_filters,
        "case-rows": conformance.case_rows,
        "case-needs": conformance.case_needs,
        "case-expectations": conformance.case_expectations,
        "assumed-probed": assumed_facts.probed,
        "assumed-outside": assumed_facts.outside,
        "assumed-code": assumed_facts.code,
        "batch-differences": batches.differences,
        "batch-fields": batches.fields,
        "floors": code_base.floors,
        "contracts": code_base.contracts,
        "card-life": card.card_life,
        "directory-life": card.directory_life,
        "instance-life": card.instance_life,
        "instance-permits": card.instance_permits,
        "transaction-phases": card.transaction_phases,
        "commands-main": card.commands_main,
        "commands-ssse": card.commands_ssse,
        "commands-financial": card.commands_financial,
        "commands-domain": card.commands_domain,
        "domain-life": card.domain_life,
        "commands-certificates": certificates.commands_certificates,
        "certificate-files": certificates.certificate_files,
        "pair-life": certificates.pair_life,
        "certificate-master-life": certificates.master_life,
        "certificate-conditions": certificates.certificate_conditions,
        "certificate-rights": certificates.certificate_rights,
        "certificate-settings": certificates.certificate_settings,
        "certificate-steps": certificate_work.certificate_steps,
        "certificate-resume": certificate_work.certificate_resume,
        "checks": commands.checks,
        "cards": commands.cards,
        "conditions-every": commands.conditions_every,
        "conditions-basic": commands.conditions_basic,
        "conditions-security": commands.conditions_security,
        "pin-life": commands.pin_life,
        "conditions-blocking": commands.conditions_blocking,
        "conditions-medical": commands.conditions_medical,
        "conditions-handover": commands.conditions_handover,
        "conditions-factory": commands.conditions_factory,
        "conditions-tpdu": commands.conditions_tpdu,
        "rights": card.rights,
        "memory": card.memory,
        "status-words": card.status_words,
        "card-files": profile.card_files,
        "card-keys": profile.card_keys,
        "card-columns": profile.card_columns,
        "code-tables": codes.code_table_sections,
        "unconfirmed": profile.unconfirmed,
        "unconfirmed-third": profile.unconfirmed_gen3,
        "dialect": dialect.dialect,
        "dialect-rights": dialect.dialect_rights,
        "dialect-numbers": dialect.dialect_numbers,
        "fmcos-manual": fmcos.fmcos_manual,
        "fmcos-numbers": fmcos.fmcos_numbers,
        "timecos-manual": fmcos.timecos_manual,
        "commands-fmcos": fmcos.commands_fmcos,
        "commands-psam": psam.commands_psam,
        "psam-lengths": psam.psam_lengths,
        "psam-states": psam.psam_states,
        "psam-settings": psam.psam_settings,
        "psam-keys": psam.psam_keys,
        "driver-functions": driver.driver_functions,
        "driver-codes": driver.driver_codes,
        "ledger-states": issuing.ledger_states,
        "order-states": orders.order_states_table,
        "order-steps": orders.order_steps,
        "order-diagram": orders.order_diagram,
        "order-sides": orders.side_steps,
        "order-pin": orders.pin_steps,
        "order-flows": orders.flows,
        "order-topologies": orders.topologies,
        "order-rules": orders.rules,
        "production-states": orders.production,
        "reader-diagram": floor.reader_diagram,
        "reader-steps": floor.reader_steps,
        "mismatches": floor.mismatches,
        "body-kinds": floor.body_kinds,
        "premade-elements": premade.premade_elements,
        "premade-tears": premade.premade_tears,
        "photo-rules": photo.photo_rules,
        "photo-faults": photo.photo_faults,
        "face-layouts": face.face_layouts,
        "track-3": face.track_3,
        "list-layouts": issuing.list_layouts,
        "list-codes": issuing.list_codes,
        "list-faults": issuing.list_faults,
        "reasons": issuing.reasons,
        "exit-codes": issuing.exit_codes,
        "output-columns": issuing.output_columns,
        "image-frame": state.image_frame,
        "image-body": state.image_body,
        "fault-kinds": state.fault_kinds,
        "torn-pages": state.torn_pages,
        "mutants-summary": mutants.summary,
        "mutants-right": mutants.right_cards,
        "mutants-os": mutants.wrong_os,
        "mutants-personalization": mutants.wrong_personalization,
        "mutants-groups": mutants.groups_without_mutant,
        "wire-bytes": line_time.wire_bytes,
    }
)


def schemas() -> Mapping[Path, str]:
    """The JSON schemas for editors, by the file that each is in."""
    found = {"profile": profile_schema(), "overlay": overlay_schema()}
    return {
        DOCS / "schema" / f"{name}.schema.json": json.dumps(each, ensure_ascii=False, indent=2)
        + "\n"
        for name, each in found.items()
    }


def pages() -> tuple[Path, ...]:
    """The pages with generated parts."""
    return tuple(page for page in sorted(DOCS.rglob("*.md")) if _PART.search(_read(page)))


def filled(text: str) -> str:
    """The page with every generated part as the code says now."""
    return _PART.sub(lambda found: f"{found[1]}\n{TABLES[found[2]]()}\n{found[3]}", text)


def _read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


if __name__ == "__main__":
    for path, text in schemas().items():
        path.write_text(text, encoding="utf-8")
    for each in pages():
        each.write_text(filled(_read(each)), encoding="utf-8")
