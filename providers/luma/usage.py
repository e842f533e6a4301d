"""What Luma says was used: Dream Machine's balance (`GET /credits`, US cents). Neither of its APIs has use by day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.base import Usage
from providers.catalogue import Catalogue
from providers.errors import Malformed
from providers.luma import DREAM_MACHINE
from providers.reading import units

__all__ = ["PATH", "read_credits"]

PATH = "/credits"


def read_credits(catalogue: Catalogue, data: Mapping[str, Any]) -> Usage:
    """`{credit_balance}`, which pays for the models of that API alone. Raises Malformed without a balance."""
    balance = units(data.get("credit_balance"))
    if balance is None:
        raise Malformed("the balance is missing from the answer")
    models = tuple(each.name for each in catalogue.model if each.api == DREAM_MACHINE.name)
    return Usage(catalogue.unit, balance=balance, models=models)
