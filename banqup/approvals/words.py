"""The rules in words: who is asked, what is left, and why this person may not."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banqup.spaces.roles import Capability, Role, roles_with

from .models import Signature
from .rules import Need, Plan, Planned, Signer

SHOWN = 3


def name(signer: Signer) -> str:
    """Tom Wouters for An Janssens · Sofie Delvaux (Delvaux Accountants)"""
    if signer.through is not None:
        return f"{signer.person} ({signer.through.name})"
    if signer.instead_of is not None:
        return _("%(who)s for %(absent)s") % {"who": signer.person, "absent": signer.instead_of}
    return str(signer.person)


def names(signers: list[Signer], shown: int = SHOWN) -> str:
    """An Janssens, Bart Claes or Tom Wouters; past `shown`, how many more."""
    told = [name(signer) for signer in signers[:shown]]
    more = len(signers) - len(told)
    if more > 0:
        told.append(ngettext("%d more", "%d more", more) % more)
    if len(told) < 2:
        return "".join(told)
    return _("%(several)s or %(last)s") % {"several": ", ".join(told[:-1]), "last": told[-1]}


def signed(signature: Signature) -> str:
    """By whom, as what: the past of `name`."""
    return name(Signer(signature.signed_by, signature.substitute_for, signature.through))


def asked(need: Need) -> str:
    """What a step asks for, as its maker wrote it down."""
    told = [str(person) for person in need.people]
    if need.role:
        told.append(_("anybody with the role %s") % str(Role(need.role).label).lower())
    if need.is_the_right:
        roles = roles_with(Capability.APPROVE_PURCHASE, partner=False)
        told.append(_("anybody with the role %s") % " / ".join(str(role.label).lower() for role in roles))
    return (
        told[0]
        if len(told) == 1
        else _("%(several)s or %(last)s") % {"several": ", ".join(told[:-1]), "last": told[-1]}
    )


def step_of(plan: Plan, step: Planned | None = None) -> str:
    """step 1 of 2"""
    return _("step %(number)d of %(total)d") % {"number": (step or plan.current).number, "total": plan.total}


def waiting(plan: Plan) -> str:
    """waiting for approval by Tom Wouters (step 2 of 2)"""
    who = names(plan.signers())
    if not who:
        return _("waiting for approval, nobody can give it (%s)") % step_of(plan)
    if plan.total == 1:
        return _("waiting for approval by %s") % who
    return _("waiting for approval by %(who)s (%(step)s)") % {"who": who, "step": step_of(plan)}


def next_up(plan: Plan) -> str:
    """What an approval now leads to: step 1 of 2, then Tom Wouters. Empty when it releases and nothing came before."""
    if plan.total == 1:
        return ""
    if plan.is_last:
        return _("%s, the last one") % step_of(plan)
    return _("%(step)s, then %(who)s") % {"step": step_of(plan), "who": names(plan.following) or _("nobody yet")}


def why_not(plan: Plan, person, through=None) -> str:
    """Why `person` may not sign now; empty when they may."""
    if plan.signer(person, through) is not None:
        return ""
    who, step = names(plan.signers()), step_of(plan)
    ask = _(" Ask %s.") % who if who else _(" Nobody else can: change the route or name a substitute.")
    if plan.four_eyes and plan.case.submitter == person:
        return _("You entered it, so somebody else approves it.") + ask
    if plan.four_eyes and any(signature.signed_by == person for signature in plan.signed):
        return _("You approved it already; somebody else gives the next approval.") + ask
    if not who:
        return _("Nobody can give the approval of %s: change the route or name a substitute.") % step
    if plan.total == 1:
        return _("It waits for the approval of %s.") % who
    return _("It waits for the approval of %(who)s (%(step)s).") % {"who": who, "step": step}
