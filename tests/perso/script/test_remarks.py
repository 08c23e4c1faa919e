"""The words for each operation of the reference dialect; what a script does not say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sscard.dialects import reference
from sscard.dialects.operations import KeyType, LoadKey, ReplaceKey, ReplaceMaster
from sscard.perso.script.errors import ScriptError
from sscard.perso.script.remarks import remark

VALUE = bytes.fromhex("102132435465768798A9BACBDCEDFE0F")


def test_a_remark_repeats_no_value() -> None:
    load = remark(reference.build(LoadKey(KeyType.EXTERNAL, 0x83, 2, 0, VALUE)))
    assert load == "装载密钥 load key 83 version 2 (external)"
    assert remark(reference.build(ReplaceMaster(VALUE))) == "替换主控密钥 replace the master key"


@pytest.mark.parametrize("cla", [0x80, 0x84])
def test_maintenance_is_refused_by_name(cla: int) -> None:
    command = reference.build(ReplaceKey(KeyType.EXTERNAL, 0x83, 1, 2, VALUE))
    with pytest.raises(ScriptError, match="ReplaceKey is maintenance of issued cards"):
        remark(replace(command, cla=cla))
