"""Rows of the matrices that the day step works on: one matrix of floats and one of ints per entity.

Constants of the network and state stand side by side, so that a compiled step needs few arguments.
Symbols as in MODEL.md section 2. A row is called like its constant, in small letters.
"""
# fmt: off


def _names(count: int) -> tuple[str, ...]:
    """Return the names of the rows whose constants have just been set."""
    return tuple(constant.lower() for constant in list(globals())[-count:])


(
    CAPACITY, YIELD_, FINISHED_TARGET, FINISHED_ADJUST, OVER_MAX, OVER_TIME, ELASTICITY, PSI,
    BASE_STARTS, IN_PROCESS, FINISHED, FACTOR, ALPHA, OUTPUT, DEMAND, WANTED, STARTS,
    STORAGE, STEADY, PIPELINE, CEILING,
) = range(21)
PROCESSES = _names(21)

(
    FAMILY, CYCLE, OVER_LAW, RATIONING, RANK, IN_FIRST, IN_LAST, OUT_FIRST, OUT_LAST, DEMAND_FIRST,
    DEMAND_LAST, LIMIT,
) = range(12)
PROCESS_INTS = _names(12)

IN_AMOUNT, IN_CRITICAL, IN_WEIGHT, AMOUNT = range(4)
INPUTS = _names(4)

IN_STOCK = 0
INPUT_INTS = _names(1)

(
    ADJUST, FORECAST_WEIGHT, LEAD_DAYS, LEVEL, SWITCHING, BASE_NEED, STOCK, TRANSIT, ORDER, NEED, COVER,
    RESERVE, THRIFT_BELOW, THRIFT_SAVING, USED, MATURED, EXPIRED, LATE, USE, TAKEN, ARM_COVER,
    INFLATION,
) = range(22)
STOCKS = _names(22)

FORECAST, LIFE, LINK_FIRST, LINK_LAST, LIFE_FIRST = range(5)
STOCK_INTS = _names(5)

(
    SHARE, RATION_BASE, AVAILABLE, CREDIT, DRAWN, MAX_SHARE, EXTRA, ARM_CREDIT, ORDERED, EXTRA_ORDERED,
    SHIPPED, BOUND, TRUST,
) = range(13)
LINKS = _names(13)

BUYER, LEAD, LEAD_LAW, AGE, PRIORITY, OUT_LINK, TURN, CONTROLLED, POOLS_OF = range(9)  # POOLS_OF: bits
LINK_INTS = _names(9)

DEMAND_RATE, BACKLOG, DEMAND_FACTOR, FINAL, SERVED = range(5)
DEMANDS = _names(5)

DEMAND_BACKLOG, DEMAND_PRIORITY, DEMAND_PROFILE = range(3)
DEMAND_INTS = _names(3)

POOL_CREDIT, POOL_ORDER = range(2)
POOLS = _names(2)

POOL_RULE = 0
POOL_INTS = _names(1)

HAS_POOL, HAS_EXTRA, HAS_ARMED, CROSSED = range(4)  # flags
