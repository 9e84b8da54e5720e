"""What a person sets up for a mailbox."""

from django import forms
from django.utils.translation import gettext_lazy as _

from . import message


class EmailForm(forms.Form):
    address = forms.EmailField(
        label=_("Mailbox"),
        max_length=254,
        help_text=_("The address where your accounting program takes documents in."),
    )
    sales_address = forms.EmailField(
        label=_("Mailbox for sales"),
        required=False,
        max_length=254,
        help_text=_("Empty: sales documents go to the same mailbox."),
    )
    send = forms.ChoiceField(
        label=_("Attach"),
        required=False,
        initial=message.BOTH,
        choices=[
            (message.BOTH, _("The e-invoice and the PDF")),
            (message.E_INVOICE_ONLY, _("The e-invoice only")),
            (message.PDF_ONLY, _("The PDF only")),
        ],
    )
    appendices = forms.BooleanField(
        label=_("Attach further files too"),
        required=False,
        help_text=_("Time sheets, terms and whatever else came with the document."),
    )
    subject = forms.CharField(
        label=_("Subject"),
        required=False,
        max_length=200,
        help_text=_("Empty: %(pattern)s.") % {"pattern": message.SUBJECT},
    )
    body = forms.CharField(
        label=_("Text"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Empty: one line that names the document. The same fields can be used."),
    )
    megabytes = forms.IntegerField(
        label=_("Largest mail, in MB"),
        required=False,
        initial=message.MEGABYTES,
        min_value=1,
        max_value=50,
        help_text=_("What the mailbox takes. A document that would be larger is not sent, and its history says so."),
    )

    def clean_subject(self):
        return self._pattern("subject") or message.SUBJECT

    def clean_body(self):
        return self._pattern("body")

    def clean_send(self):
        return self.cleaned_data["send"] or message.BOTH

    def clean_megabytes(self):
        return self.cleaned_data["megabytes"] or message.MEGABYTES

    def _pattern(self, name: str) -> str:
        text = self.cleaned_data[name]
        try:
            message.check_text(text)
        except message.TextRefused as error:
            raise forms.ValidationError(str(error)) from error
        return text
