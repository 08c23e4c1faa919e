"""The third generation: the second with what is known to differ, and all of it marked."""

from __future__ import annotations

from sscard.apdu import tlv
from sscard.dialects.rights import FREE, AccessRule, Condition
from sscard.profiles import load_profile

GEN2, GEN3 = load_profile("gen2"), load_profile("gen3")


def test_it_computes_with_sm4_and_says_so() -> None:
    assert (GEN3.suite, GEN3.chip, GEN3.card_version) == ("sm4", "gen3-80k", "3.00")
    a5 = dict(tlv.parse(GEN3.directory("SSSE").fci_proprietary))
    assert a5 == {0x88: b"\x1e", 0x9F0C: b"\x86\x01\x03"}


def test_the_version_on_the_card_is_that_of_the_profile() -> None:
    assert GEN3.setting("spec_version").text == GEN3.card_version
    version = GEN3.elements["spec_version"]
    assert version.encode("3.00") == b"3.00"
    assert version.examples == (("3.00", b"3.00"),)
    assert version.model_copy(update={"examples": (), "source": "", "mark": "S"}) == (
        GEN2.elements["spec_version"].model_copy(update={"examples": (), "source": ""})
    )


def test_the_cardholder_s_data_are_behind_a_key_and_the_issuer_s_are_not() -> None:
    rights = {fid: GEN3.directory("SSSE").file(fid).read for fid in (0xEF05, 0xEF06)}
    assert rights == {0xEF05: FREE, 0xEF06: AccessRule(Condition.KEY, 0x0A)}


def test_every_key_has_16_bytes() -> None:
    assert {key.size for each in GEN3.directories for key in each.keys} == {16}


def test_the_items_are_those_of_the_second_generation() -> None:
    changed = {name for name, each in GEN3.elements.items() if each != GEN2.elements[name]}
    assert changed == {"spec_version"}
    assert list(GEN3.elements) == list(GEN2.elements)
    for old, new in zip(GEN2.directories, GEN3.directories, strict=True):
        assert [(f.fid, f.structure, f.length) for f in old.files] == [
            (f.fid, f.structure, f.length) for f in new.files
        ]
        assert [(k.name, k.kid, k.versions) for k in old.keys] == [
            (k.name, k.kid, k.versions) for k in new.keys
        ]


def test_that_they_are_is_an_inference() -> None:
    unconfirmed = set(GEN3.unconfirmed())
    assert {f"DF0{n}" for n in range(1, 8)} <= unconfirmed
    assert {"SSSE/EF07", "SSSE/EF08"} <= unconfirmed
    assert set(GEN2.unconfirmed()) <= unconfirmed
