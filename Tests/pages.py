#!/usr/bin/env python3
"""Checks that the pages name what exists: files, line counts, Swift names and links.

    Tests/pages.py [--write]

In every page a relative link must lead to a file, and its anchor to a heading. In README.md, CONTRIBUTING.md and
the pages on the code, a path in backticks must exist; in docs/tour.md a table row `| path | lines |` must be within
10 % of the file's length, and the sum that the page states within 10 % of theirs. In docs/tour.md and
docs/architecture.md a `CapitalisedName` must be declared in Sources, or be a folder or file there. `--write` first updates the line counts
of docs/tour.md.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ROOT / "Sources"
TOUR, ARCHITECTURE = "docs/tour.md", "docs/architecture.md"
NAMED_PATHS = ["README.md", "CONTRIBUTING.md", TOUR, ARCHITECTURE]
DECLARED = re.compile(
    r"\b(?:struct|class|enum|protocol|actor|typealias|associatedtype)\s+(\w+)|\bextension\s+([\w.]+)")
PATH = re.compile(r"(?:Sources|Tests|Benchmarks|docs|recipes|examples|findings)/[\w+./-]+")
ROW = re.compile(r"^\|(?: *\d+ *\|)? *`([\w+./-]+\.swift)` *\| *(\d+) *\|", re.MULTILINE)
problems = []


def report(page, text, place, message):
    problems.append(f"{page}:{text.count(chr(10), 0, place) + 1}: {message}")


def without_code(text):
    """The text with fenced and indented code blanked, at the same places."""
    blank = lambda match: re.sub(r"[^\n]", " ", match.group(0))
    text = re.sub(r"^```.*?^```", blank, text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"(?<=\n\n)(?:    .*\n)+", blank, text)


def anchors(page):
    headings = re.findall(r"^#+ (.*)$", without_code(page.read_text()), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def check_links(page, text):
    for link in re.finditer(r"\]\(([^)\s]+)\)", text):
        target, _, anchor = link.group(1).partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (ROOT / page).parent / target if target else ROOT / page
        if not file.exists():
            report(page, text, link.start(), f"the link to {target} leads nowhere")
        elif anchor and anchor not in anchors(file):
            report(page, text, link.start(), f"{file.name} has no heading #{anchor}")


def check_paths(page, text):
    for code in re.finditer(r"`([^`\n]+)`", text):
        path = code.group(1)
        is_pattern = any(sign in path for sign in "*<>{}") or "NAME" in path
        if PATH.fullmatch(path) and not is_pattern and not (ROOT / path).exists():
            report(page, text, code.start(), f"there is no {path}")


def check_counts(page, text):
    total = 0
    for row in ROW.finditer(text):
        file = ROOT / row.group(1)
        if not file.exists():
            report(page, text, row.start(), f"there is no {row.group(1)}")
            continue
        lines, stated = file.read_text().count("\n"), int(row.group(2))
        total += lines
        if abs(lines - stated) > 0.1 * stated:
            report(page, text, row.start(), f"{row.group(1)} has {lines} lines, not {stated}")
    sums = re.findall(r"([\d,]+) lines", text)
    stated = int(sums[0].replace(",", "")) if sums else 0
    if abs(total - stated) > 0.1 * stated:
        problems.append(f"{page}: the listed files have {total} lines, not {stated}")


def known_names():
    names = set()
    for file in SOURCES.rglob("*"):
        names.update(file.stem.split("+") if file.is_file() else [file.name])
        if file.suffix == ".swift":
            for declared in DECLARED.findall(file.read_text()):
                names.update(part for name in declared for part in name.split("."))
    return names


def check_names(page, text, names):
    for code in re.finditer(r"`([A-Z][a-z]\w*(?:[.+]\w+)*)(?!/)\b", text):
        parts = re.split(r"[.+]", code.group(1))
        if parts[0] not in names:
            report(page, text, code.start(), f"Sources declare no {parts[0]}")


def count(row):
    file = ROOT / row.group(1)
    lines = file.read_text().count("\n") if file.exists() else row.group(2)
    return f"{row.group(0)[:row.start(2) - row.start()]}{lines}{row.group(0)[row.end(2) - row.start():]}"


if "--write" in sys.argv[1:]:
    (ROOT / TOUR).write_text(ROW.sub(count, (ROOT / TOUR).read_text()))
pages = sorted(str(file.relative_to(ROOT)) for folder in (ROOT, ROOT / "docs", ROOT / "examples")
               for file in folder.glob("*.md"))
names = known_names()
for page in pages:
    text = (ROOT / page).read_text()
    check_links(page, without_code(text))
    if page in NAMED_PATHS:
        check_paths(page, text)
    if page == TOUR:
        check_counts(page, text)
    if page in (TOUR, ARCHITECTURE):
        check_names(page, without_code(text), names)
for problem in problems:
    print(problem, file=sys.stderr)
sys.exit(1 if problems else 0)
