"""What Celery runs for sales documents on their way, and for what access points bring."""

from celery import shared_task

from . import asking, fetching, sending_gate, transmitting
from .waking import wake


@shared_task(name="integrations.tasks.transmit")
def transmit(transmission_id):
    transmitting.transmit(transmission_id)


@shared_task(name="integrations.tasks.transmissions")
def transmissions():
    """Wake a worker for every transmission whose time has come, whoever forgot to."""
    wake(transmit, sending_gate.sweep())


@shared_task(name="integrations.tasks.ask_about")
def ask_about(transmission_id):
    asking.ask(transmission_id)


@shared_task(name="integrations.tasks.ask_about_answer")
def ask_about_answer(answer_id):
    asking.ask_about_answer(answer_id)


@shared_task(name="integrations.tasks.fetch")
def fetch(account_id):
    fetching.fetch(account_id)


@shared_task(name="integrations.tasks.network_news")
def network_news():
    """Wake a worker for every inbox that is to be looked into, and every message that is to be asked about."""
    wake(fetch, fetching.due())
    wake(ask_about, asking.due())
    wake(ask_about_answer, asking.due_answers())
