"""Renew the answers of other programs that tests/verification compares with.

python -m tests.benchmarks.reference      # installs them below .venv/peers on first use
"""

from __future__ import annotations

from tests.benchmarks.peers import PEERS
from tests.verification.peer_cases import CASES


def main() -> None:
    """Ask for every case and keep the answers."""
    for case in CASES:
        peer, work = PEERS[case.program], case.work()
        answer = peer.ask("trajectory", work, 300.0) if peer.installed() else None
        if answer is None:
            raise SystemExit(f"no answer to {case.name}; the kept one stays")
        case.write(work, answer)
        print(f"{case.name}: {case.difference(work, case.parts(answer)):.1e} from ours")


if __name__ == "__main__":
    main()
