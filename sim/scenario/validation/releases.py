"""Rules of offices that release lots, and of the grants that were reported."""

from __future__ import annotations

from sim.scenario.paths import Path
from sim.scenario.schema.document import Regime
from sim.scenario.schema.release import AT_ONCE, ObservedLicence, Release
from sim.scenario.validation import network
from sim.scenario.validation.problems import ProblemCollector


def check(problems: ProblemCollector) -> None:
    """Collect every mistake of releases and of observed licences."""
    for name, regime in problems.document.regimes.items():
        if regime.release is not None:
            _release(problems, ("regimes", name, "release"), regime, regime.release)
    for name, row in problems.document.observed_licences.items():
        path = ("observed_licences", name)
        network.sources(problems, path, row)
        _kind(problems, path, row)
        _names(problems, path, row)


def _release(problems: ProblemCollector, path: Path, regime: Regime, release: Release) -> None:
    network.sources(problems, path, release)
    for field in ("standard", "papers", "lot"):
        network.by_material(problems, (*path, field), getattr(release, field))
    network.by_material(problems, (*path, "pair_gap"), set(release.pair_gap) - {AT_ONCE})
    if path[1] != "individual":
        problems.add(
            path, "only individual licences are released", "write regimes: {individual: {release: ...}}"
        )
    for material in sorted(set(release.standard) & set(regime.review)):
        goods = "materials" if material == network.OTHER else material
        wrong = (
            f"licences for {'all other ' * (material == network.OTHER)}{goods} are both reviewed and released"
        )
        remedy = (
            f"leave {material} in review or in release.standard (review: {{{material}: null}} removes it)"
        )
        problems.add((*path, "standard"), wrong, remedy)
    if release.common.office + release.common.material >= 1.0:
        remedy = "write parts of the variance such as office: 0.2, material: 0.3"
        problems.add((*path, "common"), "nothing of the variance is left to each file", remedy)
    if release.pace.low > release.pace.high:
        problems.add((*path, "pace"), "low is above high", "write the smaller number at low")


def _kind(problems: ProblemCollector, path: Path, row: ObservedLicence) -> None:
    """Check that a row has what its kind needs."""
    if (row.kind == "count_by") != (row.count is not None):
        counts = row.count is not None
        wrong = "only count_by has a count" if counts else "count_by has no count"
        remedy = "write kind: count_by" if counts else "write the most buyers that had a licence, count: 3"
        problems.add((*path, "kind" if counts else "count"), wrong, remedy)
    if row.kind == "count_by" and (row.exporter or row.buyer):
        problems.add(
            path, "a count is of all exporters and buyers of a material", "leave exporter and buyer empty"
        )
    elif row.kind in ("by", "none_before") and row.buyer and not row.exporter:
        problems.add((*path, "buyer"), "it names a buyer without his exporter", "name the exporter, too")
    if row.kind == "on" and row.known_on < row.date:
        wrong = f"it was known on {row.known_on}, before it came about"
        problems.add((*path, "known_on"), wrong, f"write a day from {row.date} on")


def _names(problems: ProblemCollector, path: Path, row: ObservedLicence) -> None:
    """Check material, exporter and buyer."""
    problems.known((*path, "material"), row.material, "material", problems.ids("materials"))
    if problems.has_tables:
        return
    firms, facilities = problems.ids("firms"), problems.ids("facilities")
    if row.exporter is not None:
        problems.known((*path, "exporter"), row.exporter, "firm", firms)
    if row.buyer is not None and firms is not None and facilities is not None:
        problems.known((*path, "buyer"), row.buyer, "firm or facility", [*firms, *facilities])
