"""Rows of the matrices that the day step works on: one matrix of floats and one of ints per entity.

Constants of the network and state stand side by side, so that a compiled step needs few arguments.
Symbols as in MODEL.md section 2. The constants are the places of the names.
"""
# fmt: off

PROCESSES = (
    "capacity", "yield_", "finished_target", "finished_adjust", "over_max", "over_time", "elasticity",
    "psi", "base_starts", "in_process", "finished", "factor", "alpha", "output", "demand", "wanted",
    "starts", "storage", "steady", "pipeline",
)
(
    CAPACITY, YIELD_, FINISHED_TARGET, FINISHED_ADJUST, OVER_MAX, OVER_TIME, ELASTICITY, PSI,
    BASE_STARTS, IN_PROCESS, FINISHED, FACTOR, ALPHA, OUTPUT, DEMAND, WANTED, STARTS,
    STORAGE, STEADY, PIPELINE,
) = range(20)

PROCESS_INTS = (
    "family", "cycle", "over_law", "rationing", "rank", "in_first", "in_last", "out_first", "out_last",
    "demand_first", "demand_last", "limit",
)
(
    FAMILY, CYCLE, OVER_LAW, RATIONING, RANK, IN_FIRST, IN_LAST, OUT_FIRST, OUT_LAST, DEMAND_FIRST,
    DEMAND_LAST, LIMIT,
) = range(12)

INPUTS = (
    "in_amount", "in_critical", "in_weight", "amount",
)
(
    IN_AMOUNT, IN_CRITICAL, IN_WEIGHT, AMOUNT,
) = range(4)

INPUT_INTS = (
    "in_stock",
)
IN_STOCK = 0

STOCKS = (
    "adjust", "forecast_weight", "lead_days", "level", "switching", "base_need", "stock", "transit",
    "order", "need", "cover", "reserve", "thrift_below", "thrift_saving", "used", "matured", "expired",
    "late", "use", "taken", "arm_cover", "inflation",
)
(
    ADJUST, FORECAST_WEIGHT, LEAD_DAYS, LEVEL, SWITCHING, BASE_NEED, STOCK, TRANSIT, ORDER, NEED, COVER,
    RESERVE, THRIFT_BELOW, THRIFT_SAVING, USED, MATURED, EXPIRED, LATE, USE, TAKEN, ARM_COVER,
    INFLATION,
) = range(22)

STOCK_INTS = (
    "forecast", "life", "link_first", "link_last", "life_first",
)
(
    FORECAST, LIFE, LINK_FIRST, LINK_LAST, LIFE_FIRST,
) = range(5)

LINKS = (
    "share", "ration_base", "available", "credit", "drawn", "max_share", "extra", "arm_credit",
    "ordered", "extra_ordered", "shipped", "bound", "trust",
)
(
    SHARE, RATION_BASE, AVAILABLE, CREDIT, DRAWN, MAX_SHARE, EXTRA, ARM_CREDIT, ORDERED, EXTRA_ORDERED,
    SHIPPED, BOUND, TRUST,
) = range(13)

LINK_INTS = (
    "buyer", "lead", "lead_law", "age", "priority", "out_link", "turn", "controlled", "pool",
)
(
    BUYER, LEAD, LEAD_LAW, AGE, PRIORITY, OUT_LINK, TURN, CONTROLLED, POOL,
) = range(9)

DEMANDS = (
    "demand_rate", "backlog", "demand_factor", "final", "served",
)
(
    DEMAND_RATE, BACKLOG, DEMAND_FACTOR, FINAL, SERVED,
) = range(5)

DEMAND_INTS = (
    "demand_backlog", "demand_priority", "demand_profile",
)
(
    DEMAND_BACKLOG, DEMAND_PRIORITY, DEMAND_PROFILE,
) = range(3)

POOLS = (
    "pool_credit", "pool_order",
)
(
    POOL_CREDIT, POOL_ORDER,
) = range(2)

POOL_INTS = (
    "pool_rule",
)
POOL_RULE = 0

HAS_POOL, HAS_EXTRA, HAS_ARMED, CROSSED = range(4)  # flags
