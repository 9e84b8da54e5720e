"""The script and the style in a real browser: keys, selection, dialogs, menus, files, themes."""

import pytest
from playwright.sync_api import expect

from tests.design.accessibility import violations

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.design.urls")]


@pytest.fixture
def page(browser_page, live_server):
    browser_page.goto(live_server.url + "/")
    yield browser_page
    assert not browser_page.problems


def test_rows_by_key(page):
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.locator("tr[data-current]").get_attribute("id") == "row-b"
    page.keyboard.press("k")
    page.keyboard.press("x")
    assert page.locator("#row-a input").is_checked()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    bar = page.locator("[data-selection-bar]")
    assert bar.get_attribute("data-count") == "3"
    assert "Approve chosen 2 of 3" in bar.inner_text()
    assert "30.15" in bar.inner_text()
    assert page.locator("[data-select-all]").evaluate("box => box.indeterminate")
    page.keyboard.press("Escape")
    assert not bar.is_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/opened/c/")


def test_select_all(page):
    page.locator("[data-select-all]").check()
    assert page.locator("[data-selected-count]").inner_text() == "4"


def test_letters_are_dead_in_fields_and_when_switched_off(page):
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("jx?")
    assert page.locator("[data-jump]").input_value() == "jx?"
    page.keyboard.press("Escape")
    page.evaluate("localStorage.setItem('keys', 'off')")
    page.keyboard.press("j")
    assert page.locator("tr[data-current]").count() == 0
    page.evaluate("localStorage.setItem('keys', 'ctrl')")
    page.keyboard.press("Control+j")
    assert page.locator("tr[data-current]").count() == 1


def test_a_key_presses_the_visible_button(page):
    page.evaluate("document.querySelector('#approve').addEventListener('click', () => { window.pressed = true })")
    page.keyboard.press("a")
    assert page.evaluate("window.pressed")


def test_go_to_a_page_and_to_a_space(page, live_server):
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/opened/p/")
    page.goto(live_server.url + "/")
    page.keyboard.press("g")
    page.keyboard.press("2")
    page.wait_for_url("**/opened/2/")


def test_menu_closes_and_gives_the_focus_back(page):
    menu = page.locator(".toolbar details.menu")
    menu.locator("summary").click()
    assert menu.locator(".menu__item").first.is_visible()
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    menu.locator("summary").click()
    page.locator("h1").click()
    assert menu.get_attribute("open") is None


def test_dialog_shows_the_page_behind_its_link(page):
    page.locator("#open").click()
    dialog = page.locator("#dialog")
    dialog.wait_for()
    assert dialog.evaluate("each => each.matches(':modal')")
    assert page.evaluate("document.activeElement.id") == "dialog-title"
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    page.locator("#open").click()
    dialog.get_by_role("button", name="Go").click()
    page.get_by_text("Approved.").first.wait_for()
    assert page.get_by_role("button", name="Withdraw").is_visible()
    expect(page.locator("#announcer")).to_have_text("Approved.")


def test_help_lists_the_keys(page):
    page.keyboard.press("?")
    assert page.locator("#keys-help").is_visible()
    page.locator("#keys-help").get_by_role("button", name="Close").click()
    assert not page.locator("#keys-help").is_visible()


def test_theme_is_remembered(page):
    ground = "getComputedStyle(document.querySelector('main')).backgroundColor"
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    page.locator(".user-menu summary").click()
    page.get_by_label("Dark").check()
    assert page.evaluate(ground) == "rgb(22, 30, 38)"
    page.reload()
    assert page.evaluate(ground) == "rgb(22, 30, 38)"
    assert page.locator("[data-theme-choice][value=dark]").evaluate("each => each.checked")


def test_trouble_keeps_the_page(page):
    page.evaluate("htmx.ajax('GET', '/broken/', {target: '#content'})")
    page.get_by_text("Something broke on our side").wait_for()
    assert page.locator("#row-a").is_visible()
    page.problems.clear()  # the browser itself notes the 500


def test_files_are_sent_one_by_one(page, live_server):
    page.goto(live_server.url + "/upload/")
    files = [{"name": f"{n}.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"} for n in ("one", "two")]
    page.locator("input[type=file]").set_input_files(files)
    page.get_by_text("Being read.").nth(1).wait_for()
    assert {text for text in page.locator(".upload__list b").all_inner_texts()} == {"one.pdf", "two.pdf"}


@pytest.mark.parametrize("width", [390, 1000, 1440])
def test_accessible_and_nothing_sticks_out(page, live_server, width):
    page.set_viewport_size({"width": width, "height": 900})
    for path in ("/", "/upload/", "/warn/", "/account/login/"):
        page.goto(live_server.url + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = violations(page)
            assert not found, f"{path}, {scheme}: {found}"


def test_drawer_on_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#sidebar").wait_for(state="hidden")
    page.get_by_role("link", name="More", exact=True).click()
    page.locator("#sidebar").get_by_role("link", name="Purchase invoices").wait_for()
    page.keyboard.press("Escape")
    page.locator("#sidebar").wait_for(state="hidden")


def test_table_keeps_its_roles_as_a_grid(page):
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.locator("#row-a").evaluate("each => getComputedStyle(each).display") == "grid"
    assert page.locator("#row-a").get_attribute("role") == "row"
    assert page.locator("#row-a td").first.get_attribute("role") == "cell"


def test_the_judge_of_accessibility_finds_what_is_wrong_in_one_theme_only(browser_page):
    browser_page.set_content(
        "<html lang=en><title>t</title><style>@media (prefers-color-scheme: dark) { p { color: #888 } }</style>"
        "<main><h1>One</h1><p>Grey</p></main>"
    )
    assert violations(browser_page) == []
    browser_page.emulate_media(color_scheme="dark")
    assert [rule for rule, _elements in violations(browser_page)] == ["color-contrast"]
    browser_page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    assert "image-alt" in [rule for rule, _elements in violations(browser_page)]
