"""Numbers with units: what is read, and what may be two numbers and is refused with both."""

from __future__ import annotations

import pytest

from sim.units import Quantity, days, ways_to_write

READ = {
    "30 days": 30.0,
    "30days": 30.0,
    "1500 t/month": 1500.0,
    "0.125 t": 0.125,
    "0.500 t": 0.5,
    "2.631 kg": 2.631,  # three digits that end in no 0: nobody writes thousands like that often
    "871.724 t/month": 871.724,
    "1.25 t": 1.25,
    "12.500 %": 12.5,  # no percentage is 12500
    "1.000": 1.0,  # without a unit: a share or a factor
    "1,000,000 wafer/day": 1e6,
    "1,234.5 t": 1234.5,
    "1.5e3 t": 1500.0,
    "-3 days": -3.0,
}
REFUSED = {
    "1.000 days": "'1000 days' or '1 days'",
    "1.250 t": "'1250 t' or '1.25 t'",
    "400.000 wafer/month": "'400000 wafer/month' or '400 wafer/month'",
    "1,500 t/month": "'1500 t/month' or '1.5 t/month'",
    "+1,500 t": "'+1500 t' or '+1.5 t'",
    "1,5 days": "'1.5 days'",
    "0,500 t": "'0.5 t'",
    "1,50": "'1.5'",
    "12,5 %": "'12.5 %'",
    "1,5/year": "'1.5/year'",
    "1 000 t": "'1000 t'",
    "1\u202f000 t": "'1000 t'",
    "1_000 t": "'1000 t'",
    "1'000 t": "'1000 t'",
    "1\u2019000 t": "'1000 t'",
    "1.234,5 t": "'1234.5 t'",
    "1 234,5 t": "'1234.5 t'",
    "2.000.000 t": "'2000000 t'",
    "10 000,00 t": "'10000 t'",
}


@pytest.mark.parametrize(("text", "value"), READ.items())
def test_a_number_is_read(text: str, value: float) -> None:
    assert Quantity.parse(text).value == value


@pytest.mark.parametrize(("text", "ways"), REFUSED.items())
def test_a_number_that_may_be_two_or_is_written_in_another_way_is_refused_with_what_to_write(
    text: str, ways: str
) -> None:
    with pytest.raises(ValueError, match="; write ") as caught:
        Quantity.parse(text)
    assert str(caught.value).endswith(f"write {ways}")
    for way in ways.split(" or "):
        Quantity.parse(way.strip("'"))  # what the message says to write can be read


@pytest.mark.parametrize("text", ["5. days", "1 2 t", "12,34,567 t", "1.000.5 t", "30-40 days", "days", ""])
def test_what_is_no_number_in_any_country_has_no_second_reading(text: str) -> None:
    assert ways_to_write(text) == ""
    with pytest.raises(ValueError, match="is not a quantity"):
        Quantity.parse(text)


@pytest.mark.parametrize(
    ("text", "like"), [("30 d", "30 days"), ("3 mo", "3 months"), ("10 yr", "10 years"), ("2 wks", "2 weeks")]
)
def test_a_short_unit_of_time_is_told_with_the_whole_word(text: str, like: str) -> None:
    with pytest.raises(ValueError, match=f"write for example '{like}'"):
        days(text)


def test_no_time_is_longer_than_a_century() -> None:
    assert days("100 years") == 36500.0
    with pytest.raises(ValueError, match="longer than 100 years"):
        days("1000000 years")
