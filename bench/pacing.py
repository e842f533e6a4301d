"""The figures of pacing, on a simulated clock: `python -m bench.pacing [front online wrong …]`, all within a minute.

A job's running time is drawn, a schedule asks at its own times, and what counts is how often it asked and how long the
job had been done when it was seen. Nothing sleeps, nothing is sent. Names of vendors here are only the study's cases.
"""

from __future__ import annotations

import math
import random
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from statistics import fmean

import numpy as np

from bench.pacing_sim import (
    EPOCH,
    KEY,
    MEDIAN,
    SIGMA,
    Polls,
    Tally,
    doubling,
    draws,
    fixed,
    fresh,
    hazard,
    head,
    live,
    observe,
    oracle,
    paced,
    quantile,
    score,
    sdk,
)
from rushes.pacing import Key, Pacing, ProgressSample, Reading, Watch, list_call
from rushes.pacing.curve import Curve, Shape
from rushes.pacing.schedule import POLL_COST


def front(kinds: int = 250, seen: int = 20) -> None:
    """The study's set-up: 250 kinds of job, wrong first guess, 20 jobs learned, 200 more to score."""
    head("After 20 jobs; truth 0.4–2.5 × the catalogue's median, σ 0.20–0.45; `failed`: lag of early failures")
    tallies: dict[str, Tally] = {}
    for kind in range(kinds):
        # The very draws of the study, so that its table can be laid beside this one.
        source = np.random.default_rng(1000 + kind)
        median = MEDIAN * math.exp(source.uniform(math.log(0.4), math.log(2.5)))
        sigma = source.uniform(0.20, 0.45)
        learned, times = ((median * np.exp(sigma * source.standard_normal(n))).tolist() for n in (seen, 200))
        fails = (6.0 * np.exp(0.7 * source.standard_normal(40))).tolist()
        for name, schedule in _rivals(random.Random(kind), learned, median, sigma).items():
            tallies.setdefault(name, Tally()).add(schedule, times, fails)
    for name, tally in tallies.items():
        print(tally.row(name))


def _rivals(rng: random.Random, learned: list[float], median: float, sigma: float) -> dict[str, Polls]:
    pacings = {cost: fresh(poll_cost=cost) for cost in (0.20, POLL_COST, 0.50, 0.75)}
    for pacing in pacings.values():
        for number, t in enumerate(learned):
            observe(pacing, t - 2, t + 2, number)
    found = {f"rushes, poll cost {cost:.2f} s": paced(each) for cost, each in pacings.items()}
    ours = pacings[POLL_COST]
    found["rushes, floor 5 s"] = paced(ours, floor_s=5.0)
    found["hazard rule on the same curves, c = 0.35"] = hazard(ours._base(KEY).curve)
    found["doubling 2, 4, 8, 10 s"] = doubling()
    found["fixed 5 s"] = fixed(5.0)
    found["fixed 2 s"] = fixed(2.0)
    found["fixed 10 s"] = fixed(10.0)
    found["Runway's SDK, 6 ± 1.5 s"] = sdk(rng)
    found[f"oracle, c = {POLL_COST:.2f} (knows the truth, no caps)"] = oracle(median, sigma, POLL_COST)
    return found


def online(kinds: int = 120, steps: tuple[int, ...] = (0, 1, 2, 3, 5, 10, 20, 40)) -> None:
    """Learning from its own polls, job by job, with the calibration of what it says."""
    head("Learning online from its own polls, same truth", "jobs seen")
    tallies = {n: Tally() for n in steps}
    cover: dict[int, list[tuple[float, ...]]] = {n: [] for n in steps}
    for kind in range(kinds):
        rng = random.Random(kind)
        median = MEDIAN * math.exp(rng.uniform(math.log(0.4), math.log(2.5)))
        sigma = rng.uniform(0.20, 0.45)
        pacing = fresh(kind)
        for n in range(max(steps) + 1):
            schedule = paced(pacing)
            if n in tallies:
                times = draws(rng, median, sigma, 200)
                tallies[n].add(schedule, times)
                cover[n].append(_cover(pacing._base(KEY).curve, times, median))
            live(pacing, schedule, draws(rng, median, sigma, 1)[0], n)
    for n, tally in tallies.items():
        print(tally.row(f"{n}"))
    print("\n| jobs seen | below P50 | below P80 | below P95 | in P10–P90 | ETA error / median |")
    print("|---|---:|---:|---:|---:|---:|")
    for n, rows in cover.items():
        print(f"| {n} | " + " | ".join(f"{fmean(column):.2f}" for column in zip(*rows, strict=True)) + " |")


def _cover(curve: Curve, times: list[float], median: float) -> tuple[float, ...]:
    shares = [curve.share(t) for t in times]
    middle = curve.quantile(0.5)
    return (
        fmean(share < 0.5 for share in shares),
        fmean(share < 0.8 for share in shares),
        fmean(share < 0.95 for share in shares),
        fmean(0.1 < share < 0.9 for share in shares),
        fmean(abs(t - middle) for t in times) / median,
    )


def wrong(jobs: int = 8000) -> None:
    """A first guess that is wrong and never corrected."""
    head("A new kind of job whose truth is x times the catalogue's (σ 0.27), never corrected", "x")
    for x in (0.33, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0):
        rng = random.Random(11)
        times = draws(rng, MEDIAN * x, SIGMA, jobs)
        for name, schedule in (("rushes", paced(fresh())), ("doubling", doubling())):
            tally = Tally()
            tally.add(schedule, times, draws(rng, 6.0, 0.6, 2000) if x == 1 else ())
            print(tally.row(f"{x} {name}"))


def drift(repetitions: int = 60) -> None:
    """The vendor changes its speed at job 40."""
    for factor in (2.0, 0.5):
        head(f"The vendor takes {factor} times as long from job 40 on", "job")
        tallies = {n: Tally() for n in (39, 40, 41, 42, 43, 44, 46, 50, 60)}
        for repetition in range(repetitions):
            rng = random.Random(repetition)
            pacing = fresh(repetition)
            for n in range(61):
                median = MEDIAN * (factor if n >= 40 else 1.0)
                schedule = paced(pacing, upto=800)
                if n in tallies:
                    tallies[n].add(schedule, draws(rng, median, SIGMA, 100))
                live(pacing, schedule, draws(rng, median, SIGMA, 1)[0], n)
        for n, tally in tallies.items():
            print(tally.row(f"{n}"))


def kin(kinds: int = 150) -> None:
    """What another kind of the same model is worth to a new one: truths differ by σ 0.3 within a model."""
    head("First job of a new kind, truth 0.4–2.5 × the catalogue's for the model, ± 0.3 within it", "what is known")
    other = Key("vendor", "model", "text", "1080p", "9s")
    tallies = {n: Tally() for n in (0, 1, 3, 10)}
    for kind in range(kinds):
        rng = random.Random(kind)
        model = MEDIAN * math.exp(rng.uniform(math.log(0.4), math.log(2.5)))
        own, kin_median = (model * math.exp(0.3 * rng.gauss(0, 1)) for _ in range(2))
        pacing = fresh(kind)
        times = draws(rng, own, 0.3, 200)
        for n in range(11):
            if n in tallies:
                tallies[n].add(paced(pacing), times)
            t = draws(rng, kin_median, 0.3, 1)[0]
            observe(pacing, t - 2, t + 2, n, other)
    for n, tally in tallies.items():
        print(tally.row(f"{n} jobs of another kind of the model"))


def failures(kinds: int = 120) -> None:
    """Jobs that fail early at a true rate of 0, 5 and 15 %, learned online; all jobs count for polls and lag."""
    head("With early failures (median 6 s) at a true rate, after 20 jobs; all jobs counted", "rate")
    for rate in (0.0, 0.05, 0.15):
        tallies = {name: Tally() for name in ("rushes", "hazard rule, fixed 5 %", "doubling")}
        for kind in range(kinds):
            rng = random.Random(kind)
            median = MEDIAN * math.exp(rng.uniform(math.log(0.4), math.log(2.5)))
            sigma = rng.uniform(0.20, 0.45)
            pacing = fresh(kind)
            for n in range(20):
                if rng.random() < rate:
                    pacing.fail(KEY)
                else:
                    t = draws(rng, median, sigma, 1)[0]
                    observe(pacing, t - 2, t + 2, n)
            fails = draws(rng, 6.0, 0.7, round(400 * rate))
            times = draws(rng, median, sigma, 400 - len(fails)) + fails
            shape = pacing._base(KEY).curve.shape
            study = Curve.of(Shape(shape.mu, shape.sigma, 0.03, 0.05))
            schedules = (paced(pacing), hazard(study), doubling())
            for tally, schedule in zip(tallies.values(), schedules, strict=True):
                tally.add(schedule, times, fails)
        for name, tally in tallies.items():
            print(tally.row(f"{rate:.0%} {name}"))


def batch(hours: float = 2.0) -> None:
    """Several jobs in flight at one vendor, with and without one list call for all."""
    print("\n### K jobs in flight at once: requests per job and mean lag\n")
    print("| K | doubling | lag | each by itself | lag | one list call | lag |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    pacing = fresh()
    for number, t in enumerate(draws(random.Random(3), MEDIAN, SIGMA, 30)):
        observe(pacing, t - 2, t + 2, number)
    for count in (1, 3, 5, 10, 20):
        cells = []
        for mode in ("doubling", "single", "list"):
            requests, lag = _flight(pacing, count, mode, hours * 3600)
            cells += [f"{requests:.1f}", f"{lag:.2f}"]
        print(f"| {count} | " + " | ".join(cells) + " |")


def _flight(pacing: Pacing, count: int, mode: str, end: float) -> tuple[float, float]:
    """Requests per job and mean lag; a slot is filled again as soon as its job was seen to be done."""
    rng = random.Random(5)
    start = [-rng.random() * MEDIAN for _ in range(count)]
    finish = [at + t for at, t in zip(start, draws(rng, MEDIAN, SIGMA, count), strict=True)]
    ladder = doubling()

    def following(slot: int, now: float) -> float:
        if mode == "doubling":
            return start[slot] + next(each for each in ladder if each > now - start[slot] + 1e-9)
        return now + pacing.plan(
            KEY,
            floor_s=2.0,
            running_for=now - start[slot],
            waited=now - start[slot],
            together=count if mode == "list" else 1,
        )

    due = [following(slot, 0.0) for slot in range(count)]
    requests, lags, called = 0, [], None
    now = 0.0
    while now < end:
        together = list_call(due, called) if mode == "list" else None
        slots = list(range(count)) if together is not None else [due.index(min(due))]
        now = together if together is not None else min(due)
        called = now if together is not None else called
        requests += 1
        for slot in slots:
            if finish[slot] <= now:
                lags.append(now - finish[slot])
                start[slot] = now
                finish[slot] = now + draws(rng, MEDIAN, SIGMA, 1)[0]
            due[slot] = following(slot, now)
    return requests / len(lags), fmean(lags)


def progress(jobs: int = 250) -> None:
    """The vendor's own progress, honest, biased and lying; trust is fitted on 40 logged jobs."""
    head("Vendor's progress used as far as 40 logged jobs show it honest (90–180 s, floor 5 s)", "progress")
    tellers: dict[str, Callable[[random.Random, float], Callable[[float], float]]] = {
        "none": lambda _rng, _total: lambda _t: 0.0,
        "honest, noise 0.30": _teller(0.30),
        "honest, noise 0.15": _teller(0.15),
        "honest, noise 0.08": _teller(0.08),
        "noise 0.08 and always a third too early": _teller(0.08, bias=math.log(1.33)),
        "a timer of 120 s": lambda _rng, _total: lambda t: min(t / 120, 0.99),
        "leaps to a random place and sticks": _sticky,
        "noise 0.60": _teller(0.60),
    }
    for name, teller in tellers.items():
        pacing = _with_progress_log(teller)
        tally = Tally()
        rng = random.Random(77)
        polls, lags = [], []
        for _ in range(jobs):
            total = draws(rng, MEDIAN * 1.5, SIGMA, 1)[0]
            asked, lag = _watched(pacing, total, teller(rng, total))
            polls.append(float(asked))
            lags.append(lag)
        tally.polls, tally.lags, tally.p95s = polls, lags, [quantile(lags, 0.95)]
        honesty = pacing.trust(KEY).honesty(Reading(0.5, 60.0))
        print(tally.row(f"{name} (believed: {honesty:.0%})"))


def _teller(noise: float, bias: float = 0.0) -> Callable[[random.Random, float], Callable[[float], float]]:
    def begin(rng: random.Random, total: float) -> Callable[[float], float]:
        claimed = total * math.exp(noise * rng.gauss(0, 1) - bias)
        return lambda t: min(t / claimed, 0.99)

    return begin


def _sticky(rng: random.Random, _total: float) -> Callable[[float], float]:
    place = rng.uniform(0.1, 0.9)
    return lambda _t: place


def _with_progress_log(teller: Callable[[random.Random, float], Callable[[float], float]]) -> Pacing:
    pacing = fresh(span=(90.0, 180.0))
    rng = random.Random(4)
    samples = []
    for number, total in enumerate(draws(rng, MEDIAN * 1.5, SIGMA, 40)):
        observe(pacing, total - 2, total + 2, number)
        tell = teller(rng, total)
        for t in range(10, int(total), 12):
            samples.append(ProgressSample(KEY, str(number), tell(t), float(t), total))
    pacing.learn_progress(samples)
    return pacing


def _watched(pacing: Pacing, total: float, tell: Callable[[float], float]) -> tuple[int, float]:
    """One job followed with its progress: polls and lag."""
    t, polls = 0.0, 0
    reading: Reading | None = None
    while True:
        t += pacing.plan(KEY, floor_s=5.0, running_for=t, waited=t, reading=reading)
        polls += 1
        if t >= total:
            return polls, t - total
        reading = Reading(tell(t), t)


def whole(kinds: int = 80, jobs: int = 40) -> None:
    """From submit to done, through the vendor's queue (5 s in the mean), as the engine lives it; all jobs counted."""
    head("From submit through a queue of 5 s in the mean, learning online; jobs 11 to 40", "schedule")
    tallies = {name: Tally() for name in ("rushes", "rushes, edited prompts (canaries)", "doubling")}
    bias = []
    for kind in range(kinds):
        rng = random.Random(kind)
        median = MEDIAN * math.exp(rng.uniform(math.log(0.4), math.log(2.5)))
        sigma = rng.uniform(0.20, 0.45)
        lives = [(rng.expovariate(0.2), t) for t in draws(rng, median, sigma, jobs)]
        for name, new_prompt in (("rushes", False), ("rushes, edited prompts (canaries)", True)):
            pacing = fresh(kind)
            seen = [_life(pacing, queue, total, number, new_prompt) for number, (queue, total) in enumerate(lives)]
            _count(tallies[name], seen[10:])
            if not new_prompt:
                bias.append(pacing._base(KEY).curve.quantile(0.5) / median - 1)
        polls, lags = score(doubling(), [queue + total for queue, total in lives[10:]])
        _count(tallies["doubling"], list(zip(polls, lags, strict=True)))
    for name, tally in tallies.items():
        print(tally.row(name))
    print(f"\nThe learned median is off by {fmean(bias):+.1%} in the mean.")


def _count(tally: Tally, seen: Sequence[tuple[int, float]]) -> None:
    tally.polls.append(fmean(polls for polls, _ in seen))
    tally.lags.append(fmean(lag for _, lag in seen))
    tally.p95s.append(quantile([lag for _, lag in seen], 0.95))


def _life(pacing: Pacing, queue: float, total: float, number: int, new_prompt: bool) -> tuple[int, float]:
    """One job from submit to the look that finds it done: polls and lag."""
    watch, now, polls = Watch.begin(0.0), 0.0, 0
    while True:
        running = watch.running_for(now)
        now += pacing.plan(KEY, floor_s=2.0, running_for=running, waited=now, new_prompt=new_prompt)
        polls += 1
        if now >= queue + total:
            pacing.learn(watch.completed(KEY, now, EPOCH + timedelta(minutes=number)))
            return polls, now - queue - total
        watch = watch.saw_running(now) if now >= queue else watch.saw_waiting(now)


def speed() -> None:
    """What planning costs in time: fifty jobs, each polled to its end and learned from."""
    pacing = fresh()
    rng = random.Random(1)
    polls, spent, worst, learning = 0, 0.0, 0.0, 0.0
    for number, total in enumerate(draws(rng, MEDIAN, SIGMA, 200)):
        t = last = 0.0
        while t < total:
            last = t
            began = time.perf_counter()
            t += pacing.plan(KEY, floor_s=2.0, running_for=t, waited=t)
            took = time.perf_counter() - began
            polls, spent, worst = polls + 1, spent + took, max(worst, took)
        began = time.perf_counter()
        observe(pacing, last, t, number)
        learning += time.perf_counter() - began
    began = time.perf_counter()
    for i in range(2000):
        pacing.eta(KEY, i % 150)
    eta = (time.perf_counter() - began) / 2000
    print("\n### Time, this machine\n")
    print(f"planning a poll {spent / polls * 1e3:.3f} ms in the mean ({worst * 1e3:.2f} ms at worst: the first after")
    print(f"a job was learned), learning a job {learning / 200 * 1e3:.3f} ms, an ETA {eta * 1e3:.4f} ms")


def bars(jobs: int = 4000) -> None:
    """How the bar compares with the truth t / T."""
    pacing = fresh()
    rng = random.Random(9)
    for number, t in enumerate(draws(rng, MEDIAN, SIGMA, 30)):
        observe(pacing, t - 2, t + 2, number)
    ahead, by = 0, []
    for total in draws(rng, MEDIAN, SIGMA, jobs):
        t = total * rng.random()
        over = pacing.eta(KEY, t).fraction - t / total
        ahead += over > 0.02
        by.append(max(over, 0.0))
    print("\n### The bar against the truth, at a random moment of a random job\n")
    print(f"more than 2 points ahead in {ahead / jobs:.1%} of moments; ahead by {quantile(by, 0.99):.2f} at P99")


ALL = (front, online, wrong, drift, kin, failures, batch, progress, bars, whole, speed)


def main(names: Sequence[str]) -> None:
    """Runs the named experiments, or all."""
    began = time.perf_counter()
    for experiment in ALL:
        if not names or experiment.__name__ in names:
            experiment()
    print(f"\n{time.perf_counter() - began:.0f} s in all")


if __name__ == "__main__":
    main(sys.argv[1:])
