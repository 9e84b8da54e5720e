"""Rules about our own code that can be checked by reading it. Each returns what breaks it, one text a place."""

import ast
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ["banqup", "integrations", "business_space", "partner_space"]
LONGEST_FILE = 400


def files(*suffixes, under=(*PACKAGES, "templates", "static")):
    for folder in under:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and "migrations" not in path.parts and "__pycache__" not in path.parts:
                yield path


def name(path):
    return path.relative_to(ROOT).as_posix()


def tracked():
    """Every text file of the repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for path in (ROOT / entry for entry in listed.split("\0") if entry):
        if path.is_file() and b"\0" not in path.read_bytes()[:8000]:
            yield path


# --- Python ---------------------------------------------------------------------------------------


def _dotted(node):
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join(reversed([*parts, node.id])) if isinstance(node, ast.Name) else ""


def _docstrings(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def status_literals(source, statuses):
    """`if invoice.status == "UNPAID"`: pages name the enum or a group of it, never the stored text."""
    tree = ast.parse(source)
    texts = set(map(id, _docstrings(tree)))
    return [
        f"line {node.lineno}: {node.value!r}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in statuses and id(node) not in texts
    ]


def environment_reads(source):
    """`os.environ`, `os.getenv`: the environment is read by the settings. Setting a default is fine."""
    tree = ast.parse(source)
    allowed = {
        id(node.func.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _dotted(node.func) == "os.environ.setdefault"
    }
    found = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and _dotted(node) in {"os.environ", "os.getenv"} and id(node) not in allowed
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            found += [node.lineno for alias in node.names if alias.name in {"environ", "getenv"}]
    return [f"line {line}: reads the environment" for line in sorted(found)]


def calls(source, function):
    tree = ast.parse(source)
    return [
        f"line {node.lineno}: {function}("
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function
    ]


# --- templates ------------------------------------------------------------------------------------

COMMENT = re.compile(r"{#.*?#}|{%\s*comment.*?endcomment\s*%}|<!--.*?-->", re.DOTALL)
CODE = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
ELEMENT = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
FOREIGN = re.compile(
    r"""<(?:script|link|img|iframe|source|video|audio)\b[^>]*?\b(?:src|href)=["']?((?:https?:)?//[^"'\s>]+)""", re.I
)


def template_status_literals(source, statuses):
    source = COMMENT.sub("", source)
    quoted = re.compile("[\"'](" + "|".join(map(re.escape, sorted(statuses))) + ")[\"']")
    return [f"{match.group(0)}" for match in quoted.finditer(source)]


def untranslatable(source):
    """A template with words in it must at least load the translation tags."""
    source = COMMENT.sub("", source)
    if re.search(r"{%\s*load\b[^%]*\bi18n\b", source):
        return []
    words = re.findall(r"[^\W\d_]{3,}", re.sub(r"&\w+;", " ", ELEMENT.sub(" ", CODE.sub(" ", source))))
    return [f"has words ({words[0]!r} …) but does not load i18n"] if words else []


def foreign_resources(source):
    """A page loads nothing from somebody else's server."""
    return [match.group(1) for match in FOREIGN.finditer(COMMENT.sub("", source))]


# --- any file -------------------------------------------------------------------------------------

# Put together from pieces, so that this file does not break its own rule.
REGISTRIES = [f"{site}.{tld}" for site, tld in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"))]
REGISTRIES += [f"{site}.{tld}" for site, tld in (("jsdelivr", "net"), ("unpkg", "com"), ("cdnjs", "com"))]
REGISTRIES += ["--" + "index-url", "--" + "extra-index-url", "--" + "find-links"]


def registry_addresses(source):
    """Which registry packages come from is the business of each machine, not of the project."""
    return [word for word in REGISTRIES if word in source]


def too_long(source):
    lines = source.count("\n")
    return [f"{lines} lines, at most {LONGEST_FILE}"] if lines > LONGEST_FILE else []
