"""What the demo's people say to each other about a few documents."""

from banqup.actions import conversations
from banqup.conversations.models import Audience, Side
from banqup.invoices.models import Invoice


def between(client, *, accountant, owner, assistant) -> None:
    """An open question of the accountant, one that was answered, a note of the office, and a question back."""
    newest = Invoice.objects.of_business(client).order_by("-pk")
    waiting = newest.filter(filename__startswith="lambert", released_at=None).first()
    released = list(newest.exclude(released_at=None).filter(is_sales=False)[:2])
    if waiting is not None:
        conversations.ask(
            invoice=waiting,
            text="Which shop are these folders for? We need it to choose the account.",
            by=accountant,
            side=Side.PARTNER,
        )
    if len(released) == 2:
        booked, queried = released
        asked = conversations.ask(
            invoice=booked, text="Is this for the bakery or for the house?", by=accountant, side=Side.PARTNER
        )
        conversations.answer(question=asked, text="For the bakery: the circuit of the new oven.", by=owner)
        conversations.comment(
            invoice=booked, text="Book it on 611.", by=accountant, side=Side.PARTNER, audience=Audience.OWN
        )
        conversations.comment(invoice=queried, text="The delivery was complete.", by=assistant, side=Side.BUSINESS)
        conversations.ask(
            invoice=queried, text="Can we still deduct the VAT of this one?", by=owner, side=Side.BUSINESS
        )
