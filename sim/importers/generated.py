"""Made-up networks of firms with the degrees that real ones have.

Tails of the numbers of suppliers and of customers fall like a power of the number; the exponents of the
distribution function are those of a million Japanese firms [1]_; [2]_ finds 1.32 and 1.50. All are
recalled, an estimate for the purposes of a study that rests on them.

References
----------
.. [1] Fujiwara and Aoyama (2010), Large-scale structure of a nation-wide production network. European
   Physical Journal B 77, 565-580: 1.35 for suppliers of a firm, 1.26 for its customers.
.. [2] Bernard, Moxnes and Saito (2019), Production networks, geography, and firm performance. Journal of
   Political Economy 127, 639-688.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from sim.arguments import called_as, shown, whole_number
from sim.errors import CurbsimError
from sim.importers.worlds import WorldOptions, make_world, require_folder
from sim.network.large.assumptions import whole_tables
from sim.randomness import key, uniforms
from sim.scenario import Scenario
from sim.types import Floats, Ints

SUPPLIERS, CUSTOMERS = 1.35, 1.26  # exponents of the tails
FROM_NEXT_TIER = 0.7  # of the links come from the tier just above
COUNTRIES = ("CN", "DE", "JP", "KR", "TW", "US")
MOST_FIRMS = 10_000_000
ATTEMPTS = 8  # to draw again what was drawn twice


@called_as("write for example generate(10_000, seed=1)")
def generate(
    firms: int = 10_000,
    *,
    links_per_firm: float = 5.0,
    tiers: int = 5,
    materials: int = 20,
    countries: tuple[str, ...] = COUNTRIES,
    seed: int = 0,
    name: str = "generated",
    start: str = "2019-01-01",
    end: str = "2019-12-31",
    out: str | Path | None = None,
) -> Scenario:
    """Return a world of made-up firms; the same for the same seed, whatever the machine.

    Goods run down the tiers, so that no loop feeds itself and every baseline can be solved. Numbers of
    suppliers and of customers have heavy tails; materials belong to tiers; countries, lead times (1 to 20
    days, longer between countries), covers (10 to 60 days) and final demand are drawn.

    Parameters
    ----------
    firms, links_per_firm : int, float
        How many firms, and how many links for each on average.
    tiers, materials : int
        From raw materials to final goods; materials over all tiers.
    out : path, optional
        World folder to write; needed for more than 1,000 links.

    Raises
    ------
    CurbsimError
        When a size makes no sense.

    Examples
    --------
    >>> world = generate(60, links_per_firm=3, tiers=3, materials=6, seed=1)
    >>> len(world.document.facilities), len(world.document.links)
    (60, 180)
    """
    firms = whole_number("firms", firms, least=1, most=MOST_FIRMS, example=10_000)
    tiers = whole_number("tiers", tiers, least=0, most=MOST_FIRMS, example=5)
    materials = whole_number("materials", materials, least=1, most=MOST_FIRMS, example=20)
    seed = whole_number("seed", seed, least=0, example=1)
    if not isinstance(links_per_firm, int | float | np.number) or not 0.0 <= links_per_firm <= MOST_FIRMS:
        raise CurbsimError(f"links_per_firm is {shown(links_per_firm)}; write a number such as 5")
    require_folder(out)
    edges, places = make_tables(firms, links_per_firm, tiers, materials, countries, seed)
    options = WorldOptions(name=name, start=start, end=end, out=out)
    return make_world(whole_tables(edges, places), options)


def make_tables(
    firms: int, links_per_firm: float, tiers: int, materials: int, countries: tuple[str, ...], seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the links and the firms of a made-up network as tables."""
    _require_sizes(firms, links_per_firm, tiers, materials, countries)
    tier = np.arange(firms) * tiers // firms  # firms are numbered from raw materials down
    supplier, buyer = _links(tier, round(firms * links_per_firm), seed)
    per_tier = materials // tiers
    country = _choose(seed, "country", np.linspace(1.0, 2.0, len(countries)), firms)
    material = tier * per_tier + _choose(seed, "material", np.ones(per_tier), firms)
    ids = np.char.add("f", np.char.zfill(np.arange(firms).astype(str), len(str(firms - 1)))).astype(object)
    sold = np.bincount(supplier, minlength=firms) == 0
    size = _tail(_draw(seed, "size", firms), CUSTOMERS, 1e4)
    final = np.where(sold | (tier == tiers - 1), size, 0.0)
    width = len(str(materials - 1))
    places = pd.DataFrame(
        {
            "id": ids,
            "country": np.array(countries, dtype=object)[country],
            "material": np.array([f"m{i:0{width}}" for i in range(materials)], dtype=object)[material],
            "final_demand_per_day": final,
            "cover_days": np.floor(10.0 * 6.0 ** _draw(seed, "cover", firms)),
            "headroom": np.round(0.05 + 0.2 * _draw(seed, "headroom", firms), 3),
            "finished_cover_days": np.floor(1.0 + 7.0 * _draw(seed, "finished", firms)),
        }
    )
    abroad = country[supplier] != country[buyer]
    lead = 1.0 + np.floor(7.0 * _draw(seed, "lead", len(supplier))) + np.where(abroad, 12.0, 0.0)
    return pd.DataFrame({"supplier": ids[supplier], "buyer": ids[buyer], "lead_time_days": lead}), places


def _require_sizes(
    firms: int, links_per_firm: float, tiers: int, materials: int, countries: tuple[str, ...]
) -> None:
    degree, most = links_per_firm, firms / 8
    wrong = [
        (tiers < 2, f"tiers is {tiers}", "write 2 or more"),
        (firms < 2 * tiers, f"there are {firms} firms in {tiers} tiers", "write two or more for each tier"),
        (
            materials < tiers,
            f"there are {materials} materials in {tiers} tiers",
            "write one or more for each",
        ),
        (not countries, "there is no country", "write one or more"),
        (not 0.5 <= degree <= most, f"links_per_firm is {degree:g}", f"write 0.5 to {most:g}"),
    ]
    mistakes = [f"{what}; {remedy}" for is_wrong, what, remedy in wrong if is_wrong]
    if mistakes:
        raise CurbsimError("\n".join(mistakes))


def _links(tier: Ints, number: int, seed: int) -> tuple[Ints, Ints]:
    """Draw links, each once: buyers by how many suppliers they have, suppliers by how many customers."""
    firms = len(tier)
    first = np.searchsorted(tier, np.arange(tier[-1] + 2))
    wants = np.where(tier > 0, _tail(_draw(seed, "suppliers", firms), SUPPLIERS, firms / 20), 0.0)
    offers = np.cumsum(_tail(_draw(seed, "customers", firms), CUSTOMERS, firms / 20))
    each = np.arange(first[1], firms)  # one link at least for every firm that is not at the top
    keys = np.zeros(0, dtype=np.int64)
    for attempt in range(ATTEMPTS):
        missing = number - len(keys)
        if missing <= 0:
            break
        more = _choose(seed, f"buyer/{attempt}", wants, missing)
        buyer = np.concatenate((each, more))[:missing] if attempt == 0 else more
        supplier = _supplier(tier[buyer], first, offers, seed, attempt)
        fresh = np.concatenate((keys, supplier * firms + buyer))
        keys = fresh[np.sort(np.unique(fresh, return_index=True)[1])]
    keys.sort()
    return np.asarray(keys // firms), np.asarray(keys % firms)


def _supplier(tier: Ints, first: Ints, offers: Floats, seed: int, attempt: int) -> Ints:
    """Draw a supplier for each buyer of a tier: of the tier above, or of any above that."""
    near, far = _draw(seed, f"tier/{attempt}", len(tier)), _draw(seed, f"far/{attempt}", len(tier))
    of = np.where(near < FROM_NEXT_TIER, tier - 1, np.floor(far * tier).astype(np.int64))
    low = np.where(of > 0, offers[np.maximum(first[of] - 1, 0)], 0.0)
    high = offers[first[of + 1] - 1]
    u = _draw(seed, f"supplier/{attempt}", len(tier))
    supplier = np.searchsorted(offers, low + u * (high - low), side="right")
    return np.asarray(np.clip(supplier, first[of], first[of + 1] - 1), dtype=np.int64)


def _draw(seed: int, name: str, number: int) -> Floats:
    return uniforms(key(seed, f"generate/{name}"), 0, number)


def _tail(u: Floats, exponent: float, most: float) -> Floats:
    """Return sizes of 1 and more with a Pareto tail, cut at `most`."""
    return np.asarray(np.minimum((1.0 - u) ** (-1.0 / exponent), max(1.0, most)))


def _choose(seed: int, name: str, weights: Floats, number: int) -> Ints:
    """Draw places with probabilities in proportion to weights."""
    ends = np.cumsum(weights)
    place = np.searchsorted(ends, _draw(seed, name, number) * ends[-1], side="right")
    return np.asarray(np.minimum(place, len(weights) - 1), dtype=np.int64)
