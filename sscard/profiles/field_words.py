"""What each field of a profile's file means, in Chinese and English: for editors and for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Words:
    """The term for a field in both languages, and what it says, also in both."""

    zh: str
    en: str
    about_zh: str
    about_en: str

    @property
    def term(self) -> str:
        """The Chinese term beside the English one."""
        return f"{self.zh} {self.en}"

    @property
    def about(self) -> str:
        """A description for an editor."""
        return f"{self.zh}：{self.about_zh}。\n{self.en}: {self.about_en}."


_RULE = (
    "free、never、PIN、密钥名、PIN or 密钥名、PIN and 密钥名；更新可加 with MAC",
    "free, never, PIN, the name of a key, PIN or KEY, PIN and KEY; of updates also … with MAC",
)

#: By model and field.  Fields of ``Part`` are in every part; those of ``Document`` are in files
#: only, before layers are put together.
FIELDS: Mapping[str, Words] = MappingProxyType(
    {
        "Part.source": Words("出处", "source", "该项事实的来源", "where the fact is from"),
        "Part.mark": Words(
            "标记",
            "mark",
            "可信程度：S 规范文本，T 实卡，2+ 多个实现，1 单一实现，I 推断，assumed 假定；"
            "金融侧 V、H、M、L、G 由已核实到一般知识",
            "how sure it is: S text of the specification, T real traces, 2+ several and 1 a single "
            "implementation, I inferred, assumed our own default; V, H, M, L, G from verified to "
            "general knowledge on the financial side",
        ),
        "Part.note": Words("说明", "note", "补充说明", "what else is to be said"),
        "Part.name": Words("名称", "name", "标识用的名称", "the name it is found by"),
        "Document.extends": Words(
            "基础",
            "extends",
            "以哪个配置为基础：名称、组合或路径",
            "the profile that it begins with: a name, a spec or a path",
        ),
        "Document.overlay": Words(
            "叠加层种类",
            "overlay",
            "region 地区，bank 银行",
            "which layer the file is: a region's or a bank's",
        ),
        "Document.bases": Words(
            "适用基础", "bases", "可叠加于哪些配置", "the profiles that it can lie on"
        ),
        "Document.changes": Words(
            "变更",
            "changes",
            "target 所指之处变更的事实；未写的保持不变",
            "facts that differ at target; what is not said stays as it is",
        ),
        "Document.additions": Words(
            "增加",
            "additions",
            "放入 target 的密钥、文件或数据元",
            "keys and files of a directory, elements of a file, put behind those that are there",
        ),
        "Document.target": Words(
            "目标",
            "target",
            "目录 SSSE、密钥 SSSE.STK、文件 SSSE/EF06、数据元 SSSE/EF05.spec_version",
            "a directory SSSE, a key SSSE.STK, a file SSSE/EF06, an element SSSE/EF05.spec_version",
        ),
        "Profile.contact": Words(
            "接触接口", "contact interface", "复位应答 ATR", "the answer to reset (ATR)"
        ),
        "Profile.contactless": Words(
            "非接触接口",
            "contactless interface",
            "ATS 与可达范围",
            "the ATS, and what answers there",
        ),
        "Profile.groupings": Words(
            "数据分组",
            "data groupings",
            "写给金融侧的 DGI",
            "what the financial side is told (DGI)",
        ),
        "Profile.certificates": Words(
            "证书应用", "certificate application", "已声明，未建模", "declared, not modelled"
        ),
        "Part.zh": Words("中文名称", "Chinese name", "中文名称", "in Chinese"),
        "Part.en": Words("英文名称", "English name", "英文名称", "in English"),
        "Part.name_zh": Words("中文名称", "Chinese name", "中文名称", "in Chinese"),
        "Part.name_en": Words("英文名称", "English name", "英文名称", "in English"),
        "Part.title_zh": Words("中文标题", "Chinese title", "供人阅读", "for people"),
        "Part.title_en": Words("英文标题", "English title", "供人阅读", "for people"),
        "Part.size": Words("长度", "size", "字节", "in bytes"),
        "Part.fid": Words("文件标识符", "FID", "两字节", "file identifier, two bytes"),
        "Part.over": Words(
            "接口",
            "over",
            "both 两者，contact 仅接触，contactless 仅非接触",
            "over which interface it answers: both, contact or contactless",
        ),
        "Contact.prefix": Words(
            "ATR 前部", "ATR prefix", "历史字节之前", "what stands before the historical bytes"
        ),
        "Contact.historical": Words(
            "历史字节", "historical bytes", "共 13 字节，逐段", "13 bytes, field after field"
        ),
        "HistoricalField.place": Words(
            "位置", "place", "规范中的名称，如 T1–T2", "what the specification calls it (T1–T2)"
        ),
        "HistoricalField.set_by": Words(
            "由谁确定",
            "set by",
            "chip 芯片商，region 地区，serial 卡序列号",
            "the chip's maker, the issuing region, or the card's serial number",
        ),
        "Contactless.type": Words("类型", "type", "ISO/IEC 14443 A 型", "type A of ISO/IEC 14443"),
        "Contactless.fsci": Words(
            "帧长编码", "FSCI", "卡可接收的帧长，按 ATS 编码", "frame size as coded in the ATS"
        ),
        "Contactless.fwi": Words(
            "帧等待编码", "FWI", "帧等待时间，按 ATS 编码", "frame waiting time as coded in the ATS"
        ),
        "Contactless.sfgi": Words(
            "启动保护编码", "SFGI", "启动帧保护时间", "start-up guard time as coded in the ATS"
        ),
        "Contactless.rates_to_card": Words(
            "下行速率", "rates to the card", "kbit/s，106 之外", "in kbit/s, besides 106"
        ),
        "Contactless.rates_from_card": Words(
            "上行速率", "rates from the card", "kbit/s，106 之外", "in kbit/s, besides 106"
        ),
        "Contactless.same_rate": Words(
            "同速", "same rate", "两个方向须同速", "whether both directions have one rate"
        ),
        "Contactless.cid": Words("CID", "CID", "是否支持 CID", "whether it knows the CID"),
        "Contactless.nad": Words("NAD", "NAD", "是否支持 NAD", "whether it knows the NAD"),
        "Contactless.reach": Words(
            "可达范围", "reach", "各应用与文件经何接口应答", "over which interface what answers"
        ),
        "Reach.target": Words(
            "对象",
            "target",
            "应用 SSSE、PSE、debit 等，或文件 SSSE/EF07",
            "an application (SSSE, PSE, debit …) or a file as SSSE/EF07",
        ),
        "Grouping.application": Words(
            "应用", "application", "芯片上的实例", "the instance on the chip"
        ),
        "Grouping.dgi": Words("DGI", "DGI", "数据分组标识", "identifier of the data grouping"),
        "Grouping.last": Words("末个 DGI", "last DGI", "一组连续 DGI 的末个", "the last of a row"),
        "Grouping.algorithms": Words(
            "算法", "algorithms", "用于何种交易", "in which transactions it is used"
        ),
        "Grouping.secret": Words(
            "保密", "secret", "是否加密传送", "whether it holds keys or a PIN and goes enciphered"
        ),
        "Grouping.written": Words(
            "写入", "written", "是否已写入卡", "false: declared and not yet put on the card"
        ),
        "CertificateFile.holds": Words(
            "内容", "holds", "公钥、私钥或证书", "a public key, a private key or a certificate"
        ),
        "CertificateFile.pair": Words(
            "密钥对", "key pair", "签名或加密", "of the pair for signatures or for encryption"
        ),
        "CertificateFile.read": Words("读权限", "read", "何时可读", "who may read it, in words"),
        "CertificateFile.update": Words("改权限", "update", "何时可写", "who may update it"),
        "CertificatePin.reference": Words("引用号", "reference", "VERIFY 的 P2", "P2 of VERIFY"),
        "CertificatePin.initial": Words("初始值", "initial PIN", "新卡的 PIN", "of a new card"),
        "CertificatePin.tries": Words("尝试次数", "tries", "1 至 15", "1 to 15"),
        "CertificateKey.owner": Words("归属", "owner", "DDF 或 ADF", "of the DDF or the ADF"),
        "CertificateKey.algorithm": Words("算法", "algorithm", "sm4", "its cipher"),
        "CertificateExtension.oid": Words("OID", "OID", "扩展标识", "object identifier"),
        "CertificateProfile.version": Words("版本", "version", "X.509 版本", "of X.509"),
        "CertificateProfile.signature_algorithm": Words(
            "签名算法", "signature algorithm", "OID", "object identifier"
        ),
        "CertificateProfile.curve": Words("曲线", "curve", "OID", "object identifier"),
        "CertificateProfile.serial_size": Words("序列号长度", "serial size", "字节", "in bytes"),
        "CertificateProfile.validity_years": Words("有效年数", "validity", "年", "in years"),
        "CertificateProfile.signature_key_usage": Words(
            "签名证书用途", "signature key usage", "位串首字节", "first byte of the bit string"
        ),
        "CertificateProfile.encryption_key_usage": Words(
            "加密证书用途", "encryption key usage", "位串首字节", "first byte of the bit string"
        ),
        "CertificateProfile.subject": Words("主题", "subject", "各项", "its attributes in order"),
        "CertificateProfile.issuer": Words("颁发者", "issuer", "各项", "its attributes in order"),
        "CertificateProfile.extensions": Words(
            "私有扩展", "private extensions", "内容为原始文本", "whose octet string is raw text"
        ),
        "CertificateApplication.ddf_name": Words(
            "DDF 名称", "DDF name", "十六进制", "in hexadecimal"
        ),
        "CertificateApplication.ddf_fci": Words(
            "DDF 的 FCI", "FCI of the DDF", "完整应答", "whole, as SELECT is answered"
        ),
        "CertificateApplication.adf_name": Words(
            "ADF 名称", "ADF name", "十六进制", "in hexadecimal"
        ),
        "CertificateApplication.adf_fid": Words(
            "ADF 标识符", "FID of the ADF", "两字节", "two bytes"
        ),
        "CertificateApplication.adf_fci": Words(
            "ADF 的 FCI", "FCI of the ADF", "完整应答", "whole, as SELECT is answered"
        ),
        "CertificateApplication.files": Words(
            "文件", "files", "该应用的文件", "of the application"
        ),
        "CertificateApplication.pins": Words(
            "PIN", "PINs", "用户与管理", "of user and administrator"
        ),
        "CertificateApplication.keys": Words(
            "主控密钥", "master keys", "DDF 与 ADF", "of DDF and ADF"
        ),
        "CertificateApplication.certificate": Words(
            "证书格式", "certificate profile", "两张证书的共性", "what both certificates have"
        ),
        "Removal.target": Words("目标", "target", "去掉何处", "the place that is taken out"),
        "Profile.name": Words("名称", "name", "配置的名称", "the name of the profile"),
        "Profile.title_zh": Words("中文标题", "Chinese title", "供人阅读", "for people"),
        "Profile.title_en": Words("英文标题", "English title", "供人阅读", "for people"),
        "Profile.card_version": Words(
            "规范版本", "card version", "如 2.00、3.00", "of the specification, as 2.00 or 3.00"
        ),
        "Profile.suite": Words(
            "算法", "cipher suite", "社保侧所用算法", "the cipher of the social security side"
        ),
        "Profile.chip": Words("芯片", "chip", "随附芯片的名称", "the name of a packaged chip"),
        "Profile.settings": Words(
            "社保设置",
            "settings",
            "规范留给发卡方决定的值",
            "values that the specification leaves to the issuer",
        ),
        "Profile.bank": Words(
            "金融设置", "bank settings", "金融侧所需的值", "what the financial side needs"
        ),
        "Profile.directories": Words(
            "目录", "directories", "DDF 与 ADF", "its DDF and its applications (ADF)"
        ),
        "Profile.removals": Words(
            "去除", "removals", "基础中有而此处没有的部分", "parts of the base that it has not"
        ),
        "Setting.value": Words("值", "value", "文本或数字", "text or a number"),
        "Directory.name": Words("名称", "name", "如 SSSE、DF01", "SSSE, DF01 and the like"),
        "Directory.kind": Words(
            "种类", "kind", "ddf 目录，adf 应用", "a directory (ddf) or an application (adf)"
        ),
        "Directory.fid": Words(
            "文件标识符", "FID", "两字节，不为零", "file identifier, two bytes, not zero"
        ),
        "Directory.df_name": Words(
            "DF 名称",
            "DF name",
            "SELECT 按名称选择时所用，5 至 16 字节十六进制",
            "what SELECT by name takes, 5 to 16 bytes in hexadecimal",
        ),
        "Directory.label_zh": Words("中文标签", "Chinese label", "应用名称", "its name"),
        "Directory.label_en": Words("英文标签", "English label", "应用名称", "its name"),
        "Directory.parent": Words(
            "上级目录", "parent", "MF 或另一目录的名称", "MF, or the name of another directory"
        ),
        "Directory.fci_proprietary": Words(
            "FCI 专有数据",
            "FCI proprietary data",
            "FCI 模板 A5 的内容，十六进制；空表示无 A5",
            "content of template A5 of the FCI in hexadecimal; empty means no A5",
        ),
        "Directory.keys": Words("密钥", "keys", "该目录的密钥", "the keys of the directory"),
        "Directory.files": Words("文件", "files", "该目录的基本文件", "its elementary files"),
        "Key.name": Words(
            "密钥名", "key name", "也是密钥库中的名称", "also its name in the key stores"
        ),
        "Key.kid": Words(
            "密钥标识",
            "key id",
            "一字节；ADF 内的密钥第 8 位为 1",
            "one byte; bit 8 is set for a key that is local to an ADF",
        ),
        "Key.type": Words(
            "密钥用途",
            "key type",
            "internal 内部认证，external 外部认证，maintenance 线路保护，load 圈存，purchase 消费，"
            "transaction 交易，lock 应用锁定",
            "internal or external authentication, maintenance (secure messaging), load, purchase, "
            "transaction, application lock",
        ),
        "Key.versions": Words(
            "密钥组数",
            "versions",
            "规范规定的组数；卡上写入几组由设置 key_versions 决定",
            "the key groups of the specification; how many a card gets is the setting key_versions",
        ),
        "Key.size": Words("长度", "size", "8 或 16 字节", "8 or 16 bytes"),
        "File.fid": Words(
            "文件标识符",
            "FID",
            "两字节，低字节为短文件标识符 1 至 30",
            "two bytes; the low byte is the short identifier, 1 to 30",
        ),
        "File.name_zh": Words("中文名称", "Chinese name", "文件名称", "of the file"),
        "File.name_en": Words("英文名称", "English name", "文件名称", "of the file"),
        "File.structure": Words(
            "文件结构",
            "structure",
            "variable 变长记录，fixed 定长记录，cyclic 循环，transparent 透明，internal 卡内部",
            "variable, fixed or cyclic records, transparent, or internal to the card",
        ),
        "File.read": Words("读权限", "read", *_RULE),
        "File.update": Words("改权限", "update", *_RULE),
        "File.records": Words(
            "记录数", "records", "仅循环文件", "how many, of a cyclic file and only there"
        ),
        "File.size": Words(
            "文件长度",
            "file size",
            "字节，仅透明与内部文件",
            "in bytes, of transparent and internal files and only there",
        ),
        "File.content": Words(
            "内容", "content", "dir：由各 ADF 导出", "dir: its records follow from the applications"
        ),
        "File.elements": Words(
            "数据元", "elements", "按记录顺序", "its data elements in the order of the records"
        ),
        "Element.name": Words(
            "名称",
            "name",
            "整个配置内唯一；也是申领名单的列名",
            "unique in the profile; also the column of applicants' lists",
        ),
        "Element.zh": Words("中文名称", "Chinese name", "规范中的名称", "as specified"),
        "Element.en": Words("英文名称", "English name", "英文名称", "in English"),
        "Element.tag": Words(
            "标签", "tag", "一字节，仅记录文件", "one byte, where records have a tag and only there"
        ),
        "Element.type": Words(
            "类型",
            "type",
            "cn 压缩 BCD，an 每字符一字节(汉字 GBK)，b 二进制",
            "cn packed BCD, an one byte a character (Chinese in GBK), b binary",
        ),
        "Element.size": Words(
            "长度",
            "size",
            "内容的字节数，不含标签与长度",
            "bytes of the content, without tag and length",
        ),
        "Element.codec": Words(
            "编码方式", "codec", "值如何写成字节", "how a value is written in bytes"
        ),
        "Element.filler": Words(
            "填充字节",
            "filler",
            "文本之后的填充：00、空格 20 或字符 F",
            "what stands behind a text that is shorter: 00, a space (20) or the letter F (46)",
        ),
        "Element.repeat": Words(
            "重复", "repeat", "同一标签的记录数", "how many records carry the same tag"
        ),
        "Element.codes": Words(
            "代码表", "codes", "允许的代码", "the table of the codes that it may hold"
        ),
        "Element.continues": Words(
            "续接",
            "continues",
            "同一文件中由此续写的数据元",
            "the element of the same file whose text runs on in this one",
        ),
        "Element.default": Words(
            "缺省值", "default", "名单未给出时写入", "what is written where a list says nothing"
        ),
        "Element.examples": Words(
            "例",
            "examples",
            "[值，十六进制内容]；加载时验证",
            "[value, content in hexadecimal]; proven whenever the profile is loaded",
        ),
        "Element.elements": Words(
            "内含数据元", "inner elements", "B-TLV 的各项", "the items of a constructed element"
        ),
    }
)


#: Chinese terms for values that are English words.
_VALUES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "structure": {
            "variable": "变长记录",
            "fixed": "定长记录",
            "cyclic": "循环",
            "transparent": "透明",
            "internal": "卡内部",
        },
        "type": {
            "internal": "内部认证",
            "external": "外部认证",
            "maintenance": "线路保护",
            "load": "圈存",
            "purchase": "消费",
            "transaction": "交易",
            "lock": "应用锁定",
            "cn": "压缩 BCD",
            "an": "字符",
            "b": "二进制",
        },
        "kind": {"ddf": "目录", "adf": "应用"},
        "read": {"free": "自由", "never": "禁止"},
        "update": {"free": "自由", "never": "禁止"},
    }
)


def value_words(name: str, value: object) -> str:
    """A space and the Chinese term for a value of this field; nothing where there is none."""
    found = _VALUES.get(name, {}).get(value) if isinstance(value, str) else None
    return "" if found is None else f" {found}"


def kind_term(kind: str) -> str:
    """The term for a list or table of parts, whichever model has it; its name if none has words."""
    if kind == "profile":
        return "概要 profile"
    models = ("Profile", "Directory", "File", *(name.partition(".")[0] for name in FIELDS))
    found = (FIELDS[f"{model}.{kind}"].term for model in models if f"{model}.{kind}" in FIELDS)
    return next(found, kind)


def words_of(model: str, name: str) -> Words | None:
    """The words for a field of a model, or those that every part shares; None for a new field."""
    return FIELDS.get(f"{model}.{name}") or FIELDS.get(f"Part.{name}")


def term(model: str, name: str) -> str:
    """The term for a field in both languages; its name where there are no words yet."""
    words = words_of(model, name)
    return name if words is None else words.term
