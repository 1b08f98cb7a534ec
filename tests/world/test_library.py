"""The library of scenarios: each asks a question, its variants combine, and it shows its mechanism at work."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import sim
from sim.runner.compiled_scenario import CompiledScenario
from sim.scenario import loading, scenario

LIBRARY = [one.name for one in sim.scenarios()]
MEMORY, FOUNDRY, HYNIX = "samsung_memory/dram", "samsung_foundry/logic", "skhynix_korea/dram"


def lost(result: sim.Result, process: str, measure: str = "lost_days") -> np.ndarray[Any, Any]:
    """Return a measure of a process by replication."""
    return result.values("process", measure)[:, result.labels.processes.index(process)]


def central(scenario: sim.Scenario, process: str = MEMORY) -> float:
    """Return gross lost days of a process at central values."""
    result = sim.run(scenario, replications=1, jobs=1, uncertainty=False)
    return float(lost(result, process, "lost_days_gross")[0])


def test_the_library_holds_what_was_asked_for() -> None:
    assert set(LIBRARY) >= {
        *("korea_2019", "no_curbs", "curbs_2019", "known_4_july", "hf_only", "resist_only", "fpi_only"),
        *("hf_denied", "embargo_hf", "embargo_all", "shortage_30", "delisting", "talks_go_nowhere"),
        *("rollback_2019", "rollback_2023", "escalation", "reviewing_office", "korea_staff", "buyers_stock"),
        *(
            "firms_answer",
            "localisation_push",
            "travel_freeze",
            "belgium_closed",
            "hf_quota_steps",
            "fluorspar_curb",
            "placebo",
        ),
    }


@pytest.mark.parametrize("name", LIBRARY)
def test_every_scenario_asks_one_question_and_names_its_sources(name: str) -> None:
    document = sim.load(name).document
    meta = document.meta
    assert meta.title and meta.description
    assert meta.question and meta.question.endswith("?") and "\n" not in meta.question
    assert len(meta.question) < 120
    for event in document.events.values():
        assert event.source in meta.sources and event.status
    if name != "korea_2019":
        assert document.variants


@pytest.mark.parametrize("name", LIBRARY)
def test_variants_of_a_file_combine_or_clash_in_so_many_words(name: str) -> None:
    """Every pair that a file writes is valid together, or refused because both set one path."""
    resolved = loading.resolve(name)
    alone, document = scenario._examine(resolved, None)  # sim.load of every pair would take a minute
    assert not alone and document is not None
    variants = resolved.layer.tree.get("variants", {})
    own = [one for one in variants if resolved.layer.place(("variants", one)).file == resolved.own]
    for pair in itertools.combinations(own, 2):
        combined = loading.with_variants(resolved, list(pair))
        problems = scenario._examine(combined, (resolved.layer.tree, document))[0]
        assert all("both set it" in str(problem) for problem in problems), (pair, *map(str, problems))


def test_the_placebo_changes_nothing_exactly() -> None:
    for variant in ("placebo", "placebo+licence"):
        result = sim.run(sim.load(variant), replications=3, jobs=1)
        for measure in ("lost_days", "lost_days_gross", "lost_value"):
            assert not np.nan_to_num(result.values("process", measure)).any()


def test_a_longer_embargo_costs_more_and_each_response_helps() -> None:
    lengths = ("+days_30", "+days_90", "", "+days_365")
    losses = [central(sim.load(f"embargo_all{variant}")) for variant in lengths]
    assert losses == sorted(losses)
    assert losses[0] < 1.0 < 30.0 < losses[-1]
    whole = central(sim.load("hf_denied"), FOUNDRY)
    assert central(sim.load("hf_denied+no_substitution"), FOUNDRY) > whole


def test_more_stock_costs_less() -> None:
    losses = [central(sim.load(f"buyers_stock{one}")) for one in ("+days_14", "", "+days_60", "+days_90")]
    assert losses == sorted(losses, reverse=True)
    assert losses[0] > losses[-1] + 10.0


def test_the_staff_of_korea_leaves_every_wait_for_japanese_licences_as_it_was() -> None:
    """Of first licences; later ones wait until half a lot is used, and panels that leave earlier use acid earlier."""
    waits = {}
    for name in ("korea_staff", "korea_staff+no_staff"):
        scenario = sim.load(name)
        files = sim.run(scenario, replications=1, jobs=1).table("licences")
        files["number"] = files.groupby("link").cumcount()
        waits[name] = files.set_index(["material", "link", "number"])["wait_days"].dropna()
    with_staff, without = waits.values()
    both = with_staff.index.intersection(without.index)
    number = both.get_level_values("number")
    japanese = both[(both.get_level_values("material") != "oled_tv") & (number == 0)]
    assert len(japanese) > 15
    assert with_staff[japanese].to_numpy() == pytest.approx(without[japanese].to_numpy(), abs=1e-9)
    assert with_staff["oled_tv"].mean() < without["oled_tv"].mean() - 1.0


def test_talks_go_nowhere_while_a_gate_is_closed_and_somewhere_when_it_opens() -> None:
    def restored(name: str) -> list[bool]:
        scenario = sim.load(name)
        prepared = CompiledScenario(
            scenario=scenario,
            baseline=scenario.baseline(),
            seed=scenario.document.run.seed,
            replications=6,
            recorded=6,
        )
        runs = [prepared.run(number).trace for number in range(6)]
        return [any(event == "lifted" for _, event, _, _ in run.log) for run in runs if run is not None]

    assert not any(restored("talks_go_nowhere"))
    opened = restored("talks_go_nowhere+complaint_dropped")
    assert any(opened) and not all(opened)


def test_each_month_of_waiting_for_relief_costs_the_sellers_and_refiners_most() -> None:
    """Relief after the talks of December 2019 against later dates and never, paired."""
    dates = ["2019-12-16", "2020-02-16", "2020-04-16"]
    grid = sim.sweep(sim.load("rollback_2019"), {"events.talks.rounds.relief.date": dates}, replications=16)
    table = grid.table()
    fabs = table[table["who"] == MEMORY].iloc[1:]["step"]
    for who in ("stella_osaka/hf_liquid", "morita_osaka/hf_liquid", "soulbrain_gongju/resale"):
        steps = table[table["who"] == who].iloc[1:]
        assert (steps["step_low"] > 0.0).all(), who
        assert (steps["step"].to_numpy() > fabs.to_numpy()).all(), who
    never = sim.compare(sim.load("rollback_2019"), sim.load("rollback_2019+never"), replications=4).table()
    assert never.set_index("who").loc["stella_osaka/hf_liquid", "difference"] > 100.0


def test_more_examiners_shorten_the_queue_and_nothing_else_in_the_office() -> None:
    def part(name: str, what: str) -> float:
        table = sim.run(sim.load(name), replications=1, jobs=1, uncertainty=False).table("licences")
        return float(table[(table["granted"] > 0.0) & (table["filed"] < "2019-07-20")][what].mean())

    few, many = ("reviewing_office+fewer_examiners", "reviewing_office+more_examiners")
    assert part(many, "queue_days") < 0.5 * part(few, "queue_days")


def test_delisting_costs_nothing_where_exporters_have_a_programme() -> None:
    """Exempt exporters file nothing; without programmes and with every lot screened they do."""
    usual, none = sim.load("delisting"), sim.load("delisting+no_programmes+every_lot")
    held, free = (
        sim.run(s, replications=1, jobs=1, uncertainty=False).table("licences") for s in (none, usual)
    )
    assert "resist_arf" not in set(free["material"])
    assert {"resist_arf", "resist_krf", "pi_varnish"} <= set(held["material"])


def test_the_answer_in_kind_hits_the_makers_of_sets() -> None:
    sets = "sony_panasonic_philips/tv"
    answered, silent = (central(sim.load(name), sets) for name in ("escalation", "escalation+no_answer"))
    assert answered > silent + 5.0


def test_travel_rules_delay_tests_and_repairs() -> None:
    frozen, free = (
        sim.run(sim.load(name), replications=1, jobs=1, uncertainty=False)
        for name in ("travel_freeze", "travel_freeze+open_borders")
    )
    assert (
        lost(frozen, "lg_display/oled_tv", "lost_days_gross")[0]
        > lost(free, "lg_display/oled_tv", "lost_days_gross")[0]
    )


def test_a_push_for_local_supply_keeps_part_of_it_for_good() -> None:
    """After relief the share of Korean makers stays above what it was."""

    lifted = {
        "kind": "licence",
        "date": "2020-01-15",
        "select": {"material": "hf_liquid", "from": "JP", "to": "KR"},
        "regime": "bulk",
        "source": "estimate",
    }

    def share(name: str) -> float:
        free = sim.load(name).with_({"events.lifted": lifted})
        result = sim.run(free, replications=1, jobs=1, uncertainty=False)
        trade = result.table("trade").query(
            "material == 'hf_liquid' and destination == 'KR' and month == '2020-12'"
        )
        return float(trade[trade["origin"] == "KR"]["quantity"].sum() / trade["quantity"].sum())

    assert share("localisation_push") > share("localisation_push+nothing_stays") > 0.0


def test_half_of_chinese_fluorspar_reaches_the_makers_of_hydrogen_fluoride_first() -> None:
    result = sim.run(sim.load("fluorspar_curb+quarter"), replications=1, jobs=1, uncertainty=False)
    days = {
        name: lost(result, name, "first_short_day")[0]
        for name in ("stella_osaka/ahf", "stella_osaka/hf_liquid", MEMORY)
    }
    assert days["stella_osaka/ahf"] <= days["stella_osaka/hf_liquid"]
    assert np.isnan(days[MEMORY]) or days["stella_osaka/hf_liquid"] < days[MEMORY]


def test_firms_sell_elsewhere_and_buy_ahead() -> None:
    """Sales to third countries soften the loss of the seller; fear brings resist that is on no list earlier."""
    answer = sim.load("firms_answer")
    result, none = (
        sim.run(one, replications=1, jobs=1, uncertainty=False)
        for one in (answer, sim.load("firms_answer+no_third_countries+no_fear+truthful"))
    )
    for seller in ("stella_osaka/hf_liquid", "morita_osaka/hf_liquid", "daikin_kashima/hf_liquid"):
        assert lost(result, seller)[0] < lost(none, seller)[0] - 5.0

    def july(one: sim.Result) -> float:
        trade = one.table("trade").query("material == 'resist_krf' and origin == 'JP' and month == '2019-07'")
        return float(trade["quantity"].sum())

    assert july(result) > 1.05 * july(none)
