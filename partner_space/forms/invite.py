"""Which business to invite: found by its address, or by somebody who works there."""

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from banqup.spaces.models import Space


class InviteClientForm(forms.Form):
    who = forms.CharField(
        label=lazy("Client"),
        max_length=254,
        help_text=lazy(
            "The address of their space (bakkerij-janssens), or the e-mail address of somebody who works there."
        ),
    )

    def clean_who(self):
        """One business space."""
        who = self.cleaned_data["who"].strip().lower()
        slug = who.rstrip("/").rpartition("/")[2]
        by_person = Q(memberships__user__email__iexact=who, memberships__user__is_active=True)
        businesses = Space.objects.filter(kind=Space.Kind.BUSINESS)
        found = list(businesses.filter(Q(slug=slug) | by_person).distinct()[:2])
        if not found:
            words = _("No business space has this address or member. Ask your client for the address of their space.")
            raise forms.ValidationError(words)
        if len(found) > 1:
            words = _("This person works in more than one business space. Enter the address of the one you mean.")
            raise forms.ValidationError(words)
        self.business = found[0]
        return who
