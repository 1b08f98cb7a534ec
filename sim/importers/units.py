"""Units of imported flows: a unit of a currency is worth itself, all else has no price."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sim.errors import CurbsimError
from sim.network.large.assumptions import Assumptions, few
from sim.network.large.cells import clean

UNIT = "unit"
MONEY = re.compile(r"(?:(k|thousand|m|mn|mio|mill|million|bn|billion)[ ._]?)?([A-Za-z]{3})", re.IGNORECASE)
SCALES = {"k": 1e3, "t": 1e3, "m": 1e6, "b": 1e9}  # by the first letter


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
    money = {word: match for word in sorted(set(units.values())) if (match := MONEY.fullmatch(word))}
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
