"""Reports as a reader sees them: opened in a real Chromium, at the width of a desk and of a telephone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sim
from sim import plots, report
from sim.results.numbers import chance
from sim.results.result import Result

CHROMIUM, DRIVER = (shutil.which(name) for name in ("chromium", "chromedriver"))
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER),
    reason="chromium and chromedriver are not installed (Debian: apt-get install chromium chromium-driver)",
)
SCENARIOS = ("curbs_2019", "embargo_hf", "talks_go_nowhere")
WIDTHS = (1280, 390)
REPLICATIONS = 6
OPTIONS = (
    "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking "
    "--disable-component-update --disable-sync --no-first-run"
).split()
# What sticks out of the page; boxes may hold more than they show, it scrolls inside them.
OUTSIDE = """
const wide = document.documentElement.clientWidth, found = [];
for (const one of document.body.querySelectorAll("*")) {
  const box = one.parentElement.closest(".box");
  const place = one.getBoundingClientRect();
  if (!box && place.width && (place.right > wide + 1 || place.left < -1)) found.push(one.outerHTML.slice(0, 90));
}
return found;
"""
# Boxes that hold more than they show and do not scroll.
CLIPPED = """
return [...document.querySelectorAll(".box")]
  .filter(x => x.scrollWidth > x.clientWidth + 1 && !["auto", "scroll"].includes(getComputedStyle(x).overflowX))
  .map(x => x.outerHTML.slice(0, 90));
"""
# Cells of tables whose text lies on that of the next one.
OVERLAPS = """
const edge = (cell, side) => {
  const text = document.createRange();
  text.selectNodeContents(cell);
  return text.getBoundingClientRect()[side];
};
return [...document.querySelectorAll("th, td")]
  .filter(x => x.textContent.trim() && x.nextElementSibling?.textContent.trim())
  .filter(x => edge(x, "right") > edge(x.nextElementSibling, "left") + 1)
  .map(x => x.textContent);
"""
LEVELS = "return [...document.querySelectorAll('h1, h2, h3')].map(x => Number(x.tagName[1]))"
FONTS = "return [...document.querySelectorAll('p, td, th, dd')].map(x => parseFloat(getComputedStyle(x).fontSize))"
SMALLEST = 12  # pixels of a letter that can be read
READY = "return document.readyState === 'complete' && document.getElementById('repeat') !== null"
IMAGES = "return [...document.images].map(x => [x.alt, x.naturalWidth, x.complete])"
SIZES = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A Chromium with a profile of its own that logs what it says and asks for."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(DRIVER)))
    driver.get("about:blank")  # the page of a new tab asks for much
    try:
        yield driver
    finally:
        driver.quit()


@pytest.fixture(scope="module", params=SCENARIOS)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    """A small run with its report; the slow figure of the network is a copy of a quick one."""
    result = sim.run(sim.load(request.param), replications=REPLICATIONS, jobs=1)
    folder = tmp_path_factory.mktemp(request.param)
    page = result.save(folder, formats=("csv",), figures=draw_quickly(result), report=report_of(result))
    return result, page / "report.html"


def report_of(result: Result) -> Any:
    return lambda folder: report.write(result, folder)


def draw_quickly(result: Result) -> Any:
    """Return what draws a figure once and copies it under the names of all."""

    def draw(folder: Path) -> None:
        first, *others = plots.figures(result, result.scenario)
        plots.save(plots.figures(result, result.scenario)[first](None), folder / f"{first}.png")
        for name in others:
            shutil.copy(folder / f"{first}.png", folder / f"{name}.png")

    return draw


def opened(browser: Any, page: Path, width: int) -> None:
    """Open a page at a width, with fresh logs, and wait for all of it."""
    from selenium.webdriver.support.ui import WebDriverWait

    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get_log("browser"), browser.get_log("performance")
    browser.get(page.as_uri())
    WebDriverWait(browser, 30).until(lambda driver: driver.execute_script(READY))


def asked_for(browser: Any) -> set[str]:
    """Return the schemes and places of all requests since the page was opened."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [x["params"]["request"]["url"] for x in events if x["method"] == "Network.requestWillBeSent"]
    return {url if not url.startswith("data:") else "data:" for url in sent}


def test_the_page_holds_together_at_every_width(browser: Any, run: tuple[Result, Path]) -> None:
    _, page = run
    for width in WIDTHS:
        opened(browser, page, width)
        browser.execute_script("document.querySelectorAll('details').forEach(x => { x.open = true })")
        scroll, client = browser.execute_script(SIZES)
        assert scroll <= client <= width
        for broken in (OUTSIDE, CLIPPED, OVERLAPS):
            assert browser.execute_script(broken) == []
        assert min(browser.execute_script(FONTS)) >= SMALLEST
        assert [entry for entry in browser.get_log("browser") if entry["level"] != "INFO"] == []
        assert asked_for(browser) == {page.as_uri(), "data:"}
        pictures = browser.execute_script(IMAGES)
        assert len(pictures) == len(plots.figures(run[0], run[0].scenario)) > 0
        assert all(alt and wide > 0 and done for alt, wide, done in pictures)


def test_the_page_says_what_the_numbers_say(browser: Any, run: tuple[Result, Path]) -> None:
    result, page = run
    opened(browser, page, WIDTHS[0])
    assert browser.title == browser.find_element("tag name", "h1").text == result.title
    answer = browser.find_element("id", "answer").text
    for line in result.words().split("\n"):
        assert line in answer
    worst = result.headline().iloc[0]
    hits = round(float(worst["loss_probability"]) * REPLICATIONS)
    assert f"Its output falls short at some time {chance(hits, REPLICATIONS)}" in answer
    headings = [one.text for one in browser.find_elements("tag name", "h2")]
    assert {"Answer", "Figures", "Chance and size of a loss", "Reproducibility"} <= {*headings}
    repeat = browser.find_element("id", "repeat").text
    assert result.manifest["hash"] in repeat.replace("\n", "")
    assert f"--replications {REPLICATIONS} --seed {result.manifest['seed']}" in repeat
    levels = browser.execute_script(LEVELS)
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
    assert browser.execute_script("return [document.documentElement.lang, document.scripts.length]") == [
        "en",
        0,
    ]
    shown = browser.find_element("tag name", "body").text
    assert not {"nan", "None", "inf"} & {*shown.split()}
