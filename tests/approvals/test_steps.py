"""Step after step: who may sign, what a signature is worth, and when it is worth nothing any more."""

import dataclasses
from datetime import timedelta

import pytest

from banqup.actions import approval, disputes, routes, withdrawal
from banqup.actions.refusals import ChangedMeanwhile, NotAllowed, NotCompliant, NotPossible
from banqup.approvals import rules, words
from banqup.approvals.models import Route, Signature, Substitute
from banqup.conversations.models import Notification
from banqup.exports.models import Export
from banqup.invoices.history import timeline
from banqup.invoices.models import Attachment
from tests.factories import einvoices, world

from .helpers import entered, fresh, held_back, named, route, step, who_may


def approved(invoice, by, **more):
    return fresh(approval.approve(invoice=fresh(invoice), by=by, **more), invoice.space)


def told(invoice) -> list[str]:
    return [" ".join(filter(None, [line["who"], line["what"]])) for line in timeline(invoice)]


def test_without_a_route_one_approval_by_anybody_with_the_right_releases(space, people):
    invoice = held_back(space)
    assert who_may(invoice, _all(people)) == {people.an, people.tom, people.bart}
    assert approved(invoice, people.an).is_released
    assert Signature.objects.count() == 0


def _all(people):
    return [getattr(people, name) for name in ("an", "tom", "bart", "piet", "aud", "ada")]


def test_an_intermediate_step_releases_nothing_and_the_next_approver_is_asked(space, people):
    world.integration(space)
    route(space, step(people.an), step(people.aud, people.tom), by=people.ada)
    invoice = held_back(space)
    assert named(invoice) == {people.an} == who_may(invoice, _all(people))
    version = invoice.version
    invoice = approved(invoice, people.an)
    assert (invoice.document_status, invoice.general_status, invoice.released_at) == (
        "VALIDATED",
        "AWAITING_VALIDATION",
        None,
    )
    assert (invoice.version, Export.objects.count(), invoice.attachment(Attachment.Role.E_INVOICE)) == (
        version + 1,
        0,
        None,
    )
    assert told(invoice)[0] == "An approved step 1 of 2"
    asked = Notification.objects.filter(topic="approval_asked").values_list("user", "by")
    assert set(asked) == {(people.an.pk, None), (people.aud.pk, people.an.pk), (people.tom.pk, people.an.pk)}
    assert named(invoice) == {people.aud, people.tom} == who_may(invoice, _all(people))
    invoice = approved(invoice, people.aud)
    assert (invoice.general_status, Export.objects.count(), invoice.approved_by) == ("UNPAID", 1, people.aud)
    assert told(invoice)[0] == "Aud approved step 2 of 2"
    assert [(row.step, row.steps, row.signed_by) for row in rules.last_signed(invoice)] == [
        (1, 2, people.an),
        (2, 2, people.aud),
    ]


def test_the_first_matching_route_counts_and_a_step_below_its_amount_drops_out(space, people):
    other = world.business(slug="ooms", name="Ooms", vat_id="")
    route(space, step(people.tom), by=people.ada, name="Large", minimum="1000")
    route(space, step(people.an), step(people.bart, from_amount="283.22"), by=people.ada, name="Middle", maximum="500")
    route(space, step(people.bart), by=people.ada, name="Rest")
    plan = rules.plan_of(held_back(space))
    assert (plan.route.name, plan.total) == ("Middle", 2)
    cheap = (einvoices.line(1, quantity=1),)
    small = rules.plan_of(held_back(space, number="SMALL", lines=cheap))
    assert (small.route.name, small.total) == ("Middle", 1)
    dear = (einvoices.line(1, quantity=100),)
    assert rules.plan_of(held_back(space, number="DEAR", lines=dear)).route.name == "Large"
    assert rules.plan_of(held_back(other, number="OTHER")).route is None


def test_a_route_can_be_for_some_suppliers_and_some_sorts_of_documents(space, people):
    invoice = held_back(space)
    note = held_back(space, kind="credit_note")
    route(space, step(people.tom), by=people.ada, name="Notes", sorts=(rules.Sort.CREDIT_NOTE,))
    route(space, step(people.bart), by=people.ada, name="Mill", suppliers=(invoice.counterparty,))
    others = held_back(space, number="X", seller=einvoices.party("Elektro Maes", einvoices.enterprise_number(7)))
    found = [rules.plan_of(one).route for one in (invoice, note, others)]
    assert [one and one.name for one in found] == ["Mill", "Notes", None]


def test_amounts_of_a_foreign_currency_are_compared_as_they_stand(space, people):
    route(space, step(people.tom), by=people.ada, minimum="283.22")
    assert rules.plan_of(held_back(space, currency="USD", number="USD-1")).route.name == "Route"


def test_what_stands_in_the_sales_list_takes_no_route(space, people):
    route(space, step(people.tom), by=people.ada)
    seller = world.member(space, "SR")
    space.auto_approve = "never"
    space.save()
    document = einvoices.self_billed(seller=einvoices.BUYER, buyer=einvoices.SELLER)
    invoice = fresh(world.received(space, einvoices.write(document), direction="sales"), space)
    invoice = entered(invoice, seller)
    assert (invoice.kind, invoice.document_status) == ("self_billed_in", "VALIDATED")
    assert approved(invoice, seller).is_released


def test_with_four_eyes_whoever_entered_it_signs_no_step(space, people):
    route(space, step(role="PR"), by=people.ada)
    invoice = entered(held_back(space), people.an)
    assert who_may(invoice, _all(people)) == {people.tom, people.bart} == named(invoice)
    with pytest.raises(NotAllowed, match="You entered it, so somebody else approves it. Ask Bart or Tom."):
        approved(invoice, people.an)
    Route.objects.update(four_eyes=False)
    assert who_may(invoice, _all(people)) == {people.an, people.tom, people.bart}


def test_with_four_eyes_nobody_signs_two_steps_also_not_in_the_place_of_another(space, people):
    route(space, step(people.an, people.tom), step(people.bart, people.tom), by=people.ada)
    away(space, people.bart, people.an)
    invoice = held_back(space)
    assert named(invoice) == {people.an, people.tom}
    invoice = approved(invoice, people.an)
    assert who_may(invoice, _all(people)) == {people.bart, people.tom} == named(invoice)
    with pytest.raises(NotAllowed, match="You approved it already"):
        approved(invoice, people.an)


def away(space, absent, substitute, before=0, after=0):
    today = space.today()
    days = {"first_day": today - timedelta(days=before), "last_day": today + timedelta(days=after)}
    return Substitute.objects.create(space=space, absent=absent, substitute=substitute, **days)


def test_a_substitute_acts_on_their_days_only_and_the_history_says_for_whom(space, people):
    route(space, step(people.an), by=people.ada)
    invoice = held_back(space)
    assert who_may(invoice, _all(people)) == {people.an}
    standing_in = away(space, people.an, people.piet)
    assert who_may(invoice, _all(people)) == {people.an, people.piet}
    Substitute.objects.filter(pk=standing_in.pk).update(
        first_day=space.today() - timedelta(days=2), last_day=space.today() - timedelta(days=1)
    )
    assert who_may(invoice, _all(people)) == {people.an}
    Substitute.objects.filter(pk=standing_in.pk).update(last_day=space.today())
    invoice = approved(invoice, people.piet)
    assert told(invoice)[0] == "Piet approved it in the place of An"
    assert Signature.objects.get().substitute_for == people.an


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_days_of_a_substitute_are_those_of_the_space(space, people, zone, settings):
    space.time_zone = zone
    space.save()
    route(space, step(people.an), by=people.ada)
    away(space, people.an, people.piet)
    assert named(held_back(space)) == {people.an, people.piet}


def test_substitutes_do_not_stand_in_for_substitutes_and_leave_with_their_membership(space, people):
    route(space, step(people.an), by=people.ada)
    invoice = held_back(space)
    away(space, people.an, people.piet)
    away(space, people.piet, people.aud)
    assert who_may(invoice, _all(people)) == {people.an, people.piet}
    people.piet.memberships.all().delete()
    assert who_may(invoice, _all(people)) == {people.an}


def test_an_edit_asks_for_the_signatures_again_and_deletes_none(space, people):
    route(space, step(people.an), step(people.tom), by=people.ada)
    invoice = approved(entered(held_back(space), people.piet), people.an)
    before = invoice.document

    def saved(document):
        return approval.save(invoice=fresh(invoice), document=document, by=people.piet, version=fresh(invoice).version)

    saved(dataclasses.replace(before, buyer_reference="PO-779"))
    assert (named(invoice), Signature.objects.count()) == ({people.an}, 1)
    saved(before)  # what An signed stands there again, to the letter
    assert named(invoice) == {people.tom}


def test_the_approvers_are_asked_when_it_is_their_turn_and_again_when_signatures_are_void(space, people):
    route(space, step(people.an), step(people.tom), by=people.ada)
    invoice = entered(held_back(space), people.piet)

    def asked():
        return list(Notification.objects.order_by("id").values_list("user__name", "by__name"))

    assert asked() == [("An", None)]
    invoice = approved(invoice, people.an)
    changed = dataclasses.replace(invoice.document, buyer_reference="PO-779")
    approval.save(invoice=invoice, document=changed, by=people.piet, version=invoice.version)
    assert asked() == [("An", None), ("Tom", "An"), ("An", "Piet")]


def test_a_changed_route_asks_for_the_signatures_again(space, people):
    made = route(space, step(people.an), step(people.tom), by=people.ada)
    invoice = approved(held_back(space), people.an)
    assert named(invoice) == {people.tom}
    wanted = routes.WantedRoute(name="Route", steps=(step(people.an), step(people.bart)))
    routes.save_route(space=space, wanted=wanted, route=made, by=people.ada)
    assert named(invoice) == {people.an}


def test_a_route_that_is_switched_off_leaves_its_documents_to_the_next(space, people):
    made = route(space, step(people.an), step(people.tom), by=people.ada)
    invoice = approved(held_back(space), people.an)
    routes.switch_route(route=made, active=False, by=people.ada)
    assert named(invoice) == {people.an, people.tom, people.bart}
    routes.switch_route(route=made, active=True, by=people.ada)
    assert named(invoice) == {people.tom}


def test_after_a_withdrawal_every_signature_is_asked_for_again(space, people):
    route(space, step(people.an), step(people.tom), by=people.ada)
    invoice = approved(approved(held_back(space), people.an), people.tom)
    withdrawal.withdraw_approval(invoice=invoice, by=people.an)
    assert named(invoice) == {people.an} == who_may(invoice, _all(people))
    invoice = approved(approved(invoice, people.an), people.tom)
    assert (invoice.is_released, Signature.objects.count(), len(rules.last_signed(invoice))) == (True, 4, 2)


def test_after_a_dispute_that_is_resolved_every_signature_is_asked_for_again(space, people):
    route(space, step(people.an), step(people.tom), by=people.ada)
    invoice = approved(held_back(space), people.an)
    disputes.dispute(invoice=invoice, reason="price", by=people.an)
    disputes.resolve(invoice=fresh(invoice), note="Settled", by=people.an)
    assert named(invoice) == {people.an}


def test_who_signs_the_same_step_second_hears_that_somebody_else_did(space, people):
    route(space, step(people.an, people.tom), step(people.bart), by=people.ada)
    invoice = held_back(space)
    stale = fresh(invoice)
    approved(invoice, people.an)
    with pytest.raises(ChangedMeanwhile) as refused:
        approval.approve(invoice=stale, by=people.tom, version=stale.version)
    assert (refused.value.event.actor, Signature.objects.count()) == (people.an, 1)


def test_a_route_changed_while_the_rules_were_asked_makes_the_approval_void(space, people, monkeypatch):
    made = route(space, step(people.an), by=people.ada)
    invoice, begin = held_back(space), approval.judgement.begin_verdict

    def meanwhile(data):
        wanted = routes.WantedRoute(name="Route", steps=(step(people.an), step(people.tom)))
        routes.save_route(space=space, wanted=wanted, route=made, by=people.ada)
        return begin(data)

    monkeypatch.setattr(approval.judgement, "begin_verdict", meanwhile)
    with pytest.raises(ChangedMeanwhile):
        approval.approve(invoice=invoice, by=people.an)
    assert (fresh(invoice).is_released, Signature.objects.count()) == (False, 0)


def test_what_is_not_compliant_is_not_signed(space, people):
    route(space, step(people.an), step(people.tom), by=people.ada)
    invoice = held_back(space)
    line = dataclasses.replace(invoice.document.lines[0], vat_category="E", vat_rate=einvoices.Decimal(0))
    wrong = dataclasses.replace(invoice.document, lines=(line,))
    saved = approval.save(invoice=invoice, document=wrong, by=people.piet, version=invoice.version)
    with pytest.raises(NotCompliant):
        approved(fresh(saved, space), people.an)
    assert Signature.objects.count() == 0


def test_a_step_that_nobody_can_sign_any_more_says_so(space, people):
    route(space, step(people.aud), by=people.ada)
    invoice = held_back(space)
    people.aud.memberships.all().delete()
    plan = rules.plan_of(invoice)
    assert words.waiting(plan) == "waiting for approval, nobody can give it (step 1 of 1)"
    with pytest.raises(NotAllowed, match="change the route or name a substitute"):
        approved(invoice, people.an)


def test_a_stranger_learns_nothing_from_a_refusal(space, people):
    route(space, step(people.an), by=people.ada)
    invoice = held_back(space)
    stranger = world.member(world.business(slug="ooms", name="Ooms", vat_id=""))
    with pytest.raises(NotAllowed) as refused:
        approved(invoice, stranger)
    assert str(refused.value) == "You may not approve purchase documents here."


def test_a_disputed_document_that_was_never_released_is_approved_with_a_note(space, people):
    invoice = fresh(disputes.dispute(invoice=held_back(space), reason="price", by=people.an), space)
    with pytest.raises(NotPossible, match="Say in the note how it was settled."):
        approved(invoice, people.tom)
    invoice = approved(invoice, people.tom, note="They halved the price.")
    assert (invoice.document_status, invoice.general_status) == ("FULLY_APPROVED", "UNPAID")
    assert timeline(invoice)[0]["comment"] == "They halved the price."


def test_a_disputed_document_that_takes_two_approvals_is_resolved_first(space, people):
    route(space, step(people.an), step(people.tom), by=people.ada)
    invoice = fresh(disputes.dispute(invoice=held_back(space), reason="price", by=people.an), space)
    with pytest.raises(NotPossible, match="It takes 2 approvals. Resolve the dispute first"):
        approved(invoice, people.an, note="Settled")


def test_a_disputed_document_that_was_released_is_not_approved_again(space, people):
    invoice = approved(held_back(space), people.an)
    invoice = fresh(disputes.dispute(invoice=invoice, reason="price", by=people.an), space)
    with pytest.raises(NotPossible):
        approved(invoice, people.an, note="Settled")
