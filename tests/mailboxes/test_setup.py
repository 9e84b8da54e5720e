"""A mailbox is set up, tested for real, used only after that, and forgotten; its password is never shown."""

import html
import re

import pytest
from django.core.management import call_command
from django.test import Client

from banqup.invoices.models import Receipt
from banqup.mailboxes.models import ArrivedMail, Mailbox
from banqup.runtime.metrics import Metrics
from integrations import mailbox_forms, mailbox_polling, mailbox_setup
from integrations.mailbox_setup import SetupRefused
from tests.factories import mails, world
from tests.fakes.imap import hang_up

pytestmark = pytest.mark.django_db
BASE = "/s/janssens/settings/intake/"


@pytest.fixture
def admin(space):
    return world.member(space, "ADM")


@pytest.fixture
def page(admin):
    client = Client()
    client.force_login(admin, backend="django.contrib.auth.backends.ModelBackend")

    def visit(path, data=None, **more):
        return client.get(BASE + path, **more) if data is None else client.post(BASE + path, data, **more)

    return visit


def text(answer) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))


def entered(server, **other) -> dict:
    known = {
        "user": server.user,
        "password": server.password,
        "host": "127.0.0.1",
        "port": server.port,
        "security": "tls",
        "direction": "purchase",
        "folder": "INBOX",
        "done_folder": "Done",
        "refused_folder": "Refused",
    }
    return {**known, **other}


def cleaned(server, **other) -> dict:
    form = mailbox_forms.MailboxForm(entered(server, **other))
    assert form.is_valid(), form.errors
    return form.cleaned_data


# --- pages --------------------------------------------------------------------------------------


def test_a_mailbox_is_added_tested_and_activated_and_then_read(
    page, server, nudges, django_capture_on_commit_callbacks
):
    server.put(mails.mail(("a.pdf", b"%PDF-1.7")))
    answer = page("mailboxes/add/", entered(server))
    made = Mailbox.objects.get()
    path = f"mailboxes/{made.pk}/"
    assert (answer.status_code, answer.url) == (303, BASE + path)
    shown = page(path)
    assert "It is not read before its test has passed." in text(shown)
    assert page(f"{path}activate/", {}, follow=True).status_code == 200
    assert not Mailbox.objects.get().is_active
    shown = text(page(f"{path}test/", {}, follow=True))
    for words in (
        "127.0.0.1 answers, its certificate is trusted, and the connection is encrypted.",
        "The user name and the password are accepted.",
        "1 mail lies in “INBOX”. Nothing was changed there. Once the mailbox is active, all of them are taken in",
        "Made with the first mail that is moved there: “Done”, “Refused”.",
        "The test of facturen@bakkerij.example has passed.",
    ):
        assert words in shown, words
    assert set(server.commands) == {"CAPABILITY", "LOGIN", "NAMESPACE", "EXAMINE", "LIST", "LOGOUT"}
    assert all(step["ms"] >= 0 for step in Mailbox.objects.get().test_steps)
    with django_capture_on_commit_callbacks(execute=True):
        page(f"{path}activate/", {})
    assert ("integrations.tasks.read_mailbox", (made.pk,)) in nudges
    assert mailbox_polling.read(made.pk) == 1
    shown = text(page(path))
    assert "Mails in “INBOX” are taken in every five minutes" in shown
    assert "Factuur 2026-118" in shown and "Taken in: a.pdf" in shown
    assert "1 mailbox is read" in text(page(""))


def test_what_does_not_work_is_said_at_its_step(page, server, space):
    made = mails.mailbox(space, server, is_active=False, activated_at=None, test_passed=None, folder="Facturen")
    shown = text(page(f"mailboxes/{made.pk}/test/", {}, follow=True))
    assert "The test of facturen@bakkerij.example has not passed: The folder “Facturen” can't be opened." in shown
    steps = Mailbox.objects.get().test_steps
    assert [step["ok"] for step in steps] == [True, True, False]
    server.next("LOGIN", hang_up)
    page(f"mailboxes/{made.pk}/test/", {})
    assert [step["ok"] for step in Mailbox.objects.get().test_steps] == [True, False]


def test_the_password_is_never_shown_again(page, server, mailbox):
    shown = page(f"mailboxes/{mailbox.pk}/").content.decode()
    replaced = page(f"mailboxes/{mailbox.pk}/?replace=password").content.decode()
    for answer in (shown, replaced, page("").content.decode()):
        assert html.escape(server.password) not in answer and server.password not in answer
        assert mailbox.sealed_secrets not in answer
    assert 'type="password"' not in shown and 'type="password"' in replaced


def test_settings_are_saved_without_entering_the_password_again_unless_the_server_changes(page, server, mailbox):
    path = f"mailboxes/{mailbox.pk}/"
    assert page(path, entered(server, password="", direction="sales")).status_code == 303
    mailbox.refresh_from_db()
    assert (mailbox.direction, mailbox.read_secrets(), mailbox.test_passed) == (
        "sales",
        {"password": server.password},
        None,
    )
    answer = page(path, entered(server, password="", host="imap.elsewhere.example"))
    assert (answer.status_code, "Enter the password again" in text(answer)) == (422, True)
    mailbox.refresh_from_db()
    assert mailbox.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"host": "imap://mail.example"}, "Enter the server's name only"),
        ({"done_folder": "inbox"}, "Choose three different folders"),
        ({"refused_folder": "Done"}, "Choose three different folders"),
        ({"folder": 'a"b'}, "A folder's name holds no"),
        ({"security": "starttls", "port": "993"}, "Port 993 is for TLS from the start"),
        ({"port": "143"}, "Port 143 is for STARTTLS"),
        ({"password": "two\nlines"}, "Tabs and line breaks"),
        ({"user": ""}, "required"),
    ],
)
def test_what_can_not_be_is_said_at_the_field(page, server, other, words):
    answer = page("mailboxes/add/", entered(server, **other))
    assert (answer.status_code, Mailbox.objects.count()) == (422, 0)
    assert words in text(answer)


def test_a_known_provider_fills_the_form(page):
    shown = page("mailboxes/add/?preset=gmail").content.decode()
    assert 'value="imap.gmail.com"' in shown and 'value="993"' in shown and "app password" in shown
    assert page("mailboxes/add/?preset=nobody").status_code == 200


def test_a_mailbox_is_switched_off_and_forgotten_after_a_question(page, server, mailbox, look):
    server.put(mails.mail(("a.pdf", b"%PDF-1.7")))
    look(mailbox)
    path = f"mailboxes/{mailbox.pk}/"
    assert "What comes stays in the mailbox" in text(page(f"{path}deactivate/"))
    page(f"{path}deactivate/", {})
    assert (Mailbox.objects.get().is_active, mailbox_polling.due()) == (False, [])
    assert "deleted here for good" in text(page(f"{path}forget/"))
    assert page(f"{path}forget/", {}).url == BASE
    assert (Mailbox.objects.count(), Receipt.objects.count()) == (0, 1)
    assert ArrivedMail.objects.get().mailbox is None
    assert "in a mailbox that was forgotten" in text(page("mails/"))


def test_mails_that_were_not_taken_in_are_listed_with_the_reason(page, server, mailbox, look, monkeypatch):
    from integrations import mailbox_pages

    server.put(mails.mail(("part.pdf", b"%PDF-1.7 part"), ("sealed.p7m", b"0"), id="part@x"))
    look(mailbox)
    assert "Taken in only in part: part.pdf" in text(page("mails/?show=refused"))
    ArrivedMail.objects.all().delete()
    server.put(mails.mail(("a.pdf", b"%PDF-1.7")))
    for number in range(3):
        server.put(mails.mail(id=f"{number}@x", subject=f"<b>Brief {number}</b>"))
    look(mailbox)
    assert "3 were not taken in" in text(page(""))
    shown = page("mails/?show=refused").content.decode()
    assert shown.count("Nothing is attached to it.") == 3 and "Factuur 2026-118" not in shown
    assert "&lt;b&gt;Brief 0&lt;/b&gt;" in shown
    monkeypatch.setattr(mailbox_pages.mails, "__kwdefaults__", {**mailbox_pages.mails.__kwdefaults__, "at_most": 3})
    first = page("mails/")
    (more,) = re.findall(r"before=(\d+)", first.content.decode())
    assert "Factuur 2026-118" not in text(first) and "Factuur 2026-118" in text(page(f"mails/?before={more}"))
    assert page("mails/?before=x").status_code == 200


def test_who_may_not_manage_integrations_only_looks(space, server, mailbox):
    client = Client()
    client.force_login(world.member(space, "PR"), backend="django.contrib.auth.backends.ModelBackend")
    path = f"{BASE}mailboxes/{mailbox.pk}/"
    shown = client.get(path)
    assert shown.status_code == 200 and 'type="submit">Save' not in shown.content.decode()
    for post in ("", "test/", "activate/", "deactivate/", "forget/"):
        assert client.post(path + post, entered(server)).status_code == 403
    assert client.get(f"{BASE}mailboxes/add/").status_code == 403
    assert Mailbox.objects.get().is_active and server.commands == []


def test_a_mailbox_that_needs_a_person_counts_in_the_navigation_and_the_notification_leads_there(page, mailbox, admin):
    mailbox_polling.mark(mailbox, "The mail server does not accept the user name.")
    told = admin.notifications.get()
    shown = page("")
    assert "The mail server does not accept the user name." in text(shown)
    notices = Client()
    notices.force_login(admin, backend="django.contrib.auth.backends.ModelBackend")
    answer = notices.get("/s/janssens/notifications/")
    assert "facturen@bakkerij.example has to be connected again" in text(answer)
    assert "Mails wait there. They are taken in once its test has passed." in text(answer)
    from banqup.conversations.notices import address

    assert address(told) == f"{BASE}mailboxes/{mailbox.pk}/"


# --- verbs --------------------------------------------------------------------------------------


def test_two_mailboxes_that_would_take_each_others_mails_are_refused(space, server, admin, mailbox):
    same = mails.mailbox(space, server, is_active=False, activated_at=None, folder="inbox")
    with pytest.raises(SetupRefused, match="is read already"):
        mailbox_setup.activate(mailbox=same, by=admin)
    circle = mails.mailbox(space, server, is_active=False, activated_at=None, folder="done", done_folder="Archive")
    with pytest.raises(SetupRefused, match="moved into it by another one"):
        mailbox_setup.activate(mailbox=circle, by=admin)
    into = cleaned(server, folder="Other", done_folder="INBOX")
    other = mails.mailbox(space, server, folder="Other")
    with pytest.raises(SetupRefused, match="moved into it by another one"):
        mailbox_setup.configure(mailbox=other, cleaned=into, by=admin)
    fine = mails.mailbox(space, server, is_active=False, activated_at=None, folder="Verkoop")
    assert mailbox_setup.activate(mailbox=fine, by=admin).is_active


def test_a_test_whose_settings_change_meanwhile_counts_for_nothing(server, mailbox, admin, monkeypatch):
    steps = mailbox_setup._steps

    def and_change(tried):
        Mailbox.objects.update(folder="Other")
        return steps(tried)

    monkeypatch.setattr(mailbox_setup, "_steps", and_change)
    with pytest.raises(SetupRefused, match="changed during the test"):
        mailbox_setup.test(mailbox=mailbox, by=admin)


def test_a_worker_that_reads_while_the_settings_change_keeps_nothing_more(server, mailbox, look, admin, monkeypatch):
    from integrations import imap

    server.put(mails.mail(("a.pdf", b"%PDF-1.7")))
    fetch = imap.Visit.fetch

    def and_change(self, *args, **kwargs):
        mailbox_setup.configure(mailbox=mailbox, cleaned=cleaned(server, direction="sales"), by=admin)
        return fetch(self, *args, **kwargs)

    monkeypatch.setattr(imap.Visit, "fetch", and_change)
    assert (look(mailbox), Receipt.objects.count(), server.lying_in("Done")) == (0, 0, [])


def test_a_new_key_opens_the_password(mailbox, server, settings):
    from cryptography.fernet import Fernet

    new = Fernet.generate_key().decode()
    settings.BANQUP_SECRET_KEYS = [new, *settings.BANQUP_SECRET_KEYS]
    call_command("rotate_keys")
    settings.BANQUP_SECRET_KEYS = [new]
    assert Mailbox.objects.get().read_secrets() == {"password": server.password}


def test_the_sealed_password_of_one_mailbox_opens_in_no_other(mailbox, space, server):
    from banqup.common.secrets import SecretsUnreadable

    other = mails.mailbox(space, server)
    Mailbox.objects.filter(pk=other.pk).update(sealed_secrets=mailbox.sealed_secrets)
    with pytest.raises(SecretsUnreadable):
        Mailbox.objects.get(pk=other.pk).read_secrets()


def test_operators_see_how_mailboxes_do(mailbox, space, server):
    mails.mailbox(space, server, attention="The password is wrong.")
    mails.mailbox(space, server, is_active=False, activated_at=None)
    told = Metrics().text().decode()
    assert 'banqup_mailboxes{state="active"} 2.0' in told and 'banqup_mailboxes{state="off"} 1.0' in told
    assert "banqup_mailboxes_needing_attention 1.0" in told
    assert re.search(r"banqup_mailbox_oldest_due_seconds \d", told)


def test_an_admin_sees_mailboxes_without_their_passwords_tests_them_and_switches_them_off(
    client, mailbox, server, look
):
    server.put(mails.mail(("a.pdf", b"%PDF-1.7")))
    look(mailbox)
    client.force_login(world.user("root@example.com", is_staff=True, is_superuser=True))
    for address in ("mailbox/", f"mailbox/{mailbox.pk}/change/", "arrivedmail/"):
        answer = client.get(f"/admin/mailboxes/{address}")
        assert answer.status_code == 200
        assert mailbox.sealed_secrets not in answer.content.decode()
        assert server.password not in html.unescape(answer.content.decode())
    row = ArrivedMail.objects.get()
    assert "a.pdf" in client.get(f"/admin/mailboxes/arrivedmail/{row.pk}/change/").content.decode()
    for action in ("test_now", "switch_off"):
        client.post("/admin/mailboxes/mailbox/", {"action": action, "_selected_action": [mailbox.pk]})
    mailbox.refresh_from_db()
    assert (mailbox.test_passed, len(mailbox.test_steps), mailbox.is_active) == (True, 4, False)
