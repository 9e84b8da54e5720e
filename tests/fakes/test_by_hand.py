"""`make fakes` knows every fake, and says the setting that leads to them."""

from tests.fakes import __main__ as by_hand


def test_every_destination_of_an_own_has_a_fake_that_runs_by_hand():
    assert {
        "dropbox",
        "email",
        "exact_online",
        "google_drive",
        "imap",
        "octopus",
        "peppyrus",
        "recommand",
        "s3",
        "sftp",
        "webhook_sink",
        "yuki",
    } <= set(by_hand.names())


def test_the_setting_is_put_together_from_what_the_fakes_say():
    said = [
        "BANQUP_BASE_URLS=dropbox.api=http://127.0.0.1:8101,dropbox.content=http://127.0.0.1:8101\n",
        'BANQUP_BASE_URLS="yuki.be=http://127.0.0.1:8102"  access key 1\n',
        "address http://127.0.0.1:8103, bucket invoices\n",
    ]
    assert by_hand.base_urls(said) == (
        "dropbox.api=http://127.0.0.1:8101,dropbox.content=http://127.0.0.1:8101,yuki.be=http://127.0.0.1:8102"
    )
