"""The office itself."""

from banqup.spaces.forms import CompanyForm


class OfficeForm(CompanyForm):
    """As for a business, without the account that only documents need."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["iban"]
