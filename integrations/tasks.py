"""What Celery runs: a few lines each. The tables are the truth; a task only wakes their work."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from banqup.actions import answers as answers_owed
from banqup.actions import bulk, hearing, intake, reading, reminding, telling
from banqup.bulk import queue
from banqup.exports.models import ExportAttempt
from banqup.reminders import queue as letter_queue
from banqup.sending.models import TransmissionAttempt

from . import answering, delivery, folder_intake, gate, letters, template_runs, weekly
from .waking import wake

KEEP_EXCERPTS = timedelta(days=90)
# How many seconds a worker gives to a bulk run at a stretch: what it approves is delivered in between.
TURN = 5
# How many seconds it goes on with one integration, before others have their turn.
PUSHING = 2


@shared_task(name="integrations.tasks.push")
def push(export_id):
    delivery.push(export_id, seconds=PUSHING)


@shared_task(name="integrations.tasks.push_several")
def push_several(export_ids):
    """One nudge of an approval, handed on as one task an export, so that they go side by side."""
    wake(push, export_ids)


@shared_task(name="integrations.tasks.sweep")
def sweep():
    """Wake a worker for every export whose time has come, whoever forgot to."""
    wake(push, gate.sweep())


@shared_task(name="integrations.tasks.judge_receipt")
def judge_receipt(receipt_id):
    intake.judge(receipt_id=receipt_id)


@shared_task(name="integrations.tasks.judge_receipts")
def judge_receipts():
    """Wake a worker for every receipt that is still to be judged."""
    wake(judge_receipt, intake.waiting_receipts())


@shared_task(name="integrations.tasks.watched_folders")
def watched_folders():
    """Take in what lies in the folders of this server that are watched."""
    folder_intake.poll()


@shared_task(name="integrations.tasks.work_bulk")
def work_bulk(run_id):
    """A turn at one bulk run, then to the back of the queue."""
    if queue.has_room(run_id) and bulk.work(run_id=run_id, seconds=TURN):
        wake(work_bulk, [run_id])


@shared_task(name="integrations.tasks.bulk_runs")
def bulk_runs():
    """Wake a worker for every bulk run that is not finished."""
    wake(work_bulk, queue.left_behind())


@shared_task(name="integrations.tasks.work_template_run")
def work_template_run(run_id):
    """A turn at one run of a template, then to the back of the queue."""
    if template_runs.work(run_id=run_id, seconds=TURN):
        wake(work_template_run, [run_id])


@shared_task(name="integrations.tasks.template_runs")
def work_template_runs():
    """Wake a worker for every run of a template that is not finished."""
    wake(work_template_run, template_runs.left_behind())


@shared_task(name="integrations.tasks.read_document")
def read_document(invoice_id):
    reading.read(invoice_id=invoice_id)


@shared_task(name="integrations.tasks.read_documents")
def read_documents():
    """Wake a worker for every document whose PDF or scan is still to be read."""
    wake(read_document, reading.waiting())


@shared_task(name="integrations.tasks.post_letter")
def post_letter(letter_id):
    letters.post(letter_id)


@shared_task(name="integrations.tasks.post_letters")
def post_letters():
    """Write the reminders whose morning has come, then wake a worker for every letter that is due."""
    reminding.write_due()
    wake(post_letter, letter_queue.waiting())


@shared_task(name="integrations.tasks.send_answer")
def send_answer(answer_id):
    answering.send(answer_id)


@shared_task(name="integrations.tasks.answers")
def answers():
    """Wake a worker for every answer that is due; answers that were faster than our notes find their documents."""
    hearing.listen_again()
    wake(send_answer, telling.due())


@shared_task(name="integrations.tasks.in_process")
def in_process():
    """Suppliers whose documents wait since days are told so."""
    for answer_id in telling.in_process():
        answers_owed.say_in_process(answer_id)


@shared_task(name="integrations.tasks.housekeeping")
def housekeeping():
    """Forget what destinations answered long ago; that and when they did, and their ids, stay for ever."""
    for tries in (ExportAttempt, TransmissionAttempt):
        old = tries.objects.filter(started_at__lt=timezone.now() - KEEP_EXCERPTS)
        old.exclude(response_excerpt="").update(response_excerpt="")


@shared_task(name="integrations.tasks.weekly_summary")
def weekly_summary():
    """Tell those whose Monday morning has come how their integrations did; mail carries it."""
    weekly.tell_due()
