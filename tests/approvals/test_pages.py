"""The settings pages of routes, and what the pages of people and documents say of them."""

import pytest
from django.test import Client

from banqup.actions import approval, disputes
from banqup.actions import people as who
from banqup.approvals.models import Route, Sort, Substitute
from banqup.spaces.models import Engagement
from tests.business_space.helpers import form_of
from tests.factories import world

from .helpers import fresh, held_back, route, step


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


SETTINGS = "/s/janssens/settings/approval/"


def entry(*steps, **fields):
    """A posted route; each step as (people, role, from_amount)."""
    posted = {"name": "Posted", "four_eyes": "on", "steps-TOTAL_FORMS": len(steps), "steps-INITIAL_FORMS": 0} | fields
    for index, (named, role, amount) in enumerate(steps):
        posted |= {
            f"steps-{index}-approvers": [person.pk for person in named],
            f"steps-{index}-role": role,
            f"steps-{index}-from_amount": amount,
        }
    return posted


def test_a_route_is_made_changed_moved_and_switched_off(space, people):
    client = browser(people.ada)
    posted = entry(([people.an], "", ""), ([], "PR", "1.500,00"), minimum="1000", sorts=["invoice"])
    assert client.post(SETTINGS + "routes/add/", posted).status_code == 303
    made = Route.objects.get()
    steps = [(one.role, one.from_amount, list(one.approvers.all())) for one in made.steps.all()]
    assert (made.name, made.minimum, made.sorts, steps) == (
        "Posted",
        1000,
        ["invoice"],
        [("", None, [people.an]), ("PR", 1500, [])],
    )
    url = f"{SETTINGS}routes/{made.pk}/"
    assert (
        client.post(url, entry(([people.tom], "", ""), revision="1", name="Changed", minimum="1000")).status_code == 303
    )
    assert client.post(url, entry(([people.an], "", ""), revision="1", name="Stale")).status_code == 422
    assert Route.objects.get().name == "Changed"
    last = route(space, step(people.an), by=people.ada, name="Last", minimum="5", sorts=(Sort.CREDIT_NOTE,))
    hidden = client.post(f"{SETTINGS}routes/{made.pk}/", entry(([people.an], "", ""), revision="2", name="All"))
    assert hidden.status_code == 422  # then nothing would be left for the last
    assert client.post(f"{SETTINGS}routes/{last.pk}/move/", {"way": "up"}).status_code == 303
    assert [one.name for one in Route.objects.all()] == ["Last", "Changed"]
    assert client.post(url + "switch/").status_code == 303
    assert not Route.objects.get(pk=made.pk).is_active


def test_a_dead_end_is_said_at_its_field_and_nothing_is_kept(space, people):
    answer = browser(people.ada).post(SETTINGS + "routes/add/", entry(([people.an], "", ""), ([], "SA", "")))
    words = "Nobody can sign step 2: anybody with the role sales assistant is not active here."
    assert (answer.status_code, Route.objects.count()) == (422, 0)
    assert answer.context["steps"].forms[1].errors == {"approvers": [words]}
    assert words in answer.content.decode()


def test_a_step_is_added_and_removed_without_script_and_keeps_what_was_entered(space, people):
    client = browser(people.ada)
    posted = entry(([people.an], "", ""), ([people.tom], "", "50"))
    page = client.post(SETTINGS + "routes/add/", posted | {"action": "add_step"})
    assert [one["approvers"].value() for one in page.context["steps"]] == [
        [str(people.an.pk)],
        [str(people.tom.pk)],
        None,
    ]
    page = client.post(SETTINGS + "routes/add/", posted | {"remove_step": "0"})
    assert [one["from_amount"].value() for one in page.context["steps"]] == ["50"]
    assert (page.context["form"]["name"].value(), Route.objects.count()) == ("Posted", 0)


@pytest.mark.parametrize("count", ["", "x", "-1", "99999999"])
def test_a_forged_number_of_steps_breaks_nothing(space, people, count):
    for action in ({}, {"action": "add_step"}):
        answer = browser(people.ada).post(
            SETTINGS + "routes/add/", entry(([people.an], "", "")) | {"steps-TOTAL_FORMS": count} | action
        )
        assert answer.status_code in (200, 422)
    assert Route.objects.count() == 0


def test_who_may_only_look_sees_the_routes_and_changes_nothing(space, people):
    made = route(space, step(people.an), by=people.ada, name="Seen")
    client = browser(people.aud)
    assert "Seen" in client.get(SETTINGS).content.decode()
    assert client.get(f"{SETTINGS}routes/{made.pk}/").status_code == 200
    for path in (f"routes/{made.pk}/", f"routes/{made.pk}/switch/", "routes/add/", "substitutes/add/"):
        assert client.post(SETTINGS + path, entry(([people.tom], "", ""))).status_code == 403
    assert (Route.objects.get().revision, Route.objects.get().is_active) == (1, True)


def test_the_page_answers_who_would_have_to_approve(space, people):
    route(space, step(people.an), step(people.tom, from_amount="20000"), by=people.ada, name="Large", minimum="1000")
    client = browser(people.aud)
    asked = {"amount": "12.400,00", "currency": "EUR", "sort": "invoice"}
    text = " ".join(client.get(SETTINGS + "who/", asked).content.decode().split())
    assert "route “Large”" in text and "Not needed at this amount: Tom (only from 20,000.00)." in text
    text = client.get(SETTINGS + "who/", asked | {"amount": "10"}).content.decode()
    assert "no route matches" in text and "An, Bart or Tom" in text
    assert (
        "Nobody can sign this step."
        in client.get(SETTINGS + "who/", asked | {"submitter": people.an.pk}).content.decode()
    )
    assert client.get(SETTINGS + "who/", asked | {"amount": "a lot"}).status_code == 422


def test_a_substitute_is_added_in_the_dialog(space, people):
    today = space.today()
    posted = {"absent": people.an.pk, "substitute": people.piet.pk, "first_day": today, "last_day": today}
    client = browser(people.ada)
    assert client.post(SETTINGS + "substitutes/add/", posted | {"last_day": "1999-01-01"}).status_code == 422
    assert client.post(SETTINGS + "substitutes/add/", posted).status_code == 303
    made = Substitute.objects.get()
    assert client.post(f"{SETTINGS}substitutes/{made.pk}/remove/").status_code == 303
    assert Substitute.objects.count() == 0


def test_the_page_of_people_says_which_route_is_stuck(space, people):
    route(space, step(people.aud), by=people.ada, name="Stuck")
    client, url = browser(people.ada), "/s/janssens/settings/users/"
    assert "Documents get stuck" not in client.get(url).content.decode()
    who.remove(member=people.aud.memberships.get(), by=people.ada)
    text = client.get(url).content.decode()
    assert "Documents get stuck" in text and "Stuck: Nobody can sign step 1" in text


def test_the_business_lets_its_accountant_approve_and_stops_it(space, people):
    engagement = world.engaged(space, world.partner())
    client, url = browser(people.ada), f"/s/janssens/settings/accountant/{engagement.pk}/approval/"
    assert "Let Delvaux Accountants approve for you?" in client.get(url).content.decode()
    for posted, expected in (("1", True), ("", False)):
        assert client.post(url, {"delegate": posted}).status_code == 303
        assert Engagement.objects.get().delegates_approval is expected
    assert browser(people.an).post(url, {"delegate": "1"}).status_code == 403


def test_a_disputed_document_is_approved_on_its_page_with_a_note(space, people):
    invoice = disputes.dispute(invoice=held_back(space), reason="price", by=people.an)
    client, url = browser(people.tom), f"/s/janssens/purchase/{invoice.pk}/approve-disputed/"
    assert "How was it settled?" in client.get(url).content.decode()
    assert client.post(url, {"version": invoice.version}).status_code == 422
    assert client.post(url, {"version": invoice.version, "note": "Half price"}).status_code == 303
    assert fresh(invoice).is_released


def test_an_approver_is_chosen_on_the_page_of_a_document(space, people):
    invoice = held_back(space)
    client, url = browser(people.an), f"/s/janssens/purchase/{invoice.pk}/"
    assert client.post(url + "assign/", {"version": invoice.version, "approver": people.aud.pk}).status_code == 303
    assert "waiting for approval by Aud" in client.get(url).content.decode()
    assert client.post(url + "approve/", {"version": fresh(invoice).version}).status_code == 403
    assert approval.approve(invoice=fresh(invoice), by=people.aud).is_released


def test_who_changes_the_data_on_the_way_to_approval_is_told_that_somebody_else_approves(space, people):
    route(space, step(role="PR"), by=people.ada)
    invoice = held_back(space)
    client, url = browser(people.an), f"/s/janssens/purchase/{invoice.pk}/"
    form = form_of(client.get(url)) | {"buyer_reference": "PO-779"}
    answer = client.post(url + "approve/", form, follow=True)
    assert "Saved, not approved. You entered it, so somebody else approves it." in answer.content.decode()
    assert (fresh(invoice).document.buyer_reference, fresh(invoice).is_released) == ("PO-779", False)
