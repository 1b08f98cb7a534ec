"""Countries as people write them: two letters stay as they are, all else is looked up in ISO 3166."""

from __future__ import annotations

import functools
import re
from typing import Any

CODE = re.compile("[A-Z]{2}")
NUMBER = re.compile(r"\d{1,3}(\.0)?")
#: What people and offices write, and ISO 3166 does not; in small letters.
ALSO_WRITTEN = {
    "uk": "GB", "great britain": "GB", "el": "GR", "usa": "US", "u.s.": "US", "u.s.a.": "US", "uae": "AE",
    "korea": "KR", "republic of korea": "KR", "korea, rep.": "KR", "korea (south)": "KR", "rok": "KR",
    "korea, dem. people's rep.": "KP", "dprk": "KP", "russia": "RU", "turkey": "TR", "holland": "NL",
    "the netherlands": "NL", "ivory coast": "CI", "burma": "MM", "swaziland": "SZ", "cape verde": "CV",
    "macedonia": "MK", "east timor": "TL", "macau": "MO", "hong kong sar": "HK", "china, hong kong sar": "HK",
    "china, macao sar": "MO", "hong kong sar, china": "HK", "mainland china": "CN", "china, mainland": "CN",
    "people's republic of china": "CN", "chinese taipei": "TW", "taiwan, china": "TW", "vatican": "VA",
    "palestine": "PS", "dr congo": "CD", "democratic republic of the congo": "CD", "congo, dem. rep.": "CD",
    "republic of the congo": "CG", "congo, rep.": "CG", "the gambia": "GM", "the bahamas": "BS",
    "kosovo": "XK", "xkx": "XK", "reunion": "RE", "curacao": "CW", "brunei": "BN",
    "slovak republic": "SK", "kyrgyz republic": "KG", "lao pdr": "LA", "egypt, arab rep.": "EG",
    "iran, islamic rep.": "IR", "venezuela, rb": "VE", "yemen, rep.": "YE", "st. lucia": "LC",
}  # fmt: skip


@functools.lru_cache(maxsize=1024)
def country_code(text: str) -> str | None:
    """Return the two letters of a country, None for what is no country of ISO 3166.

    Two capital letters are taken as they are: a region of one's own may be called XX. Three letters,
    numbers (M49, with or without leading zeros) and English names are looked up.

    Examples
    --------
    >>> [country_code(text) for text in ("KR", "KOR", "410", "36", "South Korea", "XX", "reg1")]
    ['KR', 'KR', 'KR', 'AU', 'KR', 'XX', None]
    """
    if CODE.fullmatch(text):
        return "GB" if text == "UK" else "GR" if text == "EL" else text
    word = " ".join(text.split())
    if word.lower() in ALSO_WRITTEN:
        return ALSO_WRITTEN[word.lower()]
    return _looked_up(f"{int(float(word)):03}" if NUMBER.fullmatch(word) else word)


def _looked_up(word: str) -> str | None:
    import pycountry  # only for what is no code of two letters

    try:
        return str(pycountry.countries.lookup(word).alpha_2)
    except LookupError:
        return None


def is_iso(code: str) -> bool:
    """Tell whether two letters are a country of ISO 3166 (or Kosovo), not a region of one's own."""
    return code == "XK" or _looked_up(code) == code


def country_words(value: Any) -> Any:
    """Read countries of a selection: one or a list, in which wildcards and unknown words stay."""
    words = value if isinstance(value, list | tuple) else (value,)
    if any(isinstance(word, bool) or not isinstance(word, str | int) for word in words):
        return value
    return tuple(_word(str(word)) for word in words)


def _word(text: str) -> str:
    return text if any(sign in text for sign in "*?[") else country_code(text) or text
