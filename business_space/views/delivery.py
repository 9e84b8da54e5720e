"""Decisions that bring a document to its customer, or the money for it: each a dialog, and a page without script."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from banqup.actions import letters, reissuing, reminding, transmitting
from banqup.actions.rights import may_approve, may_edit
from banqup.spaces.roles import Capability
from business_space import consequences_delivery as consequences
from business_space.forms import delivery as forms
from business_space.forms.decisions import DecisionForm
from business_space.space import in_space

from .decisions import Decision, decide


def _resend(*, invoice, way, by):
    return transmitting.resend(invoice=invoice, way=way, by=by)


def _send_copy(*, invoice, to, by):
    letters.send_copy(invoice=invoice, to=to, by=by)
    return invoice


def _remind(*, invoice, by):
    reminding.remind(invoice=invoice, by=by)
    return invoice


def _reissue(*, invoice, by):
    reissuing.reissue(invoice=invoice, by=by)
    return invoice


def _copied(before, after, entered) -> str:
    to = entered["to"] or letters.address_of(before)
    return _("A copy of %(title)s is being mailed to %(to)s.") % {"title": after.title, "to": to}


RESEND = Decision(
    name="resend_customer",
    title=lazy("Resend to customer"),
    verb=_resend,
    form=forms.ResendForm,
    capability=may_approve,
    will_happen=consequences.of_resend,
    said=lambda before, after, entered: _("%s is being sent again.") % after.title,
    submit=lazy("Resend"),
    takes_version=False,
)
RECEIVED = Decision(
    name="mark_received",
    title=lazy("Mark as received"),
    verb=transmitting.mark_received,
    form=forms.ReceivedForm,
    capability=may_approve,
    will_happen=consequences.of_arrival,
    said=lambda before, after, entered: _("%s is marked as received.") % after.title,
    takes_version=False,
)
COPY = Decision(
    name="send_copy",
    title=lazy("Send a copy by e-mail"),
    verb=_send_copy,
    form=forms.CopyForm,
    capability=may_edit,
    will_happen=consequences.of_copy,
    said=_copied,
    submit=lazy("Send the copy"),
    takes_version=False,
)
REMIND = Decision(
    name="remind",
    title=lazy("Remind the customer"),
    verb=_remind,
    form=DecisionForm,
    capability=lambda invoice: Capability.PAY_SALES,
    will_happen=consequences.of_reminder,
    said=lambda before, after, entered: _("A reminder of %s is being mailed.") % after.title,
    submit=lazy("Remind"),
    takes_version=False,
)
REISSUE = Decision(
    name="reissue",
    title=lazy("Credit and issue again"),
    verb=_reissue,
    form=DecisionForm,
    capability=may_edit,
    will_happen=consequences.of_reissue,
    said=lambda before, after, entered: _("The drafts are ready under “Belongs together”. Correct and send them."),
    submit=lazy("Make the drafts"),
    takes_version=False,
)


@in_space
def resend_customer(request, side, pk):
    return decide(request, side, pk, RESEND)


@in_space
def mark_received(request, side, pk):
    return decide(request, side, pk, RECEIVED)


@in_space
def send_copy(request, side, pk):
    return decide(request, side, pk, COPY)


@in_space
def remind(request, side, pk):
    return decide(request, side, pk, REMIND)


@in_space
def reissue(request, side, pk):
    return decide(request, side, pk, REISSUE)
