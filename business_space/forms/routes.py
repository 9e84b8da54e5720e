"""Forms of approval routes: a route with its steps, a substitute, and the question who would have to approve."""

from django import forms
from django.utils.translation import gettext_lazy as _

from banqup.actions.routes import MOST_STEPS, WantedRoute, WantedStep
from banqup.approvals.models import Sort
from banqup.approvals.rules import Circle
from banqup.contacts.models import Contact
from banqup.spaces.models import User
from banqup.spaces.roles import BUSINESS_ROLES, Capability, capabilities

from .fields import DayField, NumberField

# Steps go to people who see documents.
_ROLES = [role for role in BUSINESS_ROLES if Capability.VIEW_DOCUMENTS in capabilities([role], partner=False)]


def members(space):
    """The people of the space who see documents, by name."""
    return User.objects.filter(pk__in=Circle(space).members).order_by("name", "email")


def suppliers(space):
    return Contact.objects.filter(space=space, is_supplier=True).order_by("name", "id")


class RouteForm(forms.Form):
    use_required_attribute = False

    name = forms.CharField(label=_("Name"), max_length=80)
    sorts = forms.MultipleChoiceField(
        label=_("Documents"),
        choices=Sort.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("None chosen: all of them."),
    )
    minimum = NumberField(label=_("Amount from"), places=2, required=False)
    maximum = NumberField(
        label=_("Amount up to"),
        places=2,
        required=False,
        help_text=_("Both included, in the document's own currency. Nothing is converted: USD 5,000 counts as 5,000."),
    )
    suppliers = forms.ModelMultipleChoiceField(
        label=_("Suppliers"),
        queryset=Contact.objects.none(),
        required=False,
        help_text=_("None chosen: all of them. Hold Ctrl to choose several."),
        widget=forms.SelectMultiple(attrs={"size": 5}),
    )
    four_eyes = forms.BooleanField(
        label=_("Four eyes"),
        required=False,
        initial=True,
        help_text=_("Whoever entered a document signs no step of it, and nobody signs two steps."),
    )

    def __init__(self, *args, space, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["suppliers"].queryset = suppliers(space)


class StepForm(forms.Form):
    use_required_attribute = False

    approvers = forms.ModelMultipleChoiceField(
        label=_("People"), queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple, required=False
    )
    role = forms.ChoiceField(
        label=_("Or anybody with the role"),
        choices=[("", "–"), *((role.value, role.label) for role in _ROLES)],
        required=False,
    )
    from_amount = NumberField(
        label=_("Only from the amount"), places=2, required=False, help_text=_("Left empty, every document needs it.")
    )

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["approvers"].queryset = people

    def wanted(self) -> WantedStep:
        entered = self.cleaned_data
        return WantedStep(tuple(entered["approvers"]), entered["role"], entered["from_amount"])


# However many are claimed, no more are built than show that there are too many.
StepFormSet = forms.formset_factory(
    StepForm, extra=0, max_num=MOST_STEPS, absolute_max=MOST_STEPS + 1, validate_max=True
)


def route_forms(space, route=None, data=None) -> tuple[RouteForm, forms.BaseFormSet]:
    """(the route, its steps), filled from `data`, else from `route`, else a new one with one step."""
    steps = [{}]
    initial = None
    if route is not None:
        fields = ("name", "sorts", "minimum", "maximum", "four_eyes")
        initial = {name: getattr(route, name) for name in fields} | {"suppliers": list(route.suppliers.all())}
        steps = [
            {"approvers": list(step.approvers.all()), "role": step.role, "from_amount": step.from_amount}
            for step in route.steps.all()
        ]
    form = RouteForm(data, space=space, initial=initial)
    return form, _steps(space, data, steps)


def _steps(space, data, initial):
    return StepFormSet(data, prefix="steps", initial=initial, form_kwargs={"people": members(space)})


def rearranged(space, data, *, remove: int | None = None) -> tuple[RouteForm, forms.BaseFormSet]:
    """What was entered, unjudged, with one step more; or without the step of the position `remove`."""
    names = RouteForm.base_fields
    lists = ("sorts", "suppliers")
    entered = {name: data.getlist(name) if name in lists else data.get(name, "") for name in names}
    count = data.get("steps-TOTAL_FORMS", "")
    steps = [
        {
            "approvers": data.getlist(f"steps-{index}-approvers"),
            "role": data.get(f"steps-{index}-role", ""),
            "from_amount": data.get(f"steps-{index}-from_amount", ""),
        }
        for index in range(min(int(count) if count.isdecimal() and len(count) < 3 else 0, MOST_STEPS))
    ]
    if remove is None:
        steps.append({})
    elif len(steps) > 1:
        del steps[remove : remove + 1]
    return RouteForm(space=space, initial=entered), _steps(space, None, steps[:MOST_STEPS])


def wanted(form: RouteForm, steps) -> WantedRoute:
    """What the valid forms ask for."""
    entered = form.cleaned_data
    return WantedRoute(
        name=entered["name"],
        steps=tuple(step.wanted() for step in steps.forms),
        sorts=tuple(Sort(sort) for sort in entered["sorts"]),
        minimum=entered["minimum"],
        maximum=entered["maximum"],
        suppliers=tuple(entered["suppliers"]),
        four_eyes=entered["four_eyes"],
    )


def blame(form: RouteForm, steps, field: str, text: str) -> None:
    """Put the refusal at its field: `name`, or `steps-0-approvers`."""
    prefix, _sep, rest = field.partition("-")
    index, _sep, name = rest.partition("-")
    if prefix == "steps" and index.isdecimal() and int(index) < len(steps.forms):
        steps.forms[int(index)].add_error(name, text)
    else:
        form.add_error(field if field in form.fields else None, text)


class SubstituteForm(forms.Form):
    use_required_attribute = False

    absent = forms.ModelChoiceField(label=_("Who is away"), queryset=User.objects.none())
    substitute = forms.ModelChoiceField(label=_("Who approves meanwhile"), queryset=User.objects.none())
    first_day = DayField(label=_("First day"))
    last_day = DayField(label=_("Last day"))

    def __init__(self, *args, space, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("absent", "substitute"):
            self.fields[name].queryset = members(space)


class WhoForm(forms.Form):
    """Who would have to approve 12,400 EUR from X?"""

    use_required_attribute = False
    is_filter = True

    amount = NumberField(label=_("Amount"), places=2)
    currency = forms.CharField(label=_("Currency"), max_length=3, required=False)
    sort = forms.ChoiceField(label=_("Documents"), choices=Sort.choices, required=False)
    supplier = forms.ModelChoiceField(
        label=_("Supplier"), queryset=Contact.objects.none(), required=False, empty_label=_("Any other")
    )
    submitter = forms.ModelChoiceField(
        label=_("Entered by"), queryset=User.objects.none(), required=False, empty_label=_("Nobody: it came by itself")
    )

    def __init__(self, *args, space, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["supplier"].queryset = suppliers(space)
        self.fields["submitter"].queryset = members(space)
