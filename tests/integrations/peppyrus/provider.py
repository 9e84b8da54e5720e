"""Peppyrus's part of the contract test: the fake, and how to set an account up."""

from tests.fakes.peppyrus import Peppyrus

Fake = Peppyrus
# The account of 0208:0702451135.
CONFIG = {"network": "live"}
SECRETS = {"api_key": "key-0702451135"}
WRONG_SECRETS = {"api_key": "key"}
# What a person enters.
FORM = {"network": "live", "api_key": "key-0702451135"}
SENDING = "/message"


def addresses(fake) -> dict[str, str]:
    return {"peppyrus.live": fake.url, "peppyrus.test": fake.url}
