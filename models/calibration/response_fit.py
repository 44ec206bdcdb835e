"""Demands from response times: what share of steps' own times occupies each place, by simulating what was measured.

Own times t_s are known from low load, their split is not: with the plan's proportions π_{s,k} the demands are

    D_{s,k} = θ_k·π_{s,k}·t_s        delay_s = t_s − Σ_k D_{s,k}

and θ_k, with γ, by which all services' coefficients of variation are multiplied, are those whose simulated responses
come nearest to the measured ones: least squares of ln mean and ln quantiles by step and level, and of the share of ok
steps, over their standard errors (Kraft et al. 2009, "Estimating service resource consumption from response time
measurements", fit demands to responses by formulas; simulation takes networks that have none). A plan replays the
level's own sessions under draws that do not change between trials, so that a difference between two plans is one of the
plans. Where metrics tell busy servers, ln U_k is a further residual. Priors keep what the levels do not tell:
ln θ ~ N(0, 0.7²), ln γ ~ N(0, 0.35²), both assumed.

The covariance is the linear one, J⁺·Σ·J⁺ᵀ with J the residuals' Jacobian and Σ their covariance under other draws of
services, times the residuals' excess over it where the plan does not fit: a plan that is wrong is not sure. J has a
column for each own time too, ∂ ln R_s/∂ ln t_s ≈ t_s/R_s: what could as well be a longer own time tells nothing of θ.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, special

from models.calibration.demands import Demands, at_servers, demands_of, with_demands
from models.calibration.draws import Fit, normals
from models.calibration.low_load import FEWEST, OwnTimes
from models.calibration.observed import Answered, Floats, Level, Predict
from models.calibration.sizes import Sizes, searched
from models.calibration.told import FLOOR, QUANTILES, Told, groups_of, told_by, told_by_answers
from models.calibration.utilisation_law import MOST_CONDITION, Z, metered
from models.plan import Plan

PRIOR_SHARE = 0.7
PRIOR_SHAPE = 0.35
TOLD_APART = 0.3
"""A standard deviation of ln θ from which on a share is not known (assumed): its 95 % interval spans a factor of 3."""

STEP = 0.03
"""The relative step of differences: far above the noise of a simulation, in which a step's order may change."""

WIDE_STEP = 0.05
"""The relative step of derivatives that tell how sure a fit is."""

NARROWEST, GRAIN = 1e-9, 1e-12
"""The least variance of ln θ that data can tell (0.003 %), and the part of the widest below which it is rounding."""

ROUNDS = 3
"""Shares and own times are fitted in turn, so many times; once of levels that others were held out of."""

AGAIN = 8
STARTS = (0.25, 0.5, 0.8, 1.0, 1.25)
LEAST, MOST = 0.02, 20.0

Answers = Sequence[Mapping[str, Answered]]


@dataclass(frozen=True)
class Problem:
    """What is fitted: a plan's proportions with own times, `base`, to levels, by a way to predict them."""

    plan: Plan
    base: Demands
    levels: tuple[Level, ...]
    predict: Predict

    def sized(self, tokens: Mapping[str, int]) -> "Problem":
        """Return the problem with other sizes."""
        return replace(self, plan=at_servers(self.plan, tokens))

    def demands(self, parameters: Floats) -> Demands:
        """Return the demands of parameters θ and γ."""
        split = self.base.times(parameters[:-1])
        return replace(split, shape=np.full(len(split.places), parameters[-1]))

    def answers(self, parameters: Floats, again: int = 0) -> Answers:
        """Return how the plan of parameters answers the levels, each with the servers that there were."""
        return answers(with_demands(self.plan, self.demands(parameters)), self.levels, self.predict, again)


def answers(plan: Plan, levels: Sequence[Level], predict: Predict, again: int = 0) -> Answers:
    """Return how a plan answers levels, each with the servers that there were.

    Levels with the same servers are asked with the very same plan: a prediction may play a run's levels together.
    """
    sized: dict[tuple[tuple[str, int], ...], Plan] = {}
    found = []
    for level in levels:
        servers = tuple(sorted(level.servers.items()))
        if servers not in sized:
            sized[servers] = at_servers(plan, level.servers)
        found.append(predict(sized[servers], level, again))
    return found


@dataclass(frozen=True)
class Owned:
    """Demands with own times that answer the levels as measured, and how many samples they rest on, float64[S]."""

    demands: Demands
    samples: Floats


def with_own_times(plan: Plan, demands: Demands, levels: Sequence[Level], predict: Predict) -> Owned:
    """Return the demands with own times for which the levels are answered as they were measured; shares stay.

    A step's correction, at most a factor of 2, is the mean over levels of that of ln mean, ln p25 and ln p50. A level
    weighs by its samples and, since waits hide own times, by (own time / mean response)⁸ (assumed).
    """
    said = answers(with_demands(plan, demands), levels, predict)
    logs, samples = np.zeros(len(demands.steps)), np.full(len(demands.steps), 1e-9)
    for level, answered in zip(levels, said, strict=True):
        for row, step in enumerate(demands.steps):
            seen, got = level.response.get(step), answered.get(step)
            if seen is not None and got is not None and min(seen.count, got.response.count) >= FEWEST:
                pairs = [(seen.mean_s, got.response.mean_s)]
                pairs += [(seen.quantile(q), got.response.quantile(q)) for q in (0.25, 0.5)]
                weight = seen.count * min(1.0, float(demands.own_s[row]) / got.response.mean_s) ** 8
                logs[row] += weight * sum(math.log(measured / told) for measured, told in pairs) / len(pairs)
                samples[row] += weight
    ratio = np.exp(np.clip(logs / samples, -math.log(2.0), math.log(2.0)))
    return Owned(demands.with_own(demands.own_s * ratio, demands.cv), samples)


def response_fit(
    plan: Plan,
    own: OwnTimes,
    levels: Sequence[Level],
    predict: Predict,
    sizes: Sizes | None = None,
    *,
    draws: bool = True,
) -> Fit:
    """Return the fit of a plan's shares to two or more levels, and of the sizes that it leaves open.

    `draws` False leaves out how sure it is, and spends less on it: of levels that were held out only the fit counts.
    """
    base = demands_of(plan, own.steps).with_own(own.mean_s, own.cv)
    problem = Problem(plan, base, tuple(levels), predict)
    tokens: dict[str, int] = {}
    for name, (low, high) in (sizes or {}).items():
        tokens[name] = searched(low, high, _Cost(problem.sized(tokens), name))
    problem = problem.sized(tokens)
    aim = _Aim.at(problem)
    found = _started(problem, aim)
    for _ in range(ROUNDS if draws else 1):
        found = _solve(problem, aim, found).x
        base, samples = _with_own(problem, found)
        problem = replace(problem, base=base)
    solved = _solve(problem, aim, found)
    spread = _spread(problem, aim, solved) if draws else np.zeros((len(found), len(found)))
    return replace(_fit(problem, solved, spread), own_error=own.error_of(samples), tokens=tuple(tokens.items()))


@dataclass(frozen=True)
class _Cost:
    """The least sum of squares that shares reach, by the number of one size."""

    problem: Problem
    name: str

    def __call__(self, number: int) -> float:
        problem = self.problem.sized({self.name: number})
        aim = _Aim.at(problem)
        return float(_solve(problem, aim, _started(problem, aim)).cost)


@dataclass(frozen=True)
class _Aim:
    """What residuals are against: told statistics, their weights, and the busy servers that metrics tell."""

    told: Told
    weights: Floats
    busy: tuple[tuple[int, int, float, float], ...]

    @classmethod
    def at(cls, problem: Problem) -> "_Aim":
        told = told_by(problem.levels, groups_of(problem.levels))
        weights = 1.0 / np.sqrt(2.0 * told.errors**2 + FLOOR**2)
        busy = [
            (at, column, math.log(level.busy[place]), _busy_error(level, place))
            for column, place in enumerate(problem.base.places)
            for at, level in enumerate(problem.levels)
            if level in metered(problem.levels, place) and level.busy[place] > 0.0
        ]
        return cls(told, weights, tuple(busy))

    def residuals(self, problem: Problem, parameters: Floats, again: int = 0) -> Floats:
        """Return what is predicted less what was measured, over the error of both; the priors come last."""
        said = told_by_answers(problem.answers(parameters, again), self.told.groups)
        load = [problem.demands(parameters).load(_rates(level)) for level in problem.levels]
        busy = [(math.log(max(load[at][k], 1e-12)) - seen) / error for at, k, seen, error in self.busy]
        prior = np.log(parameters) * np.sqrt(_precision(len(parameters)))
        return np.concatenate([np.clip((said - self.told.values) * self.weights, -300, 300), busy, prior])

    def by_own_times(self, problem: Problem, rows: int) -> Floats:
        """Return the derivatives of so many residuals by the logarithms of steps' own times, float64[rows, S]."""
        own = dict(zip(problem.base.steps, problem.base.own_s.tolist(), strict=True))
        found = np.zeros((rows, len(own)))
        each = 1 + len(QUANTILES)
        for number, group in enumerate(self.told.groups):
            response = problem.levels[group.level].response
            counts = {step: response[step].count for step in group.steps if step in own}
            for column, step in enumerate(own):
                if counts.get(step):
                    share = counts[step] / sum(counts.values()) * min(1.0, own[step] / response[step].mean_s)
                    place = slice(number * each, (number + 1) * each)
                    found[place, column] = share * self.weights[place]
        return found


def _rates(level: Level) -> dict[str, float]:
    return {step: level.rate(step) for step in level.offered}


def _busy_error(level: Level, place: str) -> float:
    """Return the relative standard error of a level's busy servers, by blocks; 2 % without (assumed)."""
    blocks = level.blocks
    if blocks is None or place not in blocks.stations or len(blocks.busy) < 4:
        return 0.02
    busy = blocks.busy[:, blocks.stations.index(place)]
    rate = blocks.offered.sum(axis=1) + 1e-9
    each = busy / rate * rate.mean()
    return max(FLOOR, float(each.std(ddof=1)) / math.sqrt(len(each)) / level.busy[place])


def _started(problem: Problem, aim: _Aim) -> Floats:
    """Return the best of some common shares, to start from."""
    most = _most(problem)
    trials = [np.append(np.minimum(np.full(len(problem.base.places), start), most), 1.0) for start in STARTS]
    costs = [float(np.square(aim.residuals(problem, trial)).sum()) for trial in trials]
    return trials[int(np.argmin(costs))]


def _most(problem: Problem) -> Floats:
    """Return the greatest share of each place: a step that uses it most has no delay left, and half as much again."""
    share = problem.base.share.max(axis=0)
    most: Floats = np.clip(1.5 / np.maximum(share, 1e-9), 1.0, MOST)
    return most


def _solve(problem: Problem, aim: _Aim, start: Floats) -> "optimize.OptimizeResult":
    low = np.full(len(start), LEAST)
    high = np.append(_most(problem), 4.0)
    low[-1] = 0.25
    residuals: Callable[[Floats], Floats] = lambda parameters: aim.residuals(problem, parameters)  # noqa: E731
    inside = np.clip(start, low * 1.001, high * 0.999)
    return optimize.least_squares(
        residuals,
        inside,
        bounds=(low, high),
        diff_step=[STEP] * len(start),
        max_nfev=5,
        ftol=1e-3,
        xtol=1e-3,
        loss="soft_l1",
    )


def _with_own(problem: Problem, parameters: Floats) -> tuple[Demands, Floats]:
    """Return the base for which the levels are answered as they were measured, and the samples behind each step."""
    owned = with_own_times(problem.plan, problem.demands(parameters), problem.levels, problem.predict)
    return problem.base.with_own(owned.demands.own_s, problem.base.cv), owned.samples


def _spread(problem: Problem, aim: _Aim, solved: "optimize.OptimizeResult") -> Floats:
    """Return the covariance of ln θ and ln γ, float64[P, P].

    Derivatives are means over several draws of services, and their own noise is taken off JᵀJ: far below the knee
    there is nothing else in them. Few draws tell Σ, which widens it as Student's quantile does.
    """
    count = len(solved.x)
    several = np.array([aim.residuals(problem, solved.x, again) for again in range(1, AGAIN + 1)])[:, :-count]
    moved = [_moved(problem, aim, solved.x, place)[:, :-count] - several for place in range(count)]
    derivatives = np.stack(moved, axis=2) / math.log1p(WIDE_STEP)  # float64[again, residual, parameter]
    jacobian = derivatives.mean(axis=0)
    own = aim.by_own_times(problem, len(jacobian))
    jacobian = jacobian - own @ (np.linalg.pinv(own) @ jacobian)
    left = derivatives - derivatives.mean(axis=0)
    noise = np.einsum("arp,arq->pq", left, left) / (AGAIN - 1) / AGAIN
    prior = np.diag(_precision(count))
    inverse = np.linalg.inv(_at_least(jacobian.T @ jacobian - noise, 1e-3 * prior))
    told = len(aim.told.values)
    spread = (several - several.mean(axis=0)) @ jacobian
    excess = float(np.mean(solved.fun[:told] ** 2)) / max(
        2.0 * float(several[:, :told].var(axis=0, ddof=1).mean()), 1e-9
    )
    few = (float(special.stdtrit(AGAIN - 1, 0.975)) / Z) ** 2
    gathered = 2.0 * few * max(1.0, excess) * (spread.T @ spread) / (AGAIN - 1) + jacobian[told:].T @ jacobian[told:]
    return joined(inverse @ gathered @ inverse, prior)


def joined(data: Floats, prior: Floats) -> Floats:
    """Return the covariance of what data (a covariance) and a prior (a precision) tell together.

    Directions of which the data tell nothing may be as wide as they like: the data's inverse is taken along its axes.
    """
    widths, axes = np.linalg.eigh((data + data.T) / 2.0)
    told = (axes / np.maximum(widths, max(NARROWEST, GRAIN * widths[-1]))) @ axes.T
    joined = np.linalg.inv(told + prior)
    return np.asarray((joined + joined.T) / 2.0, np.float64)


def _moved(problem: Problem, aim: _Aim, parameters: Floats, place: int) -> Floats:
    """Return the residuals with one parameter moved, under several draws of services."""
    other = parameters.copy()
    other[place] *= 1.0 + WIDE_STEP
    return np.array([aim.residuals(problem, other, again) for again in range(1, AGAIN + 1)])


def _precision(count: int) -> Floats:
    """Return one over the priors' variances."""
    return 1.0 / np.append(np.full(count - 1, PRIOR_SHARE), PRIOR_SHAPE) ** 2


def _at_least(matrix: Floats, least: Floats) -> Floats:
    """Return a symmetric matrix with eigenvalues, in units of a diagonal one, of 1 at least."""
    root = np.sqrt(np.diag(least))
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2.0 / np.outer(root, root))
    raised = (vectors * np.maximum(values, 1.0)) @ vectors.T
    return np.asarray(raised * np.outer(root, root), np.float64)


def _fit(problem: Problem, solved: "optimize.OptimizeResult", spread: Floats) -> Fit:
    root = np.linalg.cholesky(spread + 1e-12 * np.eye(len(spread)))
    moved = np.exp(normals(len(spread), "response fit") @ root.T)
    data = solved.jac[: -len(spread)] * solved.x
    length = np.sqrt((data**2).sum(axis=0))
    condition = float(min(np.linalg.cond(data / length), MOST_CONDITION)) if (length > 0.0).all() else MOST_CONDITION
    return Fit("response_fit", problem.demands(solved.x), moved[:, :-1], None, np.zeros(0), condition)
