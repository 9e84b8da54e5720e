"""An administration at a fake Exact Online, connected and tested."""

from decimal import Decimal

import pytest

from banqup.einvoicing.model import VatSubtotal
from tests.fakes.exact_online import ExactOnline
from tests.integrations import helpers

from .destination import CONFIG

MAPPING = {
    "journals": {"purchase": "60", "sales": "70"},
    "accounts": {"purchase": "604000", "sales": "700000"},
    "vat": {"purchase S 21": "4", "purchase S 6": "2", "purchase AE 0": "0", "sales S 21": "1"},
    "parties": {},
}


@pytest.fixture
def exact(settings):
    with ExactOnline() as running:
        settings.BANQUP_BASE_URLS = {"exact_online.be": running.url}
        yield running


@pytest.fixture
def connected(space, exact):
    """A function: the integration in that mode, with a standing consent."""

    def make(mode="document", **config):
        made = helpers.integration(
            space, "exact_online", name="Exact Online", config={**CONFIG, "mode": mode, "booking": MAPPING, **config}
        )
        helpers.consented(made, exact.consent)
        return made

    return make


@pytest.fixture
def bought(space):
    """A function: an approved purchase with VAT, `fields` changed."""

    def make(number="2026-0042", **fields):
        return helpers.released(space, number, **{"vat_breakdown": vat("100.00", "21.00"), **fields})

    return make


def vat(base, tax, rate="21", category="S"):
    return (VatSubtotal(category, Decimal(rate), Decimal(base), Decimal(tax)),)
