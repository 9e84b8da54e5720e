"""The worker and the scheduler inside the web process, for machines without a broker."""

import sys

SCRIPT = """
import time
from celery import current_app, shared_task
import django
django.setup()
from banqup.celery import app

@app.task(name="tests.shout")
def shout(text):
    print("heard", text, flush=True)

app.conf.beat_schedule = {"shout": {"task": "tests.shout", "schedule": 0.5, "args": ["the scheduler"]}}
from banqup.runtime import inprocess
inprocess.start()
current_app.send_task("tests.shout", args=["a nudge"])
time.sleep(30)
"""


def test_it_runs_what_is_published_and_what_is_scheduled(spawn):
    process = spawn([sys.executable, "-c", SCRIPT], {"DJANGO_SETTINGS_MODULE": "banqup.settings.test"})
    process.wait_for_output("heard a nudge")
    process.wait_for_output("heard the scheduler")
    assert "Traceback" not in process.output
