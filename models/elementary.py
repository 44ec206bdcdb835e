"""Logarithm, exponential and normal quantile from + − × ÷, sqrt and integer operations only.

The processor's library differs between machines in the last bit of `log` and `exp`; IEEE 754 fixes every
operation used here, so draws are equal on all of them. Logarithm and exponential follow FreeBSD's msun
(`e_log.c`, `e_exp.c`, Sun Microsystems 1993; error below 1 ulp); the quantile is PPND16 of Wichura (1988),
algorithm AS 241.
"""

import math

import numpy as np

from models.kernel import inlined, lean_kernel

LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
INVERSE_LN2 = 1.44269504088896338700e00

_MANTISSA = (1 << 52) - 1
_ONE = 1023 << 52
# Bits of the mantissa of sqrt(2): above it the fraction is halved, so that 1 + f lies around 1.
_SQRT2_MANTISSA = 0x6A09E667F3BCD


@inlined
def log(x: float) -> float:
    """Return the natural logarithm of a positive, finite, normal number.

    There is no branch in it, which half of all draws would mispredict, and which would keep loops from vectors.
    """
    bits = np.float64(x).view(np.int64)
    mantissa = bits & _MANTISSA
    halved = np.int64(mantissa > _SQRT2_MANTISSA)
    exponent = (bits >> 52) - 1023 + halved
    f = np.int64(mantissa | (_ONE - (halved << 52))).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
    odd = z * (
        6.666666666666735130e-01
        + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01))
    )
    half_square = 0.5 * f * f
    low = s * (half_square + even + odd) + exponent * LN2_LOW
    return exponent * LN2_HIGH - ((half_square - low) - f)


@inlined
def exp(x: float) -> float:
    """Return e to the power x, for −700 <= x <= 700."""
    k = np.int64(math.floor(x * INVERSE_LN2 + 0.5))
    high = x - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    t = r * r
    c = r - t * (
        1.66666666666666019037e-01
        + t
        * (
            -2.77777777770155933842e-03
            + t * (6.61375632143793436117e-05 + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))
        )
    )
    y = 1.0 - ((low - (r * c) / (2.0 - c)) - high)
    return y * np.int64((k + 1023) << 52).view(np.float64)


@lean_kernel
def normal_quantile(p: float) -> float:
    """Return z with Φ(z) = p, for 0 < p < 1; relative error about 1e-16 (AS 241)."""
    q = p - 0.5
    if abs(q) <= 0.425:
        return q * _central(0.180625 - q * q)
    r = math.sqrt(-log(p if q < 0.0 else 1.0 - p))
    z = _near(r - 1.6) if r <= 5.0 else _far(r - 5.0)
    return -z if q < 0.0 else z


@inlined
def _central(r: float) -> float:
    above = 2.5090809287301226727e3
    for a in (
        3.3430575583588128105e4,
        6.7265770927008700853e4,
        4.5921953931549871457e4,
        1.3731693765509461125e4,
        1.9715909503065514427e3,
        1.3314166789178437745e2,
        3.3871328727963666080e0,
    ):
        above = above * r + a
    below = 5.2264952788528545610e3
    for b in (
        2.8729085735721942674e4,
        3.9307895800092710610e4,
        2.1213794301586595867e4,
        5.3941960214247511077e3,
        6.8718700749205790830e2,
        4.2313330701600911252e1,
        1.0,
    ):
        below = below * r + b
    return above / below


@inlined
def _near(r: float) -> float:
    above = 7.74545014278341407640e-4
    for c in (
        2.27238449892691845833e-2,
        2.41780725177450611770e-1,
        1.27045825245236838258e0,
        3.64784832476320460504e0,
        5.76949722146069140550e0,
        4.63033784615654529590e0,
        1.42343711074968357734e0,
    ):
        above = above * r + c
    below = 1.05075007164441684324e-9
    for d in (
        5.47593808499534494600e-4,
        1.51986665636164571966e-2,
        1.48103976427480074590e-1,
        6.89767334985100004550e-1,
        1.67638483018380384940e0,
        2.05319162663775882187e0,
        1.0,
    ):
        below = below * r + d
    return above / below


@inlined
def _far(r: float) -> float:
    above = 2.01033439929228813265e-7
    for e in (
        2.71155556874348757815e-5,
        1.24266094738807843860e-3,
        2.65321895265761230930e-2,
        2.96560571828504891230e-1,
        1.78482653991729133580e0,
        5.46378491116411436990e0,
        6.65790464350110377720e0,
    ):
        above = above * r + e
    below = 2.04426310338993978564e-15
    for f in (
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.86869131145613259100e-4,
        1.48753612908506148525e-2,
        1.36929880922735805310e-1,
        5.99832206555887937690e-1,
        1.0,
    ):
        below = below * r + f
    return above / below
