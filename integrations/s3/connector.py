"""S3-compatible stores: each document's files as objects under a pattern of one's own."""

from hashlib import sha256

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import naming, shelving
from ..base import BrokenConfiguration, Connector, Delivered, DeliveryError, Payload, TestStep
from .client import Bucket
from .forms import REGION, S3Form

TEST_NAME = ".banqup-test"
_TEST = b"Banqup can write here.\n"


class _Folder:
    """The objects below one prefix."""

    def __init__(self, bucket: Bucket, folders: list[str]):
        self._bucket, self._prefix = bucket, "".join(f"{folder}/" for folder in folders)

    def has(self, name, file):
        return self._bucket.has(self._prefix + name, file)

    def add(self, name, file):
        return self._bucket.add(self._prefix + name, file)


class S3Connector(Connector):
    key = "s3"
    label = gettext_lazy("S3-compatible store")
    initials = "S3"
    description = gettext_lazy("Stores the e-invoice and the PDF of every approved document in a bucket of yours.")
    can_update = True
    resend_warning = ""
    config_form = S3Form
    secret_fields = ("secret_key",)
    secrets_are_for = ("endpoint", "access_key")

    def push(self, payload: Payload, *, remote: dict, keep) -> Delivered:
        bucket = self._bucket()
        *folders, stem = naming.parts(self._pattern(), naming.values(payload))
        wanted = "/".join([bucket.name, *folders, stem])
        files = naming.named_files(payload)
        start = remote.get("suffix", 1) if remote.get("wanted") == wanted else 1
        suffix = shelving.place(_Folder(bucket, folders), stem, files, start=start)
        stored = ["/".join([bucket.name, *folders, shelving.name(stem, suffix, file.tail)]) for file in files]
        keep(wanted=wanted, suffix=suffix, files=stored)
        return Delivered(label=stored[0])

    def check(self) -> list[TestStep]:
        steps, step = [], _("Look into the bucket")
        try:
            bucket = self._bucket()
            bucket.look()
            steps.append(TestStep(step, True, f"{bucket.endpoint} · {bucket.name}"))
            step = _("Write a test file")
            key = "/".join([*naming.fixed_folders(self._pattern()), TEST_NAME])
            bucket.add(key, naming.NamedFile("", sha256(_TEST).hexdigest(), _TEST, "text/plain"))
        except DeliveryError as error:
            return [*steps, TestStep(step, False, error.message)]
        removed = bucket.remove(key)
        words = _("%s was written and removed.") if removed else _("%s was written. It stays: the key may not delete.")
        steps.append(TestStep(step, True, words % key))
        example = "/".join([bucket.name, *naming.parts(self._pattern(), naming.values(naming.EXAMPLE))])
        return [*steps, TestStep(_("Name an example"), True, f"{example}.xml")]

    def summary(self, config: dict) -> str:
        return f"{config.get('bucket') or '…'}/{config.get('pattern') or naming.DEFAULT_PATTERN}"

    def _pattern(self) -> str:
        return naming.usable(self.config.get("pattern") or naming.DEFAULT_PATTERN)

    def _bucket(self) -> Bucket:
        if not all(self.config.get(name) for name in ("endpoint", "bucket", "access_key")) or not self.secrets.get(
            "secret_key"
        ):
            raise BrokenConfiguration(_("Address, bucket or keys are missing. Enter them in the settings."))
        return Bucket(
            endpoint=self.config["endpoint"],
            region=self.config.get("region") or REGION,
            bucket=self.config["bucket"],
            access_key=self.config["access_key"],
            secret_key=self.secrets["secret_key"],
        )
