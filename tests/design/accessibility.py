"""What axe finds wrong with a page as it is shown at this moment."""

from axe_playwright_python.sync_playwright import Axe

# Without `preload`, else every measuring fetches all style sheets again; and what is right is not written up,
# which takes three times as long as to find what is wrong.
_OPTIONS = {"preload": False, "resultTypes": ["violations"]}


def violations(page) -> list[tuple[str, list[str]]]:
    """(rule, the elements that break it), by every rule of axe. The document gets axe only once."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("async options => (await axe.run(options)).violations", _OPTIONS)
    return [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found]
