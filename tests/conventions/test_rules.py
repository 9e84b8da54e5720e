"""The project keeps its own rules, and each rule really notices when it is broken."""

import pytest

from banqup.invoices import statuses
from tests.conventions import rules

ENUMS = [statuses.DocumentStatus, statuses.PaymentStatus, statuses.DeliveryStatus]
ENUMS += [statuses.GeneralStatus, statuses.AccountingStatus]
STATUSES = {value for enum in ENUMS for value in enum.values} - {"NONE"}

PYTHON = list(rules.files(".py"))
TEMPLATES = list(rules.files(".html", ".txt"))
VIEWS = [path for path in PYTHON if path.is_relative_to(rules.ROOT / "business_space")]
VIEWS += [path for path in PYTHON if path.is_relative_to(rules.ROOT / "partner_space")]


def broken(paths, rule, *arguments):
    return [f"{rules.name(path)}: {found}" for path in paths for found in rule(path.read_text(), *arguments)]


def outside(paths, *prefixes):
    return [path for path in paths if not rules.name(path).startswith(prefixes)]


def test_views_name_no_stored_status():
    commands = [path for path in VIEWS if "management" in path.parts]
    assert broken([path for path in VIEWS if path not in commands], rules.status_literals, STATUSES) == []


def test_templates_name_no_stored_status():
    # The gallery shows every look there is, one by one; it is no page of the product.
    pages = [path for path in TEMPLATES if not path.name.startswith("_gallery")]
    assert broken(pages, rules.template_status_literals, STATUSES) == []


def test_only_the_settings_read_the_environment():
    # The service that knows no Django, and what starts us, have no settings to ask.
    others = outside(PYTHON, "banqup/settings/base.py", "banqup/runtime/", "banqup/einvoicing/")
    assert broken(others, rules.environment_reads) == []


def test_nothing_prints_except_commands():
    others = outside(PYTHON, "banqup/runtime/", "banqup/einvoicing/")
    others = [path for path in others if "management" not in path.parts]
    assert broken(others, rules.calls, "print") == []


def test_money_is_never_a_float():
    assert broken(outside(PYTHON, "banqup/runtime/", "banqup/settings/"), rules.calls, "float") == []


def test_templates_can_be_translated():
    assert broken([path for path in TEMPLATES if path.suffix == ".html"], rules.untranslatable) == []


def test_pages_load_nothing_from_elsewhere():
    assert broken(TEMPLATES, rules.foreign_resources) == []


def test_no_file_says_where_packages_come_from():
    assert broken(rules.tracked(), rules.registry_addresses) == []


def test_files_stay_short():
    assert broken(rules.files(".py", ".html", ".css", ".js"), rules.too_long) == []


# --- the rules notice -----------------------------------------------------------------------------


def test_a_status_in_a_view_is_noticed():
    assert rules.status_literals('if x == "UNPAID":\n    pass', STATUSES) == ["line 1: 'UNPAID'"]
    assert rules.status_literals('"""FULLY_APPROVED is a word of this docstring."""\nx = P.UNPAID', STATUSES) == []


def test_a_status_in_a_template_is_noticed():
    assert rules.template_status_literals('{% if i.status == "UNPAID" %}', STATUSES) == ['"UNPAID"']
    assert rules.template_status_literals("{% if i.status in P.payable %}{# 'UNPAID' #}", STATUSES) == []


@pytest.mark.parametrize(
    "source", ["import os\nos.environ['X']", "import os\nos.getenv('X')", "from os import environ"]
)
def test_reading_the_environment_is_noticed(source):
    assert rules.environment_reads(source)


def test_setting_a_default_in_the_environment_is_fine():
    assert rules.environment_reads("import os\nos.environ.setdefault('A', 'b')\nos.getcwd()") == []


def test_a_call_is_noticed():
    assert rules.calls("def f():\n    print('x')", "print") == ["line 2: print("]
    assert rules.calls("x.print()\nfloat_ = 1\nisinstance(x, float)", "print") == []


def test_words_without_translation_are_noticed():
    assert rules.untranslatable("<p>Invoice</p>")
    assert rules.untranslatable("{% load i18n ui %}<p>Invoice</p>") == []
    assert rules.untranslatable("{% load ui %}<p>{{ invoice }}</p>&nbsp;<style>body {}</style>") == []


@pytest.mark.parametrize("source", ['<script src="https://x.test/a.js">', "<link rel=x href='//x.test/a.css'>"])
def test_a_foreign_resource_is_noticed(source):
    assert rules.foreign_resources(source)


def test_our_own_resource_and_a_plain_link_are_fine():
    assert rules.foreign_resources('<script src="{% static "a.js" %}"></script><a href="https://x.test/">x</a>') == []


def test_a_registry_address_is_noticed():
    assert rules.registry_addresses("# from " + "pypi" + ".org/simple")


def test_a_long_file_is_noticed():
    assert rules.too_long("x\n" * 401) and rules.too_long("x\n" * 400) == []
