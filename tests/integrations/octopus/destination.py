"""Octopus' part of the contract test: which documents are booked, and how an answer is lost."""

import contextlib

from django.core.cache import cache

from integrations.booking import Mapping
from tests.fakes.octopus import DOSSIER, Octopus
from tests.fakes.server import lose_answer, path, status

MAPPING = Mapping(
    journals={"purchase": "A1", "sales": "V1"},
    accounts={"purchase": "610000", "sales": "700000"},
    vat={"purchase S 21": "D21", "sales S 21": "21"},
)


class Destination:
    def __init__(self, octopus):
        self.fake, self.consent = octopus, octopus.consent
        self.config = {
            "mode": "booking",
            "sign_in": "consent",
            "dossier": str(DOSSIER),
            "mailbox": "",
            "user": "",
            "booking": MAPPING.as_json(),
        }
        self.secrets = {}

    def documents(self) -> int:
        return len(self.fake.bookings)

    def lose_next_answer(self) -> None:
        self.fake.next(lose_answer(), when=path("/buysellbookings", "POST"))

    def contents(self) -> list[bytes]:
        return [data for each in self.fake.files.values() for data in each.values()]

    @contextlib.contextmanager
    def refusing(self):
        self.fake.next(status(400, b"No."), when=path("/buysellbookings", "POST"))
        yield


@contextlib.contextmanager
def opened(settings, tmp_path, monkeypatch):
    cache.clear()
    with Octopus() as octopus:
        settings.BANQUP_BASE_URLS = octopus.base_urls
        yield Destination(octopus)
