"""Each verb, called directly by everybody: through for whom LIFECYCLE names, NotAllowed for all others."""

import importlib
import inspect
import pkgutil

import pytest

from banqup import actions
from banqup.actions.refusals import NotAllowed
from integrations.setup import SetupRefused

from . import table, verbs
from .scene import facts, side_of, written

pytestmark = pytest.mark.django_db


def test_every_verb_with_a_person_stands_in_the_table():
    found = set()
    for module in pkgutil.iter_modules(actions.__path__):
        loaded = importlib.import_module(f"{actions.__name__}.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            own = function.__module__ == loaded.__name__ and not name.startswith("_")
            if own and "by" in inspect.signature(function).parameters:
                found.add(f"{module.name}.{name}")
    assert found == verbs.DOORS | verbs.INNER
    assert set(table.DOCUMENTS) == set(verbs.CASES)
    assert set(table.SPACES) == set(verbs.SPACES)


@pytest.mark.parametrize(("verb", "side"), verbs.CASES)
def test_a_verb_lets_through_whom_the_table_names_and_changes_nothing_for_others(scene, verb, side):
    call, before, wrong = verbs.DOCUMENTS[verb], facts(), []
    for state in (state for state in verbs.POSSIBLE[verb] if side_of(state) == side):
        for name in table.EVERYBODY:
            with verbs.taken_back(), written() as statements:
                try:
                    call(scene, scene.document(state), scene.people[name])
                    through = True
                except NotAllowed:
                    through = False
                    if statements and facts() != before:
                        wrong.append(f"{verb} by {name} on {state} was refused and changed something")
            if through != (name in table.may(verb, side)):
                wrong.append(f"{verb} by {name} on {state}: {'went through' if through else 'refused'}")
    assert not wrong


@pytest.mark.parametrize("verb", table.SPACES)
def test_a_space_is_changed_by_whom_the_table_names(scene, verb, settings, tmp_path):
    settings.BANQUP_FOLDER_ROOT = tmp_path
    before, wrong = facts(), []
    for name in table.EVERYBODY:
        with verbs.taken_back(), written() as statements:
            try:
                verbs.SPACES[verb](scene, scene.people[name])
                through = True
            except (NotAllowed, SetupRefused):
                through = False
                if statements and facts() != before:
                    wrong.append(f"{verb} by {name} was refused and changed something")
        if through != (name in table.SPACES[verb]):
            wrong.append(f"{verb} by {name}: {'went through' if through else 'refused'}")
    assert not wrong


def test_a_visitor_who_is_not_signed_in_gets_nothing_done(scene):
    before = facts()
    for verb, states in verbs.POSSIBLE.items():
        with pytest.raises(NotAllowed):
            verbs.DOCUMENTS[verb](scene, scene.document(states[0]), scene.anonymous)
    assert facts() == before


@pytest.mark.parametrize(("verb", "side"), [case for case in verbs.CASES if "office ACC" in table.may(*case)])
def test_the_accountant_is_out_the_moment_the_engagement_ends(scene, verb, side):
    from banqup.actions import engagements

    state = next(state for state in verbs.POSSIBLE[verb] if side_of(state) == side)
    engagements.end(engagement=scene.engagement, by=scene.owner)
    with pytest.raises(NotAllowed):
        verbs.DOCUMENTS[verb](scene, scene.document(state), scene.people["office ACC"])


def test_every_right_is_lost_with_the_membership(scene):
    scene.owner.memberships.all().delete()
    for verb, states in verbs.POSSIBLE.items():
        with verbs.taken_back(), pytest.raises(NotAllowed):
            verbs.DOCUMENTS[verb](scene, scene.document(states[0]), scene.owner)
