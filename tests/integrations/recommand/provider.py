"""Recommand's part of the contract test: the fake, and how to set an account up."""

from tests.fakes.recommand import Recommand

Fake = Recommand
# The account of 0208:0702451135.
CONFIG = {"company_id": "c_0702451135"}
SECRETS = {"api_key": "key-0702451135", "api_secret": "secret"}
WRONG_SECRETS = {"api_key": "key-0702451135", "api_secret": "wrong"}
# What a person enters.
FORM = {"company_id": "c_0702451135", "api_key": "key-0702451135", "api_secret": "secret"}
SENDING = "/c_0702451135/send"


def addresses(fake) -> dict[str, str]:
    return {"recommand.api": fake.url}
