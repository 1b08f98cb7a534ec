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
    "report_losses": {
        "process": ("", "Process: facility/key"),
        "title": ("", "Facility and what it makes there"),
        "country": ("", "Country of the facility, ISO 3166 alpha-2"),
        "group": ("", "Whether it uses or ships what a treatment acts on"),
        "lost_days": ("days", "Net lost output in days of baseline output, mean over futures"),
        "lost_days_low": ("days", "2.5 % of futures lie below"),
        "lost_days_high": ("days", "2.5 % of futures lie above"),
        "median_days": ("days", "Median over futures of net lost output"),
        "error_days": ("days", "Monte Carlo standard error of lost_days"),
        "gross_days": ("days", "Gross lost output, days of gain not counted, mean"),
        "lost_value": ("million currency", "Net lost output at base price, mean"),
        "lost_value_low": ("million currency", "2.5 % of futures lie below"),
        "lost_value_high": ("million currency", "2.5 % of futures lie above"),
    },
    "report_chances": {
        "process": ("", "Process: facility/key"),
        "title": ("", "Facility and what it makes there"),
        "country": ("", "Country of the facility, ISO 3166 alpha-2"),
        "group": ("", "Whether it uses or ships what a treatment acts on"),
        "ever_short": ("futures", "Futures with output below the baseline on some day"),
        "ever_short_low": ("%", "Lower bound of that chance, exact binomial 95 %"),
        "ever_short_high": ("%", "Upper bound of that chance"),
        "ends_short": ("futures", "Futures with less output than the baseline by the end"),
        "ends_short_low": ("%", "Lower bound of that chance, exact binomial 95 %"),
        "ends_short_high": ("%", "Upper bound of that chance"),
        "days_if_ends_short": ("days", "Net lost output over those futures, mean"),
        "days_if_ends_short_low": ("days", "2.5 % of those futures lie below"),
        "days_if_ends_short_high": ("days", "2.5 % of those futures lie above"),
    },
    "report_timing": {
        "process": ("", "Process: facility/key"),
        "title": ("", "Facility and what it makes there"),
        "country": ("", "Country of the facility, ISO 3166 alpha-2"),
        "group": ("", "Whether it uses or ships what a treatment acts on"),
        "first_short": ("", "Median date on which a material first holds it back"),
        "first_short_low": ("", "2.5 % of dates lie before"),
        "first_short_high": ("", "2.5 % of dates lie after"),
        "lowest_cover": ("days", "Lowest stock in days of use, mean over futures"),
        "cover_of": ("", "The material of the lowest cover"),
        "held_back_by": ("", "What bound production on most of the lost starts"),
        "share_of_loss": ("%", "Share of lost starts that it bound"),
    },
    "report_countries": {
        "country": ("", "Country of the facilities, ISO 3166 alpha-2"),
        "group": ("", "Whether processes use or ship what a treatment acts on"),
        "lost_value": ("million currency", "Net lost output at base prices, added up, mean"),
        "lost_value_low": ("million currency", "2.5 % of futures lie below"),
        "lost_value_high": ("million currency", "2.5 % of futures lie above"),
        "error": ("million currency", "Monte Carlo standard error of lost_value"),
    },
    "report_licences": {
        "material": ("", "What may be shipped"),
        "title": ("", "Title of the material"),
        "filed": ("count", "Applications, mean over futures"),
        "filed_low": ("count", "2.5 % of futures lie below"),
        "filed_high": ("count", "2.5 % of futures lie above"),
        "granted": ("count", "Applications granted within the run, mean"),
        "granted_low": ("count", "2.5 % of futures lie below"),
        "granted_high": ("count", "2.5 % of futures lie above"),
        "wait_days": ("days", "From filing to decision, mean"),
        "wait_days_low": ("days", "2.5 % of futures lie below"),
        "wait_days_high": ("days", "2.5 % of futures lie above"),
        "first_grant": ("", "Median date of the first grant"),
        "first_grant_low": ("", "2.5 % of dates lie before"),
        "first_grant_high": ("", "2.5 % of dates lie after"),
        "lapsed": ("%", "Share of granted amounts that lapsed unused, mean"),
        "lapsed_low": ("%", "2.5 % of futures lie below"),
        "lapsed_high": ("%", "2.5 % of futures lie above"),
    },
    "report_demand": {
        "demand": ("", "Id of the final demand"),
        "title": ("", "What is asked for"),
        "buyer": ("", "Who asks for it"),
        "served": ("%", "Share served on time, mean over futures"),
        "served_low": ("%", "2.5 % of futures lie below"),
        "served_high": ("%", "2.5 % of futures lie above"),
        "ever_short": ("futures", "Futures in which some of it is not served on time"),
        "ever_short_low": ("%", "Lower bound of that chance, exact binomial 95 %"),
        "ever_short_high": ("%", "Upper bound of that chance"),
    },
    "report_events": {
        "event": ("", "Name of the event"),
        "title": ("", "Title of the event"),
        "kind": ("", "Kind of the event"),
        "role": ("", "background, treatment or response"),
        "from_date": ("", "First day, ISO 8601, or what it waits for"),
        "until_date": ("", "First day on which it no longer holds"),
        "acts_on": ("", "What it selects"),
        "status": ("", "sourced, recalled or estimate"),
        "source": ("", "Title of the source"),
        "note": ("", "Note of the scenario file"),
    },
    "report_difference": {
        "path": ("", "Path of the value"),
        "baseline": ("", "Value in the baseline; empty when not given"),
        "scenario": ("", "Value in the scenario; empty when not given"),
        "source": ("", "Title of the source"),
    },
    "report_assumptions": {
        "section": ("", "Section of the scenario file"),
        "sourced": ("count", "Numbers that a published source gives"),
        "recalled": ("count", "Numbers recalled from the literature"),
        "estimate": ("count", "Numbers that are our own estimates"),
        "not_told": ("count", "Numbers without a source, such as choices of the model"),
        "numbers": ("count", "All numbers of the section"),
    },
    "report_ranges": {
        "path": ("", "Path of the uncertain values"),
        "range": ("", "Distribution that a run draws from"),
        "status": ("", "sourced, recalled or estimate"),
        "source": ("", "Title of the source of the range"),
        "note": ("", "Note of the scenario file"),
    },
    "report_hinges": {
        "factor": ("", "Path of the value"),
        "title": ("", "What the value is"),
        "share": ("%", "Share of the spread of the answer that it explains"),
        "share_low": ("%", "Lower bound of the share, 95 %"),
        "share_high": ("%", "Upper bound of the share"),
        "direction": ("", "Whether more of it means more or less lost output"),
        "range": ("", "Distribution that a run draws from"),
        "status": ("", "sourced, recalled or estimate"),
        "source": ("", "Title of the source"),
        "grade": ("", "Grade of the source"),
    },
    "report_rests_on": {
        "grade": ("", "Grade of sources"),
        "values": ("count", "Values that sources of the grade give"),
        "share": ("%", "Share of the variance of the answer that rests on them"),
        "share_low": ("%", "Lower bound of the share, 95 %"),
        "share_high": ("%", "Upper bound of the share"),
    },
    "report_structure_ranges": {
        "process": ("", "Process: facility/key"),
        "title": ("", "Facility and what it makes there"),
        "lost_days": ("days", "Net lost output over model structures, mean"),
        "lost_days_low": ("days", "2.5 % of futures lie below"),
        "lost_days_high": ("days", "2.5 % of futures lie above"),
        "error_days": ("days", "Monte Carlo standard error of lost_days"),
    },
    "report_structure_shares": {
        "process": ("", "Process: facility/key"),
        "group": ("", "Facility and what it makes there"),
        "factor": ("", "Choice of model structure, or what is left"),
        "share": ("%", "Share of the variance of lost days"),
        "share_low": ("%", "Lower bound of the share, jackknife 95 %"),
        "share_high": ("%", "Upper bound of the share"),
    },
    "report_sources": {
        "source": ("", "Name of the source"),
        "title": ("", "Title of the source"),
        "published": ("", "Date of the source"),
        "status": ("", "sourced, recalled or estimate"),
        "numbers": ("count", "Numbers of the scenario that it gives"),
        "url": ("", "Where it is"),
    },
}


LABEL = 80  # characters of a label that Stata keeps

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
    """Return the codebook of a run as rows of a table: columns, then the metrics of the summary."""
    columns = rows_of(COLUMNS)
    metrics = [
        {"table": "summary", "column": f"metric = {name}", "unit": "see unit", "description": description}
        for name, description in METRICS.items()
    ]
    return columns + metrics


def rows_of(tables: dict[str, dict[str, tuple[str, str]]]) -> list[dict[str, str]]:
    """Return the columns of tables as rows."""
    return [
        {"table": table, "column": column, "unit": unit, "description": description}
        for table, columns in tables.items()
        for column, (unit, description) in columns.items()
    ]


def labels(table: str) -> dict[str, str]:
    """Return a label for each column of a table, its unit in brackets; at most 80 characters, as in Stata.

    Examples
    --------
    >>> labels("stocks")["cover"]
    'Stock over baseline use [days]'
    """
    found = {}
    for column, (unit, description) in COLUMNS[table].items():
        tail = f" [{unit}]" if unit else ""
        room = LABEL - len(tail)
        short = description if len(description) <= room else f"{description[: room - 3].rstrip()}..."
        found[column] = short + tail
    return found
