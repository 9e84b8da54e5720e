"""The product's worker, and beside its tasks one that does nothing: the least that a task can cost."""

from banqup.celery import app

NOTHING = "tests.benchmarks.nothing"


@app.task(name=NOTHING)
def nothing():
    pass
