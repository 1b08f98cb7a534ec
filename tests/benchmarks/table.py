"""The table of `make bench`: what was wanted of curbsim itself, then every program on the same work."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Table:
    """What was measured, in the order of the tests.

    Attributes
    ----------
    rows : list of (what, measured, wanted, met)
        Times and ratios of curbsim, next to what was wanted.
    works : dict
        By work, the seconds of every program, and how they were measured.
    words : list of str
        What numbers do not say.
    """

    rows: list[tuple[str, str, str, str]] = field(default_factory=list)
    works: dict[str, dict[str, tuple[float, str]]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def add(
        self, what: str, measured: float, wanted: float | None, unit: str, *, least: bool = False
    ) -> None:
        """Enter a line; `least`: at least what was wanted is good, else at most."""
        found = f"{measured:.4g} {unit}"
        if wanted is None:
            self.rows.append((what, found, "", ""))
        else:
            met = measured >= wanted if least else measured <= wanted
            ratio = wanted / measured if least else measured / wanted
            goal = f"at {'least' if least else 'most'} {wanted:g} {unit}"
            self.rows.append((what, found, goal, "met" if met else f"missed, {ratio:.2f} times"))
        print(f"\n{what}: {found}", flush=True)

    def time(self, work: str, program: str, seconds: float, how: str = "measured") -> None:
        self.works.setdefault(work, {})[program] = (seconds, how)
        print(f"\n{work}: {program} {seconds:.4g} s, {how}", flush=True)

    def say(self, words: str) -> None:
        self.words.append(words)
        print(f"\n{words}", flush=True)

    def show(self) -> str:
        head = f"{'what':72}{'measured':>12}{'wanted':>18}  met"
        lines = [f"{what:72}{found:>12}{goal:>18}  {met}" for what, found, goal, met in self.rows]
        found = ["", head, "-" * 124, *lines] if lines else []
        head = f"{'work, and the program that did it':52}{'time':>12}{'/ curbsim':>12}  how"
        found += ["", head, "-" * 124] if self.works else []
        for work, programs in self.works.items():
            ours = programs.get("curbsim", (float("nan"), ""))[0]
            found.append(work)
            found += [f"  {p:50}{t:>10.4g} s{t / ours:>12.4g}  {how}" for p, (t, how) in programs.items()]
        return "\n".join([*found, "", *self.words])
