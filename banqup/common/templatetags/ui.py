"""Components that need a little logic; the markup stands in templates/components/."""

import itertools

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from banqup.common.templatetags import _icons as icons

register = template.Library()
# The same action may stand in many rows, and each reason needs an id of its own.
numbers = itertools.count(1)


@register.simple_tag
def icon(name, tone=""):
    """`{% icon "check-circle" %}`, `{% icon "solid:check-circle" tone="green" %}`."""
    return icons.icon(name, f"icon tone-{tone}" if tone else "icon")


@register.simple_tag
def kbd(key):
    """A key cap inside a button or a list of keys; screen readers get aria-keyshortcuts instead."""
    return format_html('<kbd aria-hidden="true">{}</kbd>', key) if key else ""


@register.simple_tag
def attributes(mapping):
    """A dict as HTML attributes; None and False are left out, True stands alone."""
    pairs = [(k, v) for k, v in (mapping or {}).items() if v is not None and v is not False]
    return format_html_join("", "{}", ((_attribute(k, v),) for k, v in pairs))


def _attribute(name, value):
    return format_html(" {}", name) if value is True else format_html(' {}="{}"', name, value)


class Action(dict):
    """An action dict with its defaults, so that templates can ask for any key."""

    DEFAULTS = {
        "name": "",
        "label": "",
        "url": "",
        "method": "post",
        "icon": "",
        "key": "",
        "enabled": True,
        "reason": "",
        "style": "default",
        "fields": {},
        "note": "",
        "dialog": False,
        "attrs": {},
        "target": "",
        "swap": "outerHTML",
        "form": "",
        "count_for": "",
    }

    def __init__(self, given):
        super().__init__({**self.DEFAULTS, **{k: v for k, v in given.items() if v is not None}})


@register.inclusion_tag("components/_action.html", takes_context=True)
def action_button(context, action, style="", small=False, tip=False, icon_only=False):
    """An action dict as a button: a form for POST, a link for GET, off with its reason when not enabled.

    `tip` keeps the reason in a bubble on hover and focus, where there is no room beside the button.
    """
    action = Action(action)
    look = style or action["style"]
    classes = ["button"]
    if look not in ("", "default"):
        classes.append(f"button--{look}")
    if small:
        classes.append("button--small")
    if icon_only:
        classes.append("button--icon")
    return {
        "action": action,
        "classes": " ".join(classes),
        "tip": tip,
        "icon_only": icon_only,
        "reason_id": f"reason-{next(numbers)}",
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("components/_menu_item.html", takes_context=True)
def menu_item(context, action):
    """The same action dict as a line of the ⋮ menu; one that is off stays, with its reason."""
    action = Action(action)
    return {"action": action, "reason_id": f"reason-{next(numbers)}", "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("components/_menu.html", takes_context=True)
def menu(context, actions, label="", small=False, start=False):
    """The ⋮ menu: action dicts in order, None for a line between groups."""
    return {
        "actions": actions,
        "label": label,
        "small": small,
        "start": start,
        "csrf_token": context.get("csrf_token"),
    }


CONTROLS = {
    "CheckboxInput": "check",
    "RadioSelect": "group",
    "CheckboxSelectMultiple": "group",
    "ClearableFileInput": "file",
}


@register.inclusion_tag("components/_field.html")
def field(bound, bt="", hint="", label="", findings=None, span=0, css="", place=None, **attrs):
    """A form field: label, BT number, hint, the control, then what was found and how to fix it.

    `findings` is a list of {severity: error|warning|ok|info, text, fix: {label, url} or {label, name, value}}.
    `place`: {url, page, check}, where the value stands in the document's picture.
    Extra keyword arguments become attributes of the control (`data_x=1` gives `data-x`).
    """
    findings = list(findings or [])
    findings = [{"severity": "error", "text": error} for error in bound.errors] + findings
    hint = hint or bound.help_text
    own_id = bound.auto_id
    described = " ".join(
        [f"{own_id}_hint"] * bool(hint) + [f"{own_id}_finding_{n}" for n, _found in enumerate(findings, 1)]
    )
    severities = {found.get("severity", "error") for found in findings}
    state = next((s for s in ("error", "warning") if s in severities), "")
    control = {name.replace("_", "-"): value for name, value in attrs.items()}
    if described:
        control["aria-describedby"] = described
    if state == "error":
        control["aria-invalid"] = "true"
    if bt:
        control["data-bt"] = bt
    kind = CONTROLS.get(type(bound.field.widget).__name__, "control")
    return {
        "field": bound,
        "control": bound.as_widget(attrs=control),
        "kind": kind,
        "label": label or bound.label,
        "bt": bt,
        "hint": hint,
        "findings": findings,
        "state": state,
        "span": span,
        "css": css,
        "place": place,
        "described": described,
    }


@register.inclusion_tag("components/_form_fields.html")
def form_fields(form, columns=1):
    """Every field of a form in its order, hidden ones included; its own errors on top unless a summary has them."""
    return {"form": form, "columns": columns, "summarised": getattr(form, "summarised", False)}


@register.inclusion_tag("components/_error_summary.html")
def error_summary(form=None, findings=None, title="", autofocus=True):
    """All problems on top of a form, each a link to its field, in the words that stand at the field.

    `findings`: list of {severity, text, field_id}. The form's own errors come first.
    """
    problems = []
    if form is not None and form.is_bound:
        form.summarised = True
        for name, errors in form.errors.items():
            target = "" if name == "__all__" else form[name].id_for_label or form[name].auto_id
            problems += [{"severity": "error", "text": error, "field_id": target} for error in errors]
    problems += list(findings or [])
    errors = [p for p in problems if p.get("severity", "error") == "error"]
    warnings = [p for p in problems if p.get("severity") == "warning"]
    return {
        "errors": errors,
        "warnings": warnings,
        "title": title,
        "counted": bool(findings),
        "autofocus": autofocus and bool(errors),
    }


@register.filter
def undo_of(message):
    """The undo part of a message made by `banqup.common.htmx.notify`: {url, label} or nothing."""
    if isinstance(message, dict):
        return message
    tag, _, rest = (getattr(message, "extra_tags", "") or "").partition("|")
    if tag != "undo":
        return None
    url, _, label = rest.partition("|")
    return {"url": url, "label": label}


@register.filter
def initials(name):
    """Two letters for a tile: Google Drive -> GD, Dropbox -> Dr, Webhook · ERP -> We."""
    words = [w for w in str(name).partition("·")[0].split() if w[:1].isalnum()]
    if len(words) > 1:
        return (words[0][0] + words[1][0]).upper()
    return (words[0][:2] if words[0].isupper() else words[0][:2].capitalize()) if words else "–"


@register.simple_tag(takes_context=True)
def query(context, **changes):
    """The current query string with changes: `<a href="{% query page=2 %}">`; None removes a key."""
    params = context["request"].GET.copy()
    for key, value in changes.items():
        if value is None or value == "":
            params.pop(key, None)
        else:
            params[key] = value
    return mark_safe("?" + params.urlencode().replace("&", "&amp;"))
