"""Keyed random numbers: every draw has a name, so that no two things share a stream.

A draw is a function of (seed, name, replication, count) alone: Philox4x64-10 with the key
(hash of seed and name, replication) and the counter `count`. Adding a firm or an event never
changes the draws of another, and two scenarios with one seed are paired draw by draw [1]_.

References
----------
.. [1] Salmon, Moraes, Dror and Shaw (2011), Parallel random numbers: as easy as 1, 2, 3. SC11.
"""

from __future__ import annotations

import functools
from hashlib import blake2b

import numba
import numpy as np
from numpy.typing import NDArray

from sim.jit import cached_njit

MASK = 0xFFFFFFFFFFFFFFFF
MULTIPLIER_0 = 0xD2E7470EE14C6C93
MULTIPLIER_1 = 0xCA5A826395121157
WEYL_0 = 0x9E3779B97F4A7C15
WEYL_1 = 0xBB67AE8584CAA73B
TO_UNIT = 2.0**-53


def key(seed: int, name: str) -> int:
    """Return the 64-bit stream number of `name` under `seed`.

    Examples
    --------
    >>> key(7, "review/a") == key(7, "review/a") != key(7, "review/b")
    True
    """
    return int.from_bytes(blake2b(f"{seed}/{name}".encode(), digest_size=8).digest(), "little")


@functools.lru_cache(maxsize=1 << 16)
def stream(seed: int, name: str) -> np.uint64:
    """Return `key` as compiled code takes it; names come again in every replication."""
    return np.uint64(key(seed, name))


def uniform(stream: int, replication: int, count: int) -> float:
    """Return draw number `count` of a stream, uniform on [0, 1).

    Parameters
    ----------
    stream : int
        From `key`.
    replication, count : int
        Which replication, and which draw of it.

    Examples
    --------
    >>> 0.0 <= uniform(key(7, "review/a"), 0, 0) < 1.0
    True
    """
    c0, c1, c2, c3 = count + 1, 0, 0, 0
    k0, k1 = stream, replication
    for _ in range(10):
        high0, low0 = divmod(MULTIPLIER_0 * c0, 1 << 64)
        high1, low1 = divmod(MULTIPLIER_1 * c2, 1 << 64)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = (k0 + WEYL_0) & MASK, (k1 + WEYL_1) & MASK
    return (c0 >> 11) * TO_UNIT


def uniforms(stream: int, replication: int, number: int) -> NDArray[np.float64]:
    """Return draws 0 to `number` - 1 of a stream as an array."""
    generator = np.random.Philox(key=np.array([stream, replication], dtype=np.uint64))
    words = generator.random_raw(4 * number)[::4]
    return (words >> np.uint64(11)).astype(np.float64) * TO_UNIT


@numba.njit(inline="always")
def _multiply(a: np.uint64, b: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Return the high and low words of a 128-bit product."""
    low_mask = np.uint64(0xFFFFFFFF)
    shift = np.uint64(32)
    a0, a1 = a & low_mask, a >> shift
    b0, b1 = b & low_mask, b >> shift
    p00, p01, p10, p11 = a0 * b0, a0 * b1, a1 * b0, a1 * b1
    middle = (p00 >> shift) + (p01 & low_mask) + (p10 & low_mask)
    return p11 + (p01 >> shift) + (p10 >> shift) + (middle >> shift), a * b


@cached_njit
def compiled_uniform(stream: np.uint64, replication: int, count: int) -> float:
    """Do what `uniform` does, inside compiled code."""
    c0, c1, c2, c3 = np.uint64(count + 1), np.uint64(0), np.uint64(0), np.uint64(0)
    k0, k1 = stream, np.uint64(replication)
    for _ in range(10):
        high0, low0 = _multiply(np.uint64(MULTIPLIER_0), c0)
        high1, low1 = _multiply(np.uint64(MULTIPLIER_1), c2)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0 = k0 + np.uint64(WEYL_0)
        k1 = k1 + np.uint64(WEYL_1)
    return np.float64(c0 >> np.uint64(11)) * TO_UNIT


@cached_njit
def compiled_uniforms(streams: NDArray[np.uint64], replication: int, number: int) -> NDArray[np.float64]:
    """Return draws 0 to `number` - 1 of many streams, [stream, draw]."""
    draws = np.empty((len(streams), number))
    for row in range(len(streams)):
        for count in range(number):
            draws[row, count] = compiled_uniform(streams[row], replication, count)
    return draws
