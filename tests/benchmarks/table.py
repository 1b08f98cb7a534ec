"""The table of `make bench`: what was wanted of curbsim itself, then every program on the same work."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Table:
    """What was measured, in the order of the tests.

    Attributes
    ----------
    rows : list of (what, measured, wanted, unit)
        Times and ratios of curbsim, next to what DESIGN wanted.
    works : dict
        By work, the seconds of every program, and how they were measured.
    words : list of str
        What numbers do not say.
    """

    rows: list[tuple[str, float, float, str]] = field(default_factory=list)
    works: dict[str, dict[str, tuple[float, str]]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def add(self, what: str, measured: float, wanted: float, unit: str) -> None:
        self.rows.append((what, measured, wanted, unit))
        print(f"\n{what}: {measured:.4g} {unit}", flush=True)

    def time(self, work: str, program: str, seconds: float, how: str = "measured") -> None:
        self.works.setdefault(work, {})[program] = (seconds, how)
        print(f"\n{work}: {program} {seconds:.4g} s, {how}", flush=True)

    def say(self, words: str) -> None:
        self.words.append(words)
        print(f"\n{words}", flush=True)

    def show(self) -> str:
        head = f"{'what':68}{'measured':>12}{'wanted':>12}{'measured/wanted':>17}"
        lines = [f"{w:68}{m:>9.4g} {u:2}{x:>9.4g} {u:2}{m / x:>17.2f}" for w, m, x, u in self.rows]
        found = ["", head, "-" * len(head), *lines] if lines else []
        head = f"{'work, and the program that did it':52}{'time':>12}{'/ curbsim':>12}  how"
        found += ["", head, "-" * 109] if self.works else []
        for work, programs in self.works.items():
            ours = programs.get("curbsim", (float("nan"), ""))[0]
            found.append(work)
            found += [f"  {p:50}{t:>10.4g} s{t / ours:>12.4g}  {how}" for p, (t, how) in programs.items()]
        return "\n".join([*found, "", *self.words])
