"""Units of imported flows: a unit of a currency is worth itself, all else has no price."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pycountry

from sim.errors import CurbsimError
from sim.network.large.assumptions import Assumptions, few
from sim.network.large.cells import clean

UNIT = "unit"
MONEY = re.compile(r"(?:(k|thousand|m|mn|mio|mill|million|bn|billion)[ ._]?)?([A-Za-z]{3})", re.IGNORECASE)
SCALES = {"k": 1e3, "t": 1e3, "m": 1e6, "b": 1e9}  # by the first letter

#: Words for currencies that are no codes of ISO 4217.
CURRENCIES = {
    **dict.fromkeys(("€", "euro", "euros"), "EUR"),
    **dict.fromkeys(("$", "us$", "usd$", "dollar", "dollars"), "USD"),
    **dict.fromkeys(("¥", "yen"), "JPY"),
    **dict.fromkeys(("£", "sterling"), "GBP"),
    **dict.fromkeys(("₩", "won"), "KRW"),
    **dict.fromkeys(("yuan", "rmb", "renminbi"), "CNY"),
    **dict.fromkeys(("₹", "rupee", "rupees"), "INR"),
    **dict.fromkeys(("franken", "sfr"), "CHF"),
}
#: Words for thousands, millions and billions, by how a unit begins.
SCALE_WORDS = {
    **dict.fromkeys(("k", "thousand", "thousands", "tsd", "1000", "000"), "k."),
    **dict.fromkeys(("m", "mm", "mn", "mio", "mill", "mln", "million", "millions", "millionen"), "M."),
    **dict.fromkeys(("b", "bn", "bln", "bio", "mrd", "md", "billion", "billions", "milliarden"), "bn."),
}
PARTS = re.compile(r"[a-zA-Z]*[€$¥£₩₹]|[^\W\d_]+|\d+")


def require_plain_money(unit: str) -> None:
    """Refuse a unit that means money and is not written as a currency is.

    Raises
    ------
    CurbsimError
        With the unit that is meant.

    Examples
    --------
    >>> require_plain_money("M.EUR"), require_plain_money("tonnes")
    (None, None)
    """
    if _money(unit_word(unit)):
        return
    words = [word.lower() for word in PARTS.findall(clean(unit))]
    words = [part for word in words for part in _scale_apart(word)]
    found = {CURRENCIES.get(word) or (word.upper() if is_currency(word) else "") for word in words} - {""}
    if len(found) == 1:
        scale = next((SCALE_WORDS[word] for word in words if word in SCALE_WORDS), "")
        raise CurbsimError(f"--unit {unit}: this is no unit; did you mean {scale}{found.pop()}?")


def _scale_apart(word: str) -> list[str]:
    """Return `k€` as `k` and `€`, `teur` as `t` and `eur`."""
    for size in (1, 3):
        scale, money = word[:-size], word[-size:]
        scale = "tsd" if scale == "t" else scale  # t alone is a tonne
        if scale in SCALE_WORDS and (money in CURRENCIES or is_currency(money)):
            return [scale, money]
    return [word]


def is_currency(word: str) -> bool:
    """Tell whether a word is a currency of ISO 4217.

    Examples
    --------
    >>> is_currency("eur"), is_currency("bbl")
    (True, False)
    """
    return len(word) == 3 and pycountry.currencies.get(alpha_3=word.upper()) is not None


def _money(word: str) -> re.Match[str] | None:
    """Return the scale and the currency of a unit, None where it is no money."""
    match = MONEY.fullmatch(word)
    return match if match and is_currency(match[2]) else None


def unit_word(text: str) -> str:
    """Return a unit as the format writes one: without blanks and slashes, a letter first.

    Examples
    --------
    >>> unit_word("M.EUR"), unit_word("1000 t"), unit_word("t / year")
    ('M.EUR', 'unit_1000_t', 't_year')
    """
    word = re.sub(r"[\s/%]+", "_", clean(text)).strip("_")
    return word if re.match(r"[^\W\d]", word) else f"{UNIT}_{word}".rstrip("_")


def priced(units: Mapping[str, str], said: Assumptions) -> tuple[dict[str, dict[str, str]], str]:
    """Return unit and price of each material, and the currency of all prices.

    Parameters
    ----------
    units : dict
        Unit of each material.

    Raises
    ------
    CurbsimError
        When units are of more than one currency.

    Examples
    --------
    >>> priced({"steel": "M.EUR"}, Assumptions())
    ({'steel': {'unit': 'M.EUR', 'price': '1000000 EUR/M.EUR'}}, 'EUR')
    """
    money = {word: match for word in sorted(set(units.values())) if (match := _money(word))}
    currencies = sorted({match[2].upper() for match in money.values()})
    if len(currencies) > 1:
        raise CurbsimError(f"flows are in {' and '.join(currencies)}; write one currency, unit= (--unit EUR)")
    currency = currencies[0] if currencies else "USD"
    prices = {
        word: f"{SCALES.get((match[1] or '')[:1].lower(), 1.0):.0f} {currency}"
        for word, match in money.items()
    }
    for word, price in prices.items():
        said.say("prices", f"Flows in {word} are values at base prices: one is worth {price}.")
    bare = sorted(set(units.values()) - set(prices))
    if bare:
        said.say("prices", f"Flows in {few(bare)} have no price, so that what is lost of them has no value.")
    return {
        material: {"unit": word, **({"price": f"{prices[word]}/{word}"} if word in prices else {})}
        for material, word in units.items()
    }, currency
