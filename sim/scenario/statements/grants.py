"""Which reported grants condition what is drawn, in words."""

from __future__ import annotations

from sim.scenario.schema.document import Document


def conditioned(document: Document) -> list[str]:
    """Say that the days of licences are drawn given the grants that were known by a day."""
    until, regime = document.run.known_until, document.regimes.get("individual")
    if until is None or regime is None or regime.release is None or regime.release.budget is not None:
        return []
    known = [row for row in document.observed_licences.values() if row.known_on <= until]
    told = [row for row in known if regime.releases(row.material)]
    if not told:
        return []
    rows = "1 report" if len(told) == 1 else f"{len(told)} reports"
    return [f"days to first licences are drawn given {rows} of grants known by {until} (observed_licences)"]
