"""Titles of the tables of the report, and how to read them."""

from __future__ import annotations

MOST_OTHERS = 10  # processes that neither use nor ship controlled goods, in tables by process

NOTES: dict[str, tuple[str, str]] = {
    "losses": (
        "Who loses how much",
        (
            "Lost output in days of baseline output, net of what is made up later; negative: more "
            "than the baseline. Ranges hold 95 % of replications, over parameters and chance together. "
            "Error: Monte Carlo standard error of the mean. Gross: days of gain not counted. Value at "
            f"base prices. Other: the {MOST_OTHERS} that lose most; summary.csv has all."
        ),
    ),
    "chances": (
        "Chance of a loss, and its size if there is one",
        (
            "Ever short: replications with output below the baseline on some day, made up later or not. "
            "Ends short: replications in which less is made over the whole run. Intervals of chances are "
            "exact binomial. Days if it ends short: net loss over those replications alone, with the range "
            "of 95 % of them."
        ),
    ),
    "timing": (
        "When it is short, and what holds it back",
        (
            "First short: median date on which a material holds production below the baseline, with "
            "95 % of such dates; by month where they lie far apart; empty where none ever does. "
            "Lowest cover: lowest stock in days of baseline use, mean over replications. Held back by: "
            "what bound most of the lost starts."
        ),
    ),
    "countries": (
        "Lost value by country",
        (
            "Net lost output at base prices, added up over processes with a price; goods made further "
            "by others count at every stage. Ranges hold 95 % of replications. Error: Monte Carlo standard "
            "error of the mean."
        ),
    ),
    "licences": (
        "Licences",
        (
            "Export licences by material: means, with ranges that hold 95 % of replications. Wait: from "
            "filing to decision. Lapsed: share of granted amounts not used before the licence ended."
        ),
    ),
    "demand": (
        "Final demand that goes short",
        (
            "Served: share that is served on time. Ever short: replications in which some is not. Demand "
            "that is always served is left out."
        ),
    ),
    "events": (
        "What happens, and by which source",
        "Treatments first. Until: the first day on which it no longer holds; empty: to the end of the run.",
    ),
    "difference": (
        "Every value in which the scenario differs from its baseline",
        "Empty: not given. Sources and notes of events are in the table of events.",
    ),
    "assumptions": (
        "What the numbers rest on",
        (
            "Numbers of the scenario and its world. Sourced: a published source gives it. Recalled: "
            "from the literature, by memory. Estimate: made for this scenario. Not told: choices of "
            "the model."
        ),
    ),
    "ranges": (
        "Ranges that the run draws from",
        (
            "Values that are drawn anew for every replication. A star stands for every name. Status and "
            "source are those of the range."
        ),
    ),
    "hinges": (
        "Values that the answer hinges on",
        (
            "Share of the variance of the value that users of controlled goods lose, with its 95 % interval; "
            "those whose interval lies above 0."
        ),
    ),
    "rests_on": (
        "Grades of sources that the answer rests on",
        "Share: of the variance of the value that users of controlled goods lose; values: uncertain ones.",
    ),
    "structure_ranges": (
        "Lost days over parameters, chance and model structure",
        "All structures alike, one for each replication; ranges hold 95 % of replications.",
    ),
    "structure_shares": (
        "How much of the spread each choice makes",
        (
            "Share of the variance of lost days, with the 95 % interval of the share (jackknife): each "
            "choice by itself, choices together, and what parameters and chance do within a structure. "
            "Fewer than some 400 replications leave wide intervals."
        ),
    ),
    "sources": ("Sources", "Numbers: how many of the scenario and its world a source gives."),
}
