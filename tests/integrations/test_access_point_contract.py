"""What every access point promises: however badly a sending goes, one message leaves; what comes in is taken once."""

import base64
import json
from datetime import timedelta

import pytest
from django.utils import timezone
from lxml import etree

from integrations import access_points, peppol
from integrations.access_point import Delivery
from integrations.base import (
    BrokenConfiguration,
    DeliveryError,
    Permanent,
    ReconnectNeeded,
    TryAgain,
    UnknownOutcome,
    WaitUntil,
)
from tests.factories import einvoices, network
from tests.fakes import server
from tests.fakes.peppol_mail import Message

OWN, BUYER = "0208:0702451135", "0208:0403019261"


class WorkerDied(BaseException):
    """Not an Exception: nothing may catch it."""


class Keeper:
    """What the worker offers as `keep`; dies at the chosen step, before or after it is kept."""

    def __init__(self, dies_at=None, kept_first=True, kept=()):
        self.remote, self.calls, self.dies_at, self.kept_first = dict(kept), 0, dies_at, kept_first

    def __call__(self, **ids):
        self.calls += 1
        dies = self.calls == self.dies_at
        if dies and not self.kept_first:
            raise WorkerDied
        self.remote.update(ids)
        if dies:
            raise WorkerDied


@pytest.fixture(params=access_points.ACCESS_POINTS)
def key(request):
    return request.param


@pytest.fixture
def opened(key, settings):
    with network.provider(key, settings) as (module, fake):
        yield module, fake


@pytest.fixture
def fake(opened):
    return opened[1]


@pytest.fixture
def api(key, opened):
    module = opened[0]
    return access_points.get(key)(config={**module.CONFIG, "participant": OWN}, secrets=module.SECRETS)


def message(number="V2026-0001", recipient=BUYER, **fields):
    data = einvoices.invoice_bytes(seller=einvoices.BUYER, buyer=einvoices.SELLER, number=number)
    return peppol.outgoing(
        data=data, message_id="m-1", sender=OWN, recipient=recipient, filename="invoice.xml", **fields
    )


def still_ours():
    """No other worker has taken it over."""


def send(api, what=None, keep=None, hold=still_ours):
    keep = keep or Keeper()
    return api.send(what or message(), remote=dict(keep.remote), keep=keep, hold=hold)


def test_its_test_passes_and_leaves_nothing(api, fake):
    steps = api.check()
    assert (len(steps), [step for step in steps if not step.ok], fake.messages) == (2, [], [])


def test_its_test_says_in_words_what_is_wrong(key, opened):
    module, _fake = opened
    known = access_points.get(key)
    for config, secrets in (({}, {}), ({**module.CONFIG, "participant": OWN}, module.WRONG_SECRETS)):
        assert [bool(step.message) for step in known(config=config, secrets=secrets).check() if not step.ok] == [True]
    another = known(config={**module.CONFIG, "participant": BUYER}, secrets=module.SECRETS).check()
    assert ([step.ok for step in another], OWN in another[-1].message) == ([True, False], True)


def test_a_message_leaves_with_our_very_bytes_and_its_kind(api, fake):
    what = message()
    accepted = send(api, what)
    [sent] = fake.sent
    assert (accepted.remote_id, sent.sender, sent.recipient, sent.data) == (sent.id, OWN, BUYER, what.data)
    kind = "Invoice##urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0::2.1"
    assert sent.document_type.endswith(kind)
    assert sent.process.endswith("urn:fdc:peppol.eu:2017:poacc:billing:01:1.0")


def test_sending_twice_sends_once(api, fake):
    keep = Keeper()
    first, second = send(api, keep=keep), send(api, keep=keep)
    assert (first.remote_id, len(fake.sent)) == (second.remote_id, 1)


@pytest.mark.parametrize("kept_first", [True, False], ids=["kept", "not-kept"])
def test_a_crash_at_any_step_and_a_retry_send_once(api, fake, kept_first):
    runs, kept = 0, {}
    while True:
        runs += 1
        # What is kept is not done again; what is not kept is, so the next run gets a step further.
        keep = Keeper(1 if kept_first else runs, kept_first, kept)
        try:
            send(api, keep=keep)
        except WorkerDied:
            kept = keep.remote
            continue
        break
    assert (runs, len(fake.sent)) == (3, 1)


@pytest.mark.parametrize("fault", [server.lose_answer(), server.status(502)], ids=["lost", "502-after-nothing"])
def test_an_answer_that_got_lost_is_looked_for_before_anything_is_sent_again(api, fake, opened, fault):
    keep = Keeper()
    fake.next(fault, when=server.path(opened[0].SENDING, "POST"))
    with pytest.raises(UnknownOutcome):
        send(api, keep=keep)
    fake.settle()
    assert send(api, keep=keep).remote_id == fake.sent[0].id
    assert len(fake.sent) == 1


def lost(api, fake, opened) -> Keeper:
    """What a worker keeps whose message was taken, but who never heard so."""
    keep = Keeper()
    fake.next(server.lose_answer(), when=server.path(opened[0].SENDING, "POST"))
    with pytest.raises(UnknownOutcome):
        send(api, keep=keep)
    return keep


def looking(request) -> bool:
    return request.method == "GET"


@pytest.mark.parametrize("first", [True, False], ids=["listed-first", "listed-last"])
def test_it_is_found_among_however_many_messages_to_the_same_customer(api, fake, opened, first):
    others = [_at_the_fake(fake, number) for number in range(260)]
    if not first:
        fake.messages += others
    keep = lost(api, fake, opened)
    if first:
        fake.messages += others
    ours = next(each for each in fake.sent if each not in others)
    assert send(api, keep=keep).remote_id == ours.id
    assert len(fake.sent) == 261


def _at_the_fake(fake, number) -> Message:
    data = message(number=f"V2025-{number:04}").data
    return Message(fake.new_id(), OWN, BUYER, data, "", "")


@pytest.mark.parametrize("looks", [1, 2, 3])
def test_it_is_found_while_it_is_being_delivered(api, fake, opened, looks):
    keep = lost(api, fake, opened)

    def then_it_goes(running, request):
        reply = running.reply(request)
        running.settle()
        return reply

    fake.next(then_it_goes, when=server.Nth(looks))
    assert send(api, keep=keep).remote_id == fake.sent[0].id
    assert len(fake.sent) == 1


@pytest.mark.parametrize("looks", [1, 2, 3])
@pytest.mark.parametrize("code", [400, 404, 200])
def test_who_is_not_let_look_sends_nothing(api, fake, opened, looks, code):
    keep = lost(api, fake, opened)
    reached, sent = server.Nth(looks), len(fake.requests)
    fake.next(server.status(code, b'{"success": false}'), when=lambda request: looking(request) and reached(request))
    try:
        send(api, keep=keep)
    except TryAgain:
        assert len(fake.requests) == sent + looks
    assert len(fake.sent) == 1


def test_one_that_came_back_written_anew_is_known(api, fake, opened):
    keep = lost(api, fake, opened)
    fake.sent[0].data = etree.tostring(etree.fromstring(fake.sent[0].data), xml_declaration=True, encoding="UTF-8")
    assert send(api, keep=keep).remote_id == fake.sent[0].id
    assert len(fake.sent) == 1


def test_nothing_leaves_once_another_worker_has_taken_over(api, fake, opened):
    def taken_over():
        raise TryAgain("taken over")

    for kept in ({}, {"asked": timezone.now().isoformat()}):
        with pytest.raises(TryAgain, match="taken over"):
            send(api, keep=Keeper(kept=kept), hold=taken_over)
    assert fake.sent == []


def test_another_sending_of_the_same_bytes_is_not_taken_for_this_one(api, fake):
    first = send(api)
    keep = Keeper(kept={"asked": timezone.now().isoformat()})
    again = send(api, message(earlier=[first.remote_id]), keep)
    assert ([each.id for each in fake.sent], again.remote_id) == ([first.remote_id, again.remote_id], again.remote_id)


def test_what_each_answer_means(api, fake, opened):
    meanings = {
        401: ReconnectNeeded,
        403: ReconnectNeeded,
        402: BrokenConfiguration,
        302: BrokenConfiguration,
        413: Permanent,
        400: Permanent,
        503: UnknownOutcome,
    }
    for code, family in meanings.items():
        fake.next(server.status(code, b'{"message": "No"}'), when=server.path(opened[0].SENDING, "POST"))
        with pytest.raises(DeliveryError) as raised:
            send(api)
        assert (code, type(raised.value), raised.value.status) == (code, family, code)
    fake.next(server.html(), when=server.path(opened[0].SENDING, "POST"))
    with pytest.raises(UnknownOutcome):
        send(api)
    fake.next(server.status(429, Retry_After=90))
    asked = timezone.now()
    with pytest.raises(WaitUntil) as raised:
        send(api)
    assert timedelta(seconds=90) <= raised.value.at - asked < timedelta(seconds=150)
    assert fake.sent == []


def test_a_refusal_that_repeats_our_keys_is_kept_without_them(api, fake, opened):
    def repeat(_server, request):
        said = json.dumps({"message": str(request.headers), "errors": {"root": [str(request.headers)]}})
        return server.Reply(400, said.encode(), {"Content-Type": "application/json"})

    fake.next(repeat)
    with pytest.raises(Permanent) as raised:
        send(api)
    kept = raised.value.message + raised.value.excerpt
    basic = base64.b64encode(":".join(opened[0].SECRETS.values()).encode()).decode()
    assert "•••" in kept
    assert not [secret for secret in [*opened[0].SECRETS.values(), basic] if secret in kept]


def test_a_participant_that_the_network_does_not_know(api, fake):
    fake.unreachable.add(BUYER)
    with pytest.raises(Permanent, match=BUYER):
        send(api)
    assert not api.reach(BUYER, **kind()).can_receive
    fake.unreachable.clear()
    fake.other_documents.add(BUYER)
    found = api.reach(BUYER, **kind())
    assert (found.can_receive, "does not receive this kind" in found.words) == (False, True)
    fake.other_documents.clear()
    assert api.reach(BUYER, **kind()).can_receive


def kind():
    what = message()
    return {"root": what.root, "customization": what.customization, "profile": what.profile}


def test_it_says_later_what_became_of_a_message(api, fake):
    sent = send(api).remote_id
    assert api.report(sent) is None
    fake.settle()
    assert api.report(sent).delivery == Delivery.ACCEPTED
    fake.fail(sent, "No such mailbox behind the access point")
    late = api.report(sent)
    assert (late.delivery, late.remote_id) == (Delivery.FAILED, sent)
    assert "No such mailbox" in late.words
    assert api.report("there-is-no-such-message") is None


def test_what_comes_in_is_handed_out_until_it_is_acknowledged(api, fake):
    ids = [fake.arrive(f"<?xml version='1.0' encoding='UTF-8'?><a>é{number}</a>".encode(), to=OWN) for number in "12"]
    fake.arrive(b"<a>somebody else's</a>", to=BUYER)
    for _time in range(2):
        page = api.fetch({})
        assert [each.remote_id for each in page.incoming] == ids
    assert [each.recipient for each in page.incoming] == [OWN, OWN]
    assert page.incoming[0].load().decode().endswith("<a>é1</a>")
    api.acknowledge(ids[0])
    api.acknowledge(ids[0])  # harmless
    assert [each.remote_id for each in api.fetch({}).incoming] == fake.unread(to=OWN) == [ids[1]]


def test_an_inbox_that_does_not_answer_is_asked_again(api, fake):
    for fault in (server.status(500), server.lose_answer(), server.html()):
        fake.next(fault)
        with pytest.raises(TryAgain):
            api.fetch({})


def test_a_call_to_the_webhook_names_what_is_new_and_never_breaks(api, fake):
    fake.arrive(b"<a/>", to=OWN)
    body, headers = fake.announcement(fake.messages[0])
    assert list(api.called(headers, body)) == [fake.messages[0].id]
    for garbage in (b"", b"[]", b"{", b'{"id": 1, "documentId": 2}', b"\xff", b"[" * 100_000):
        assert list(api.called({}, garbage)) == []
