"""Make sscard/profiles/codes/nationality.toml from the two public packages that hold the codes.

    pip install iso3166==3.0.0 babel==2.18.0
    python docs/sources/extract_nationalities.py

Codes and English names are those of iso3166 (ISO 3166-1), Chinese names those of Unicode CLDR as
babel carries it; codes that ISO 3166-1 leaves to its users are not taken.  The names of four
regions are those of GB/T 2659.
"""

from __future__ import annotations

from pathlib import Path

from babel import Locale
from iso3166 import countries

TARGET = Path(__file__).parents[2] / "sscard/profiles/codes/nationality.toml"
_GB_2659 = {"HKG": "中国香港", "MAC": "中国澳门", "PSE": "巴勒斯坦", "TWN": "中国台湾"}
#: ISO 3166-1 keeps codes that begin so for its users.
_USERS = "X"
_HEAD = """\
# ISO 3166-1 alpha-3.  Made by docs/sources/extract_nationalities.py from iso3166 3.0.0 (MIT: codes
# and English names) and the Unicode CLDR in babel 2.18.0 (Unicode License v3: Chinese names); names
# of HKG, MAC, PSE and TWN as in GB/T 2659: see NOTICE.  Not edited by hand.
#
# The specification wants the field for foreigners only; CHN stands in its own sample of an answer.

zh = "国籍"
en = "nationality"
source = "ssc 8: ISO 3166; CHN: ssc 7"
mark = "S"

[codes]
"""


def lines() -> list[str]:
    """One line a code, in the order of the codes."""
    chinese = Locale("zh").territories
    return [
        f'{each.alpha3} = {{ zh = "{_GB_2659.get(each.alpha3, chinese[each.alpha2])}", '
        f'en = "{each.name}" }}\n'
        for each in sorted(countries, key=lambda country: country.alpha3)
        if not each.alpha3.startswith(_USERS)
    ]


if __name__ == "__main__":
    TARGET.write_text(_HEAD + "".join(lines()), encoding="utf-8")
