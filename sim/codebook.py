"""The codebook: what every column of every table means, and its unit. Declared here and nowhere else."""

from __future__ import annotations

COLUMNS: dict[str, dict[str, tuple[str, str]]] = {
    "summary": {
        "metric": ("", "What is measured"),
        "scope": ("", "Process (facility/key), stock (facility/material), demand or material"),
        "estimate": ("see unit", "Mean over replications"),
        "median": ("see unit", "Median over replications; empty for chances"),
        "low": ("see unit", "2.5 % of replications lie below; empty for chances"),
        "high": ("see unit", "2.5 % of replications lie above"),
        "unit": ("", "Unit of estimate, low, high and monte_carlo_error"),
        "monte_carlo_error": ("see unit", "Standard error of estimate over replications"),
        "replications": ("count", "Replications in which the metric is defined"),
    },
    "production": {
        "replication": ("", "Number of the random future, from 0"),
        "day": ("days", "Day of the run, from 0"),
        "date": ("", "Calendar date, ISO 8601"),
        "facility": ("", "Id of the facility"),
        "process": ("", "Key of the process at the facility"),
        "material": ("", "What the process makes"),
        "output": ("material/day", "Good units completed"),
        "baseline_output": ("material/day", "The same in the paired baseline"),
        "starts": ("starts/day", "Production started"),
        "capacity": ("starts/day", "Capacity at factor 1 and central values"),
        "limiting_material": ("", "What held starts below what was wanted: a material, capacity, or nothing"),
    },
    "stocks": {
        "replication": ("", "Number of the random future, from 0"),
        "day": ("days", "Day of the run, from 0"),
        "date": ("", "Calendar date, ISO 8601"),
        "facility": ("", "Id of the facility"),
        "material": ("", "What is held"),
        "stock": ("material", "Stock at the end of the day"),
        "cover": ("days", "Stock over baseline use"),
    },
    "shipments": {
        "replication": ("", "Number of the random future, from 0"),
        "day": ("days", "Day of the run, from 0"),
        "date": ("", "Date of shipment, ISO 8601"),
        "link": ("", "Id of the link"),
        "material": ("", "What is shipped"),
        "supplier": ("", "Facility that ships"),
        "buyer": ("", "Facility that receives"),
        "quantity": ("material", "Amount shipped"),
    },
    "licences": {
        "replication": ("", "Number of the random future, from 0"),
        "link": ("", "Id of the link"),
        "material": ("", "What may be shipped"),
        "amount": ("material", "Size of the lot"),
        "filed": ("", "Date of filing, ISO 8601"),
        "decided": ("", "Date of the grant; empty while under review at the end"),
        "usable": ("", "Date from which the lot may ship"),
        "wait_days": ("days", "From filing to grant: the sum of queue_days, stop_days and review_days"),
        "filing_days": ("days", "From the need of a licence to its filing"),
        "queue_days": ("days", "Waiting for an examiner, up to the grant or the end of the latest review"),
        "stop_days": ("days", "With the clock stopped: documents to be handed in, or to be filed again"),
        "review_days": ("days", "Under review, over all stages and filings"),
        "returns": ("count", "Times the file was sent back for documents"),
        "denials": ("count", "Denials before the grant"),
        "granted": ("material", "What was granted of the amount; 0 while under review at the end"),
        "lapsed": ("material", "What was left of the lot when its validity ended"),
    },
    "demand": {
        "replication": ("", "Number of the random future, from 0"),
        "day": ("days", "Day of the run, from 0"),
        "date": ("", "Calendar date, ISO 8601"),
        "demand": ("", "Id of the final demand"),
        "served": ("material/day", "Final demand served"),
        "unmet": ("material/day", "Final demand not served; a backlog counts every day it waits"),
    },
    "events": {
        "replication": ("", "Number of the random future, from 0"),
        "date": ("", "Date on which the event acted, ISO 8601"),
        "event": ("", "Name of the event"),
        "kind": ("", "Kind of the event"),
        "role": ("", "background, treatment or response"),
        "targets": ("count", "Links, stocks, processes or demands it acted on"),
    },
    "trade": {
        "month": ("", "Calendar month, ISO 8601"),
        "hs": ("", "Harmonised System code"),
        "material": ("", "What is shipped"),
        "origin": ("", "Country of the supplier, ISO 3166 alpha-2"),
        "destination": ("", "Country of the buyer, ISO 3166 alpha-2"),
        "quantity": ("material", "Amount shipped in the month"),
        "value": ("currency", "Quantity at base price"),
        "replication": ("", "Number of the random future, from 0"),
    },
}


METRICS: dict[str, str] = {
    "lost_output_net": "Baseline output less output over the run; catch-up counted",
    "lost_output_gross": "The same, days of gain not counted",
    "lost_percent": "lost_output_net in % of baseline output over the run",
    "lost_days": "lost_output_net in days of mean baseline output",
    "lost_days_gross": "lost_output_gross in days of mean baseline output",
    "lost_days_if_any": "lost_days in replications that are ever short",
    "lost_value": "lost_output_net at base price",
    "loss_probability": "Chance of more than 0.01 days of gross loss: ever short, made up later or not",
    "stop_probability": "Chance of a day with starts below 5 % of the baseline",
    "stopped_days": "Days with starts below 5 % of the baseline",
    "first_short_day": "First day on which a material holds starts below the baseline; day 0 is the start",
    "time_to_survive": "Days from the first treatment to the first short day, part of that day included",
    "time_to_recover": "Days from the first loss of output to four weeks within 2 % of the baseline",
    "minimum_cover": "Lowest stock over baseline use",
    "fill_rate": "1 less new shortage of final demand over demand",
    "lost_demand": "Final demand lost, or still waiting at the end, in the unit of the material",
    "licences_filed": "Applications",
    "licences_granted": "Applications granted within the run",
    "first_grant_day": "Day of the first grant; day 0 is the start",
    "mean_wait": "Mean days from filing to grant",
    "lapsed_share": "Share of granted amounts that lapsed unused",
    "event_day": "First day on which an event, or an outcome of talks, took place; day 0 is the start",
    "event_probability": "Chance that an event, or an outcome of talks, takes place within the run",
    "lost_share_*": "Share of lost starts by what bound them: a material, demand or capacity",
}


def rows() -> list[dict[str, str]]:
    """Return the codebook as rows of a table: columns, then the metrics of the summary."""
    columns = [
        {"table": table, "column": column, "unit": unit, "description": description}
        for table, columns in COLUMNS.items()
        for column, (unit, description) in columns.items()
    ]
    metrics = [
        {"table": "summary", "column": f"metric = {name}", "unit": "see unit", "description": description}
        for name, description in METRICS.items()
    ]
    return columns + metrics
