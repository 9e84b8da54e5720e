"""The comments, the notifications and the choice of mail, as pages of both spaces."""

import pytest
from django.urls import reverse

from banqup.actions import conversations, engagements
from banqup.conversations import threads
from banqup.conversations.models import Audience, Comment, MailChoice, Notification, Side
from tests.factories import world
from tests.partner_space.helpers import HTMX, page, texts, undecided, words

pytestmark = pytest.mark.django_db
SAID = "//li[contains(@class, 'comment')]//p[contains(@class, 'comment__text')]"


@pytest.fixture
def ans(browser, an):
    return browser(an)


@pytest.fixture
def sofies(browser, sofie):
    return browser(sofie)


def office_url(invoice, office, name="document_comments"):
    return reverse(f"partner:{name}", args=[office.slug, invoice.pk])


def business_url(invoice, name="comments"):
    return reverse(f"business:purchase_{name}", args=[invoice.space.slug, invoice.pk])


def asks(response):
    return texts(response, "//*[@id='asks']/span")


def nav(response):
    items = [item for group in response.context["shell"].nav for item in group["items"]]
    return next(item["count"] for item in items if item["label"] == "Comments")


def test_a_question_shows_everywhere_until_it_is_answered(invoice, question, ans, sofies, office):
    home, listed = reverse("business:home", args=["janssens"]), reverse("business:purchase_list", args=["janssens"])
    documents = reverse("partner:documents", args=["delvaux"])
    assert "Is this for the shop or private?" in words(
        page(ans.get(home)).xpath("//section[@aria-labelledby='asked']")[0]
    )
    assert "Your accountant asks" in ans.get(listed).text
    assert "Waiting for the client's answer" in words(page(sofies.get(documents)))
    assert asks(sofies.get(office_url(invoice, office, "document"))) == ["Waiting for the client's answer"]
    answer = ans.post(business_url(invoice), {"answers": question.pk, "text": "For the shop."}, follow=True)
    assert asks(answer) == []
    assert "Your accountant asks" not in ans.get(home).text + ans.get(listed).text
    assert "Waiting for the client" not in words(page(sofies.get(documents)))
    assert texts(sofies.get(office_url(invoice, office)), SAID) == ["Is this for the shop or private?", "For the shop."]


def test_client_documents_can_be_narrowed_to_those_that_wait_for_an_answer(invoice, question, sofies, bakery, office):
    undecided(bakery, "A-2")
    listed = sofies.get(reverse("partner:documents", args=["delvaux"]), {"tab": "all", "asked": "client"})
    assert texts(listed, "//tr[starts-with(@id, 'invoice-')]/td[contains(@class, 'priority-2')][1]") == [invoice.number]
    assert texts(listed, "//a[contains(@class, 'chip--on')]") == ["Waiting for the client's answer 1 Remove"]
    none = sofies.get(reverse("partner:documents", args=["delvaux"]), {"tab": "all", "asked": "accountant"})
    assert none.context["groups"] == []


def test_what_is_unread_is_counted_until_the_comments_were_opened(invoice, question, ans, bakery):
    listed = reverse("business:purchase_list", args=["janssens"])
    assert nav(ans.get(listed)) == "1"
    assert texts(ans.get(listed), "//span[contains(@class, 'unread')]") == ["1 unread comment"]
    bell = ans.get(listed).context["shell"].notifications
    ans.get(business_url(invoice), headers=HTMX)
    assert (bell, ans.get(listed).context["shell"].notifications) == (1, 0)
    assert nav(ans.get(listed)) is None
    assert texts(ans.get(listed), "//span[contains(@class, 'unread')]") == []


def test_the_review_desk_opens_the_comments_only_when_asked(bakery, engagement, sofie, an, ans):
    waiting = undecided(bakery)
    conversations.ask(invoice=waiting, text="Whose is it?", by=sofie, side=Side.PARTNER)
    member = an.memberships.get()
    desk = ans.get(waiting.get_absolute_url())
    assert asks(desk) == ["Your accountant asks"] and texts(desk, SAID) == []
    assert threads.unread_documents(member) == 1
    assert texts(ans.get(waiting.get_absolute_url() + "?pane=comments"), SAID) == ["Whose is it?"]
    assert threads.unread_documents(member) == 0


def test_htmx_gets_the_comments_again_with_the_marks_of_the_page(invoice, question, ans):
    answer = ans.post(business_url(invoice), {"answers": question.pk, "text": "For the shop."}, headers=HTMX)
    assert (answer.status_code, "<html" in answer.text) == (200, False)
    assert texts(answer, SAID)[-1] == "For the shop."
    assert page(answer).xpath("//*[@id='asks']/@hx-swap-oob") == ["true"]


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_refused_comment_keeps_what_was_typed_and_for_whom(invoice, an, ans, headers):
    text = "x" * 4001
    answer = ans.post(business_url(invoice), {"text": text, "kind": "own"}, headers=headers)
    found = page(answer)
    assert answer.status_code == 422
    assert found.xpath("//*[@id='comment-text-new']")[0].text.strip() == text
    assert found.xpath("//input[@name='kind'][@checked]/@value") == ["own"]
    assert "at most 4000 characters" in words(found.xpath("//*[@id='comment-error-new']")[0])
    assert not Comment.objects.exists()


def test_an_answer_that_comes_too_late_is_kept_in_its_form(invoice, question, an, ans):
    conversations.answer(question=question, text="First", by=an)
    late = ans.post(business_url(invoice), {"answers": question.pk, "text": "Second"})
    assert (late.status_code, "This question is closed already." in late.text) == (422, True)
    assert page(late).xpath("//*[@id='comment-text-new']")[0].text.strip() == "Second"


def test_markup_is_shown_as_text(invoice, an, ans, sofies, office):
    text = "<script>alert(1)</script> https://example.com/"
    ans.post(business_url(invoice), {"text": text, "kind": "shared"})
    shown = sofies.get(office_url(invoice, office))
    assert texts(shown, SAID) == [text]
    assert page(shown).xpath("//*[@id='comments']//script | //*[@id='comments']//a") == []


def test_a_note_is_on_no_page_of_the_other_side(invoice, an, sofie, ans, sofies, office):
    conversations.comment(invoice=invoice, text="SECRET", by=sofie, side=Side.PARTNER, audience=Audience.OWN)
    assert "SECRET" in sofies.get(office_url(invoice, office)).text
    slug = ["janssens"]
    pages = [business_url(invoice), invoice.get_absolute_url(), reverse("business:home", args=slug)]
    pages += [
        reverse(f"business:{name}", args=slug) for name in ("comments", "notifications", "purchase_list", "history")
    ]
    for url in pages:
        text = ans.get(url).text
        assert "SECRET" not in text and "unread comment" not in text and "Note for one side" not in text, url


def test_read_only_people_read_and_do_not_write(invoice, question, bakery, browser):
    auditor = browser(world.member(bakery, "AUD"))
    shown = auditor.get(business_url(invoice))
    assert texts(shown, SAID) == ["Is this for the shop or private?"]
    assert page(shown).xpath("//*[@id='comments']//form") == []
    assert "You may read the comments, not write any." in shown.text
    assert auditor.post(business_url(invoice), {"text": "x"}).status_code == 403
    assert Comment.objects.count() == 1


def test_a_question_of_another_document_is_not_answered_here(invoice, question, bakery, ans):
    other = undecided(bakery)
    answer = ans.post(business_url(other), {"answers": question.pk, "text": "x"})
    assert (answer.status_code, "This question is not there." in answer.text) == (422, True)
    question.refresh_from_db()
    assert question.is_open


def test_the_page_of_all_comments_sorts_them_by_who_must_act(invoice, question, an, ans, sofies):
    ours = ans.get(reverse("business:comments", args=["janssens"]))
    assert [len(section["rows"]) for section in ours.context["sections"]] == [1, 1, 0]
    theirs = sofies.get(reverse("partner:comments", args=["delvaux"]))
    assert [len(section["rows"]) for section in theirs.context["sections"]] == [0, 0, 1]


# --- notifications ----------------------------------------------------------------------------------


def test_a_notification_leads_to_its_document_and_counts_as_read(question, an, ans):
    told = Notification.objects.get()
    listed = ans.get(reverse("business:notifications", args=["janssens"]))
    assert f"Sofie Delvaux asks you about {question.invoice.title}" in listed.text
    opened = ans.get(reverse("business:notification", args=["janssens", told.pk]))
    assert (opened.status_code, opened.url) == (303, question.invoice.get_absolute_url())
    assert ans.get(reverse("business:notifications", args=["janssens"])).context["unread"] == 0


def test_an_accountants_notification_leads_to_the_document_in_the_office(question, an, sofies, office):
    conversations.answer(question=question, text="For the shop.", by=an)
    told = Notification.objects.latest("pk")
    opened = sofies.get(reverse("partner:notification", args=["delvaux", told.pk]))
    assert opened.url == office_url(question.invoice, office, "document")


def test_unread_notifications_come_first_and_all_can_be_marked(invoice, an, sofie, ans):
    for text in ("One", "Two", "Three"):
        conversations.ask(invoice=invoice, text=text, by=sofie, side=Side.PARTNER)
    url, mark = (reverse(f"business:{name}", args=["janssens"]) for name in ("notifications", "notifications_read"))
    newest = Notification.objects.latest("pk")
    assert ans.post(mark, {"pk": newest.pk}).status_code == 303
    assert [told["excerpt"] for told in ans.get(url).context["told"]] == ["Two", "One", "Three"]
    ans.post(mark)
    assert [told["excerpt"] for told in ans.get(url).context["told"]] == ["Three", "Two", "One"]
    assert ans.get(url).context["unread"] == 0


def test_nobody_sees_or_marks_the_notifications_of_another(question, bakery, browser):
    colleague = browser(world.member(bakery, "PR"))
    told = Notification.objects.get()
    assert colleague.get(reverse("business:notification", args=["janssens", told.pk])).status_code == 404
    colleague.post(reverse("business:notifications_read", args=["janssens"]), {"pk": told.pk})
    assert Notification.objects.get().read_at is None


def test_after_the_engagement_an_accountant_sees_nothing_of_it(question, an, engagement, sofies, office):
    conversations.answer(question=question, text="For the shop.", by=an)
    told = Notification.objects.latest("pk")
    engagements.end(engagement=engagement, by=world.member(question.space, "ADM"))
    assert sofies.get(reverse("partner:notifications", args=["delvaux"])).context["told"] == []
    assert sofies.get(reverse("partner:notification", args=["delvaux", told.pk])).status_code == 404
    assert sofies.get(office_url(question.invoice, office)).status_code == 404


@pytest.mark.parametrize("space", ["business", "partner"])
def test_each_person_chooses_when_mail_comes(invoice, ans, sofies, an, sofie, space):
    client, person = (ans, an) if space == "business" else (sofies, sofie)
    member = person.memberships.get()
    url = reverse(f"{space}:mail_choices", args=[member.space.slug])
    assert page(client.get(url)).xpath("//input[@name='asked' or @name='other'][@checked]/@value") == [
        "at_once",
        "daily",
    ]
    assert client.post(url, {"asked": "daily", "other": "never"}).status_code == 303
    assert list(MailChoice.objects.values_list("user", "space", "asked", "other")) == [
        (person.pk, member.space_id, "daily", "never")
    ]
    assert client.post(url, {"asked": "hourly", "other": "never"}).status_code == 422
