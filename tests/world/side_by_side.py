"""The case beside the facts: what curbs_2019 gives, what was reported, and which inputs decide.

    python -m tests.world.side_by_side [replications]

Nothing here is fitted; MODEL.md section 13 holds the numbers of one such run and what they mean.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

import sim
from sim.plots import observed

FABS = (
    "samsung_memory/dram",
    "samsung_memory/nand",
    "samsung_foundry/logic",
    "skhynix_korea/dram",
    "skhynix_korea/nand",
    "samsung_display/oled_small",
    "lg_display/oled_tv",
)
CURBED = ("hf_liquid", "hf_gas", "resist_euv", "fpi")


def months(result: sim.Result) -> pd.DataFrame:
    """Return monthly liquid HF from Japan to Korea, simulated and observed, July to December 2019."""
    trade = result.table("trade").query(
        "material == 'hf_liquid' and origin == 'JP' and destination == 'KR' and '2019-06' < month < '2020-01'"
    )
    by_month = trade.groupby("month", observed=True)["quantity"]
    frame = pd.DataFrame({"median": by_month.median()})
    frame["low"], frame["high"] = by_month.quantile(0.025), by_month.quantile(0.975)
    seen = observed(sim.load("curbs_2019")).query("material == 'hf_liquid'").set_index("month")["quantity"]
    return frame.assign(observed=seen.reindex(frame.index))


def licences(result: sim.Result) -> pd.DataFrame:
    """Return licences granted by the dates for which counts were reported, first replication only."""
    granted = result.table("licences").query("decided.notna()")
    rows = []
    for date in ("2019-08-07", "2019-08-29", "2019-09-30", "2019-10-02", "2019-11-16", "2019-12-24"):
        known = granted[granted["decided"] <= date]
        counts = known.groupby("material").size() / granted["replication"].nunique()
        rows.append({"date": date, **{m: float(counts.get(m, 0.0)) for m in CURBED}})
    return pd.DataFrame(rows)


def fabs(result: sim.Result) -> pd.DataFrame:
    """Return minimum cover of liquid HF, chance of a loss and of a stop, by fab."""
    summary = result.summary().set_index(["metric", "scope"])["estimate"]
    rows = []
    for name in FABS:
        stock = f"{name.partition('/')[0]}/hf_liquid"
        days = result.values("process", "lost_days")[:, result.labels.processes.index(name)]
        rows.append(
            {
                "fab": name,
                "minimum_cover": summary.get(("minimum_cover", stock)),
                "any_loss": summary.get(("loss_probability", name)),
                "stop": summary.get(("stop_probability", name)),
                "median_days": float(np.median(days)),
                "mean_days": float(days.mean()),
            }
        )
    return pd.DataFrame(rows)


def deciding(result: sim.Result, process: str, number: int = 6) -> pd.DataFrame:
    """Return the inputs whose ranks go most with the gross loss of a process (Spearman)."""
    loss = result.values("process", "lost_days_gross")[:, result.labels.processes.index(process)]
    draws = pd.DataFrame(result.arrays["draws"], columns=list(result.labels.factors))
    ranks = draws.rank().corrwith(pd.Series(loss).rank())
    chosen = ranks.abs().sort_values(ascending=False).index[:number]
    return pd.DataFrame({"input": chosen, "rank_correlation": ranks[chosen].round(2).to_numpy()})


def main() -> None:
    """Run the case and print every comparison."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    curbs = sim.load("curbs_2019").with_({"run.record_replications": 20})
    result = sim.run(curbs, replications=number)
    for title, frame in (
        ("Liquid HF, Japan to Korea, t a month", months(result)),
        ("Licences granted by date (mean of 20 replications)", licences(result)),
        ("Fabs", fabs(result)),
        *(
            (f"What decides the loss of {name}", deciding(result, name))
            for name in (FABS[0], FABS[2], FABS[3])
        ),
    ):
        print(f"\n{title}\n{frame.round(3).to_string()}")


if __name__ == "__main__":
    main()
