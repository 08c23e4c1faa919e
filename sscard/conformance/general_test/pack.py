"""The application pack: what a region declares about its sample cards, a TOML file.

The ministry's own form is not public; these are the things that its check list asks for
(ssc-more: test standards) and the form is ours (assumed).
"""

from __future__ import annotations

import tomllib
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sscard.errors import ProfileError

_CONFIG = ConfigDict(extra="forbid", frozen=True)
#: What the region's hexadecimal numbers look like, by number of bytes.
Division = Annotated[str, Field(pattern=r"^\d{6}$")]
Organization = Annotated[str, Field(pattern=r"^[0-9A-F]{24}$")]
Identification = Annotated[str, Field(pattern=r"^[0-9A-F]{32}$")]
Line = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f]*$")]


class Contact(BaseModel):
    """Whom the ministry asks (联系方式).  It stands on the result sheet and nowhere else."""

    model_config = _CONFIG

    unit: Line
    name: Line = Field(repr=False)
    phone: Line = Field(repr=False)


class Pack(BaseModel):
    """One application (通用性检测申请).

    ``issuer`` is the initialization-organization number (初始化机构编号), ``samples`` are the card
    identification codes (卡识别码) of the cards that are sent, ``key_versions`` are those of the
    national keys that are loaded.
    """

    model_config = _CONFIG

    format: Literal[1] = 1
    region: Line
    division: Division
    issuer: Organization
    spec_version: Annotated[str, Field(pattern=r"^\d\.\d\d$")]
    algorithm: Literal["3des", "sm4"]
    key_versions: tuple[Literal[1, 2, 3], ...] = Field(min_length=1)
    samples: tuple[Identification, ...] = Field(min_length=1, repr=False)
    contact: Contact


def read_pack(text: str, place: str) -> Pack:
    """The application in ``text``.  Raises ProfileError naming ``place`` and what is wrong."""
    try:
        return Pack.model_validate(tomllib.loads(text))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(each) for each in first["loc"])
        raise ProfileError(f"{place}: {where}: {first['msg']}") from None
    except ValueError as error:
        raise ProfileError(f"{place}: {error}") from None


_EMPTY = """\
# 社会保障卡通用性检测申请 application for the general test.  Fill in every line.
format = 1
region = "{region}"            # 申请地区
division = "{division}"            # 行政区划代码，6位 division code
issuer = "{issuer}" # 初始化机构编号，24位 initialization-organization number
spec_version = "{spec_version}"          # 规范版本 specification version
algorithm = "{algorithm}"              # 3des, sm4
key_versions = [1, 2, 3]       # 已装载的密钥版本 versions of the national keys that are loaded
# 样卡的卡识别码，32位，每张一行 card identification codes of the sample cards, one a line
samples = [
    "{sample}",
]

[contact]
unit = "单位 unit"
name = "联系人 name"
phone = "电话 phone"
"""


def empty_pack(division: str, spec_version: str, algorithm: str) -> str:
    """A pack to fill in, with what a profile says already."""
    return _EMPTY.format(
        region="地区 region",
        division=division,
        issuer=f"9156000002{division}{division}01",
        spec_version=spec_version,
        algorithm=algorithm,
        sample=f"{division}D156000005" + "0" * 16,
    )
