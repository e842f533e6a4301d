"""Asking before money is spent. Fails closed: with no terminal, no `--yes` and no `--max-cost`, nothing is sent."""

from __future__ import annotations

import signal
import sys
from argparse import Namespace
from decimal import Decimal, InvalidOperation
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from rushes.cli.exits import Exit, Stop
from rushes.money.budgets import EVERYTHING, OverBudget, SpendingRefused, check_consent
from rushes.money.words import usd

if TYPE_CHECKING:
    from rushes.settings.model import Spending

__all__ = ["pass_budget", "settled", "yes"]


MOST_USD = 1_000_000
"""As in the settings and at the gateway: more is a slip of the finger."""


def _agreed(options: Namespace) -> Decimal | None:
    """What the options alone agree to: a sum, everything, or None."""
    if options.max_cost is not None:
        try:
            limit = Decimal(str(options.max_cost).removeprefix("$"))
        except InvalidOperation:
            limit = Decimal("NaN")
        if not limit.is_finite() or not 0 <= limit <= MOST_USD:
            words = f"--max-cost takes an amount in USD up to {MOST_USD}, not {options.max_cost!r}"
            raise Stop(Exit.USAGE, words)
        return limit
    return EVERYTHING if options.yes else None


def settled(needed: Decimal | None, what: str, options: Namespace, spending: Spending) -> Decimal | None:
    """What is agreed to about a sum: by an option, by the settings, or by a person who is asked now.

    Raises Stop where an option does not cover it, where nobody can be asked, and where the answer is no.
    """
    # What nobody knows the price of is over every limit: it takes a plain yes, whatever the settings allow.
    consent = EVERYTHING if spending.allow_without_asking and needed is not None else None
    consent = consent if (said := _agreed(options)) is None else said
    if consent is None and (needed is None or needed > spending.ask_above_usd):
        return _ask(needed, what)
    try:
        check_consent(needed, consent, spending.ask_above_usd)
    except SpendingRefused as refused:
        covers = f"--max-cost {needed:.2f}" if needed is not None else "--yes in the place of --max-cost"
        raise Stop(Exit.SPENDING, refused.message, hint=f"agree to it with {covers}") from refused
    return consent


def pass_budget(over: OverBudget) -> None:
    """Asks whether a press may pass a budget, this once. Raises it again where nobody can be asked, or may be."""
    if not (over.may_ask and sys.stdin.isatty() and sys.stderr.isatty()):
        raise over
    words = over.message.removesuffix("; nothing was sent")
    if not yes(f"{words}. Pass it this once?"):
        raise over


def _ask(needed: Decimal | None, what: str) -> Decimal:
    """Asks on the terminal. Raises Stop where there is none, or the answer is no."""
    words = "the price is unknown" if needed is None else usd(needed)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        covers = "--yes" if needed is None else f"--yes or --max-cost {needed:.2f}"
        raise Stop(Exit.SPENDING, f"{what}: {words}; nothing was sent", hint=f"agree to it with {covers}")
    if not yes(f"{what}: {words}. Send it?"):
        raise Stop(Exit.SPENDING, "not agreed to; nothing was sent")
    return EVERYTHING if needed is None else needed


def yes(question: str) -> bool:
    """The answer of the person at the terminal. Raises Stop where they would rather leave (Ctrl-C)."""
    # The loop, which hears signals otherwise, stands still while a person thinks.
    bell = signal.set_wakeup_fd(-1)
    before = {number: signal.signal(number, _leave) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip().casefold() in {"y", "yes"}
    except KeyboardInterrupt:
        raise Stop(Exit.INTERRUPTED, "interrupted; nothing was sent or changed", kind="interrupted") from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(bell)


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
