"""Randomness as a function: every draw is f(seed, replication, purpose, entity, index), with no state.

A *key* stands for (seed, replication, purpose); a purpose is the hash of a name, so that a new name shifts no
other draw. Entity and index count from 0; an entity is a session, a citizen, a block, and the index its n-th
draw of the purpose. The generator is SplitMix64 (Steele, Lea & Flood 2014, "Fast splittable pseudorandom
number generators"): each (key, entity) begins a stream of its own, and the index is the place in it,

    state = mix64(key + (entity + 1)·γ)      output = mix64(state + (index + 1)·γ)      γ = 0x9E3779B97F4A7C15
"""

import hashlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.kernel import kernel

GAMMA = 0x9E3779B97F4A7C15
_WORD = (1 << 64) - 1
_MIX_1 = 0xBF58476D1CE4E5B9
_MIX_2 = 0x94D049BB133111EB
# uint64 constants: an int64 operand would turn numba's uint64 arithmetic into float64.
_G, _M1, _M2 = np.uint64(GAMMA), np.uint64(_MIX_1), np.uint64(_MIX_2)
_30, _27, _31, _11, _12 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11), np.uint64(12)
_ONE = np.uint64(1)


def purpose(name: str) -> int:
    """Return the 64-bit number of a purpose: the BLAKE2b hash of its name."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")


def stream(seed: int, replication: int, name: str) -> int:
    """Return the key of a purpose's draws in one replication: 63 bits, so that it fits a signed word."""
    state = 0
    for part in (seed, replication, purpose(name)):
        state = _mixed((state + GAMMA + (part & _WORD)) & _WORD)
    return state >> 1


def _mixed(z: int) -> int:
    z = ((z ^ (z >> 30)) * _MIX_1) & _WORD
    z = ((z ^ (z >> 27)) * _MIX_2) & _WORD
    return z ^ (z >> 31)


@kernel
def word(key: int, entity: int, index: int) -> np.uint64:
    """Return 64 uniform bits. `key`, `entity` and `index` are not negative and below 2^63."""
    z = np.uint64(key) + (np.uint64(entity) + _ONE) * _G
    z = (z ^ (z >> _30)) * _M1
    z = (z ^ (z >> _27)) * _M2
    z = (z ^ (z >> _31)) + (np.uint64(index) + _ONE) * _G
    z = (z ^ (z >> _30)) * _M1
    z = (z ^ (z >> _27)) * _M2
    return z ^ (z >> _31)


@kernel
def bits(key: int, entity: int, index: int) -> int:
    """Return a uniform integer k of 53 bits, 0 <= k < 2^53."""
    return int(np.int64(word(key, entity, index) >> _11))


@kernel
def uniform(key: int, entity: int, index: int) -> float:
    """Return a uniform number strictly between 0 and 1: (h + ½)/2^52, h = the upper 52 bits.

    With 53 bits, h + ½ would not fit a float64, and the largest would round to 1.
    """
    return (np.float64(np.int64(word(key, entity, index) >> _12)) + 0.5) * 2.0**-52


@kernel
def _fill(key: int, entities: NDArray[np.int64], indices: NDArray[np.int64], out: NDArray[np.float64]) -> None:
    for i in range(out.size):
        out[i] = uniform(key, entities[i], indices[i])


def uniforms(key: int, entities: ArrayLike, indices: ArrayLike) -> NDArray[np.float64]:
    """Return `uniform` for arrays of entities and indices, broadcast against each other."""
    e, i = np.asarray(entities, np.int64), np.asarray(indices, np.int64)
    if e.shape != i.shape:
        shape = np.broadcast_shapes(e.shape, i.shape)
        e, i = np.array(np.broadcast_to(e, shape)), np.array(np.broadcast_to(i, shape))
    out = np.empty(e.shape)
    _fill(key, e.ravel(), i.ravel(), out.reshape(-1))
    return out
