"""Names of charsets: the codec of a label on the web, and the name in our output.

The table follows the WHATWG Encoding Standard (https://encoding.spec.whatwg.org/#names-and-labels), which
documents what browsers do: a label means the superset that is really in use. Labels that Python knows under
the same name are left to Python; the table has the rest.
"""

import codecs
from functools import lru_cache

SUPERSETS = {
    "ascii": "cp1252",
    "latin-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "shift_jis_2004": "cp932",
    "shift_jisx0213": "cp932",
    "euc_jis_2004": "euc_jp",
    "euc_jisx0213": "euc_jp",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "iso2022_jp": "iso2022_jp_ext",
}
"""Python codec -> the codec of the superset in which pages with that label are written."""

LABELS = {
    "ansi_x3.4-1968": "cp1252",
    "ansi": "cp1252",
    "x-cp1250": "cp1250",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "win-1251": "cp1251",
    "win-1252": "cp1252",
    "dos-874": "cp874",
    "windows-874": "cp874",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-6-e": "iso8859-6",
    "visual": "iso8859-8",
    "logical": "iso8859-8",
    "koi": "koi8-r",
    "koi8": "koi8-r",
    "koi8_r": "koi8-r",
    "koi8-ru": "koi8-u",
    "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-ukrainian": "mac_cyrillic",
    "x-sjis": "cp932",
    "ms_kanji": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "x-euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601-1989": "cp949",
    "ksc5601": "cp949",
    "ksc_5601": "cp949",
    "windows-949": "cp949",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "gb2312-80": "gb18030",
    "zh_cn": "gb18030",
    "x-x-big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "cn-big5": "big5hkscs",
    "unicode-1-1-utf-8": "utf-8",
    "unicode20utf8": "utf-8",
    "x-unicode20utf8": "utf-8",
    "utf8mb4": "utf-8",
    "unicode": "utf-16-le",
    "ucs-2": "utf-16-le",
    "iso-10646-ucs-2": "utf-16-le",
    "utf-16": "utf-16-le",
}
"""Label -> codec, for the labels that Python's own aliases don't know or know differently."""

_CODECS = """
    ascii big5 big5hkscs cp1006 cp1125 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258
    cp437 cp720 cp737 cp775 cp850 cp852 cp855 cp856 cp857 cp858 cp860 cp861 cp862 cp863 cp864 cp865
    cp866 cp869 cp874 cp932 cp949 cp950 euc_jis_2004 euc_jisx0213 euc_jp euc_kr gb18030 gb2312 gbk
    hp-roman8 hz iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_2004 iso2022_jp_3 iso2022_jp_ext
    iso2022_kr iso8859-1 iso8859-10 iso8859-11 iso8859-13 iso8859-14 iso8859-15 iso8859-16 iso8859-2
    iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 johab koi8-r koi8-t koi8-u
    kz1048 mac-arabic mac-croatian mac-cyrillic mac-farsi mac-greek mac-iceland mac-latin2 mac-roman
    mac-romanian mac-turkish ptcp154 shift_jis shift_jis_2004 shift_jisx0213 tis-620 utf-16 utf-16-be
    utf-16-le utf-32 utf-32-be utf-32-le utf-8 utf-8-sig
"""
_KNOWN = frozenset(_CODECS.split())
"""Python's codecs that are charsets. All others are refused. UTF-7 writes mark-up in plain letters;
`unicode_escape`, `idna`, `punycode`, `rot13`, `hex` and similar are no charsets; no browser knows EBCDIC;
and a page must not use what a package adds."""

_NAMES = {
    "cp932": "shift_jis",
    "cp949": "euc-kr",
    "big5hkscs": "big5",
    "euc_jp": "euc-jp",
    "cp874": "windows-874",
    "mac-roman": "macintosh",
    "mac-cyrillic": "x-mac-cyrillic",
    "utf-16-le": "utf-16le",
    "utf-16-be": "utf-16be",
    "utf-32-le": "utf-32le",
    "utf-32-be": "utf-32be",
    "iso2022_jp_ext": "iso-2022-jp",
    "iso2022_jp_2": "iso-2022-jp",
    "iso2022_kr": "iso-2022-kr",
    "hz": "hz-gb-2312",
}


@lru_cache(maxsize=1024)
def codec_of(label: str) -> str:
    """Return the Python codec for a charset label, or "" for an unknown label.

    >>> codec_of(" ISO-8859-1 "), codec_of("x-sjis"), codec_of("gb2312"), codec_of("utf-7")
    ('cp1252', 'cp932', 'gb18030', '')
    """
    label = label.strip(" \t\r\n\f\"'").lower()
    try:
        info = codecs.lookup(LABELS.get(label, label))
    except (LookupError, ValueError, UnicodeError):  # ValueError: a NUL in the label
        return ""
    if info.name not in _KNOWN:
        return ""
    return SUPERSETS.get(info.name, info.name)


def charset_of(codec: str) -> str:
    """Return the WHATWG name of a codec, or its IANA name if the standard has none.

    >>> charset_of("cp1251"), charset_of("iso8859-2"), charset_of("cp866"), charset_of("utf-8")
    ('windows-1251', 'iso-8859-2', 'ibm866', 'utf-8')
    """
    if codec in _NAMES:
        return _NAMES[codec]
    if codec.startswith("cp125"):
        return "windows-" + codec[2:]
    if codec.startswith("cp"):
        return "ibm" + codec[2:]
    if codec.startswith("iso8859-"):
        return "iso-" + codec[3:]
    return codec
