"""What a start prepares."""

from django.contrib.auth import get_user_model

from banqup.runtime import prepare

SIGN_INS = [("a@example.test", "pw", "owner"), ("b@example.test", "pw", "accountant")]


def test_only_sign_ins_of_this_database_are_shown(db):
    get_user_model().objects.create_user("b@example.test", "pw")
    assert prepare.known(SIGN_INS) == [["b@example.test", "pw", "accountant"]]


def test_a_demo_that_fails_does_not_stop_the_start(db, settings, monkeypatch, capsys):
    def fails(name):
        raise RuntimeError("no paper")

    settings.BANQUP_DEMO = True
    monkeypatch.setattr(prepare, "get_commands", lambda: {"demo": "business_space"})
    monkeypatch.setattr(prepare, "call_command", fails)
    assert prepare.demo() == []
    assert "starting without it" in capsys.readouterr().out


def test_without_demo_nothing_is_made(db, settings):
    settings.BANQUP_DEMO = False
    assert prepare.demo() == []
    assert not get_user_model().objects.exists()
