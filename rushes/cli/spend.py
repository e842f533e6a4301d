"""`spend`: what was quoted, estimated and charged; the budgets; the ledger as CSV; the vendors' figures beside ours."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from rushes.atomic import write_atomically
from rushes.cli.exits import Exit, Stop
from rushes.cli.output import counted, print_json, say, table
from rushes.cli.places import table_place
from rushes.cli.session import engine_of, run_verb
from rushes.home import Home
from rushes.interface import Accounts, Engine
from rushes.money.accounts import HEADS, Spend, as_csv, month_of
from rushes.money.books import Group, Sums
from rushes.money.budgets import Bar
from rushes.money.reconcile import Reconciled
from rushes.money.words import usd
from rushes.pool import UnknownProvider

__all__ = ["spend"]

BEGINNING = date(2020, 1, 1)
"""Before the first clip that any of these vendors sold."""


def spend(home: Home, options: Namespace) -> int:
    """Runs the verb."""
    return run_verb(lambda: _run(home, options))


async def _run(home: Home, options: Namespace) -> int:
    async with engine_of(home) as engine:
        accounts = engine.accounts
        if options.provider:
            _known(engine, options.provider)
        first, last = _span(options, accounts.today())
        if options.csv is not None:
            return await _csv(accounts, options, first, last)
        if options.reconcile:
            found = await accounts.reconcile(first, last, provider=options.provider)
            return _tell_reconciled(found, first, last, as_json=options.json)
        figures = await accounts.spend(first, last, provider=options.provider, practice=options.practice)
        bars, warnings = await accounts.bars(), await accounts.warnings()
        _tell(figures, bars, warnings, options)
        return Exit.DONE


def _known(engine: Engine, name: str) -> None:
    try:
        engine.catalogue(name)
    except UnknownProvider as error:
        raise Stop(Exit.USAGE, str(error)) from error


# ── which days ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _span(options: Namespace, today: date) -> tuple[date, date]:
    if options.day is not None:
        day = _parsed(options.day, "%Y-%m-%d", "--day takes a day such as 2026-11-22") if options.day else today
        return day, day
    if options.days is not None:
        return today - timedelta(days=options.days - 1), today
    if options.all:
        return BEGINNING, today
    return month_of(
        _parsed(options.month, "%Y-%m", "--month takes a month such as 2026-11") if options.month else today
    )


def _parsed(text: str, form: str, wrong: str) -> date:
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day of the calendar has no zone
    except ValueError:
        raise Stop(Exit.USAGE, f"{wrong}, not {text!r}") from None


# ── for programs ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def _csv(accounts: Accounts, options: Namespace, first: date, last: date) -> int:
    path = table_place(options, HEADS)
    entries = await accounts.entries(first, last, provider=options.provider, practice=options.practice)
    text = as_csv(entries)
    if path is None:
        sys.stdout.write(text)
        return Exit.DONE
    write_atomically(path, text.encode())
    if options.json:
        print_json({"file": str(path), "entries": len(entries)})
    else:
        say(f"{counted(len(entries), 'entry', 'entries')} written to {path}", quiet=options.quiet)
    return Exit.DONE


def _json(figures: Spend, bars: Sequence[Bar], warnings: Sequence[str]) -> dict[str, Any]:
    flying = figures.flying
    return {
        "first": figures.first.isoformat(),
        "last": figures.last.isoformat(),
        "total": _sums(figures.total),
        "takes": figures.takes,
        "kept": figures.kept,
        "per_kept_usd": _number(figures.per_kept),
        "in_flight": {"tasks": flying.tasks, "usd": float(flying.usd), "unknown": flying.unknown},
        "days": [{"day": day.isoformat(), **_sums(sums)} for day, sums in figures.days],
        "providers": [_group(each) for each in figures.providers],
        "models": [_group(each) for each in figures.models],
        "tags": [_group(each) for each in figures.tags],
        "budgets": [
            {"name": bar.name, "used": float(bar.used), "limit": float(bar.limit), "unit": bar.unit} for bar in bars
        ],
        "warnings": list(warnings),
    }


def _sums(sums: Sums) -> dict[str, Any]:
    return {
        "quoted_usd": float(sums.quoted),
        "estimated_usd": float(sums.estimated),
        "charged_usd": float(sums.charged),
        "refunded_usd": float(sums.refunded),
        "unsettled_usd": float(sums.unsettled),
        "presses": sums.presses,
        "unknown": sums.unknown,
    }


def _group(group: Group) -> dict[str, Any]:
    about = {"takes": group.takes, "kept": group.kept, "per_kept_usd": _number(group.per_kept)}
    return {"name": group.name, **_sums(group.sums), **about}


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else round(float(amount), 6)


# ── for people ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _tell(figures: Spend, bars: Sequence[Bar], warnings: Sequence[str], options: Namespace) -> None:
    if options.json:
        print_json({"practice": options.practice, **_json(figures, bars, warnings)})
        return
    total, flying = figures.total, figures.flying
    if options.practice:
        print("practice with the sandbox: nothing of this was paid")
    print(f"{_days(figures.first, figures.last)}: {usd(total.charged)} charged ({total.presses} sent)")
    print(f"quoted {usd(total.quoted)} · estimated {usd(total.estimated)} · given back {usd(total.refunded)}")
    if total.unknown:
        print(f"{total.unknown} of them without a known price: the sums are too small by what those cost")
    if total.unsettled:
        print(f"{usd(total.unsettled)} more may have been charged: answers were lost, or tasks given up")
    if flying.tasks:
        print(f"in flight: {flying.tasks}, which may cost another {usd(flying.usd)}")
    if figures.per_kept is not None:
        print(f"{figures.kept} of {figures.takes} takes kept (★★★★ or more): {usd(figures.per_kept)} each")
    for title, groups in (("provider", figures.providers), ("model", figures.models), ("tag", figures.tags)):
        _groups(title, groups)
    _by_day(figures)
    for bar in bars:
        print(f"budget, {bar.name}: {bar.words()}")
    for each in warnings:
        say(f"rushes: {each}")


def _days(first: date, last: date) -> str:
    if first == last:
        return first.isoformat()
    whole = (first, last) == month_of(first)
    return f"{first:%Y-%m}" if whole else f"{first.isoformat()} to {last.isoformat()}"


def _groups(title: str, groups: Sequence[Group]) -> None:
    if not groups:
        return
    print()
    rows = [
        (
            each.name,
            usd(each.sums.charged),
            usd(each.sums.quoted),
            str(each.takes),
            str(each.kept),
            "–" if each.per_kept is None else usd(each.per_kept),
        )
        for each in groups
    ]
    table(rows, (title, "charged", "quoted", "takes", "kept", "each kept"))


def _by_day(figures: Spend) -> None:
    if figures.first != figures.last and figures.days:
        print()
        rows = [(day.isoformat(), usd(sums.charged), str(sums.presses)) for day, sums in figures.days]
        table(rows, ("day", "charged", "sent"))


# ── reconciling ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _tell_reconciled(found: Sequence[Reconciled], first: date, last: date, *, as_json: bool) -> int:
    """9 where a vendor could not be asked, else 0: a difference is something to look at, and no failure."""
    if as_json:
        about = {"first": first.isoformat(), "last": last.isoformat()}
        print_json({**about, "providers": [_reconciled(each) for each in found]})
    else:
        for each in found:
            _print_reconciled(each)
        if not found:
            say("no provider with a key can be asked")
    return Exit.NETWORK if any(each.problem for each in found) else Exit.DONE


def _reconciled(each: Reconciled) -> dict[str, Any]:
    since = each.since
    return {
        "provider": each.provider,
        "agrees": each.agrees,
        "problem": each.problem or None,
        "balance_usd": _number(each.balance),
        "days": None
        if each.days is None
        else [
            {
                "day": line.day.isoformat(),
                "model": line.model,
                "vendor_usd": float(line.theirs),
                "booked_usd": float(line.ours),
                "difference_usd": float(line.difference),
            }
            for line in each.days
        ],
        "since_last": None
        if since is None
        else {"fell_usd": float(since.fell), "booked_usd": float(since.booked), "agrees": since.agrees},
        "hints": list(each.hints),
    }


def _print_reconciled(each: Reconciled) -> None:
    if each.problem:
        print(f"{each.provider}: cannot be compared; {each.problem}")
        return
    balance = "" if each.balance is None else f", {usd(each.balance)} left in the account"
    print(f"{each.provider}: {'agrees' if each.agrees else 'differs'}{balance}")
    if each.days is None:
        print("  the vendor tells nothing by day; its balance is compared from one reading to the next")
    if each.since is not None:
        print(
            f"  since {each.since.read_at:%Y-%m-%d %H:%M}: the balance fell by {usd(each.since.fell)}, "
            f"{usd(each.since.booked)} was booked"
        )
    if each.differences:
        rows = [
            (line.day.isoformat(), line.model, usd(line.theirs), usd(line.ours), usd(line.difference))
            for line in each.differences
        ]
        table(rows, ("  day", "model", "vendor", "booked", "difference"))
    for hint in each.hints:
        print(f"  perhaps: {hint}")
