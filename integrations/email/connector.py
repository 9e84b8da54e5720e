"""E-mail: one mail a document, with e-invoice and PDF, to the mailbox of an accounting program."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..base import BrokenConfiguration, Connector, Delivered, DeliveryError, Payload, TestStep
from . import message, smtp
from .forms import EmailForm


class EmailConnector(Connector):
    key = "email"
    label = gettext_lazy("E-mail")
    initials = "EM"
    description = gettext_lazy(
        "Mails every approved document, e-invoice and PDF, to your accounting program's mailbox."
    )
    can_update = False
    resend_warning = gettext_lazy("May create a second copy behind the mailbox.")
    config_form = EmailForm
    per_client_fields = ("address", "sales_address")

    def push(self, payload: Payload, *, remote: dict, keep) -> Delivered:
        to = message.recipient(payload, self.config)
        if not to:
            raise BrokenConfiguration(_("The mailbox is missing. Enter it in the settings of this integration."))
        if "taken" not in remote:
            smtp.send(message.build(payload, self.config, files=message.chosen(payload, self.config)))
            keep(taken=message.message_id(payload))
        return Delivered(label=_("Mailed to %s") % to)

    def check(self) -> list[TestStep]:
        if not self.config.get("address"):
            return [TestStep(_("Read the configuration"), False, _("The mailbox is missing. Enter it."))]
        steps = []
        for address in dict.fromkeys(filter(None, [self.config["address"], self.config.get("sales_address")])):
            step = _("Ask the mail server about %s") % address
            try:
                smtp.ask(address)
            except DeliveryError as error:
                return [*steps, TestStep(step, False, error.message)]
            steps.append(TestStep(step, True, _("A mail for it would be taken. None was sent.")))
        words = _("Mails come from %s. If the mailbox asks for known senders, allow it there.")
        return [*steps, TestStep(_("Name the sender"), True, words % message.sender())]

    def summary(self, config: dict) -> str:
        return " · ".join(dict.fromkeys(filter(None, [config.get("address"), config.get("sales_address")])))
