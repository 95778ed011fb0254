#!/usr/bin/env python3
"""Holds the sources against Sources/layers.txt: arrows between targets and between folders go one way.

    Tests/layers.py [--show]

A use is found by name: a type, protocol or function that one file declares at its top level (or inside another
type, then named with it: `Outer.Inner`) and another file of the target names. What extensions add to a type is
not followed. `--show` prints for each target which folder uses which, to write its line from.
"""
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ROOT / "Sources"
TYPES = "struct|class|enum|protocol|actor|typealias"
TOKEN = re.compile(rf"""
    (?P<import>^[ \t]*(?:@\w+[ \t]+)*(?:(?:public|internal|package|private|fileprivate)[ \t]+)?import[ \t]+(?P<module>\w+))
  | (?P<extension>\bextension[ \t\n]+(?P<extended>[\w.]+))
  | (?<![.\w])(?P<type>{TYPES})[ \t]+(?P<name>[A-Za-z_]\w*)
  | \b(?:func|let|var)[ \t]+(?P<value>[A-Za-z_]\w*)
  | \bassociatedtype[ \t]+(?P<associated>\w+)
  | (?P<brace>[{{}}])
  | (?P<use>(?:\.[ \t]*)?[A-Za-z_]\w*(?:[ \t]*\.[ \t]*[A-Z]\w*)*)
""", re.VERBOSE | re.MULTILINE)
MARK = re.compile(r'//|/\*|#*"""|#*"')
HIDDEN = re.compile(r"\b(?:private|fileprivate)\b[^\n{}]*$")


def without_texts(source):
    """The code with comments and the texts of strings blanked; what is put into strings stays."""
    out, at = [], 0

    def blank(end):
        nonlocal at
        out.append(re.sub(r"[^\n]", " ", source[at:end]))
        at = end

    def string(mark):
        """From behind the opening quotes to behind the closing ones."""
        hashes, quotes = mark.rstrip('"'), mark.lstrip("#")
        close, escape = quotes + hashes, "\\" + hashes
        while at < len(source):
            ends = [(source.find(word, at), word) for word in (close, escape)]
            place, word = min((pair for pair in ends if pair[0] >= 0), default=(len(source), close))
            if word == close:
                return blank(place + len(close))
            blank(place + len(escape))
            if source[at:at + 1] == "(":
                code(inside=True)
            else:
                blank(at + 1)

    def code(inside=False):
        """To the end, or to the parenthesis that ends what is put into a string."""
        nonlocal at
        depth = 0
        stop = re.compile(MARK.pattern + r"|[()]") if inside else MARK
        while at < len(source):
            found = stop.search(source, at)
            end = found.start() if found else len(source)
            out.append(source[at:end])
            at = end
            if not found:
                return
            mark = found.group()
            if mark in "()":
                depth += 1 if mark == "(" else -1
                out.append(mark)
                at += 1
                if depth == 0:
                    return
            elif mark == "//":
                line = source.find("\n", at)
                blank(line if line >= 0 else len(source))
            elif mark == "/*":
                level, end = 1, at + 2
                while level and end < len(source):
                    level += {"/*": 1, "*/": -1}.get(source[end:end + 2], 0)
                    end += 2 if source[end:end + 2] in ("/*", "*/") else 1
                blank(end)
            else:
                blank(found.end())
                string(mark)

    code()
    return "".join(out)


class File:
    """What a source declares for others, what it names, and what it imports: each with its line."""

    def __init__(self, path):
        self.path = path
        self.target, *folders = path.relative_to(SOURCES).parts
        self.place = "/".join(folders)
        self.code = without_texts(path.read_text())
        self.declared, self.own, self.uses, self.imports = set(), set(), {}, {}
        self.read()

    def line(self, at):
        return self.code.count("\n", 0, at) + 1

    def read(self):
        scopes, opening = [], None
        for token in TOKEN.finditer(self.code):
            at = token.start()
            if token["import"]:
                self.imports.setdefault(token["module"], at)
            elif token["extension"]:
                self.name(token["extended"], at)
                opening = token["extended"]
            elif token["type"]:
                opening = self.declare(token["name"], scopes, at)
            elif token["value"]:
                if scopes:
                    self.own.add(token["value"])
                else:
                    self.declare(token["value"], scopes, at)
            elif token["associated"]:
                self.own.add(token["associated"])
            elif token["brace"] == "{":
                scopes.append(opening)
                opening = None
            elif token["brace"] == "}":
                scopes = scopes[:-1]
            elif not token["use"].startswith("."):
                self.name(token["use"], at)

    def declare(self, name, scopes, at):
        hidden = HIDDEN.search(self.code, self.code.rfind("\n", 0, at) + 1, at)
        if not scopes:
            (self.own if hidden else self.declared).add(name)
            return name
        if scopes[-1] is None:
            self.own.add(name)
            return None
        whole = f"{scopes[-1]}.{name}"
        (self.own if hidden else self.declared).add(whole)
        self.own.add(name)
        return whole

    def name(self, words, at):
        words = re.sub(r"\s", "", words)
        parts = words.split(".")
        for count in range(len(parts), 0, -1):
            self.uses.setdefault(".".join(parts[:count]), at)


def owners(files):
    """Which file of a target declares a name; what two declare, or a member is called, is not told apart."""
    found = collections.defaultdict(set)
    for file in files:
        for name in file.declared:
            found[name].add(file)
    members = set().union(*(file.own for file in files))
    return {name: next(iter(several)) for name, several in found.items()
            if len(several) == 1 and not (name[0].islower() and name in members)}


def arrows(files):
    """(file, place, name, file that declares it) for each use between two files of a target."""
    declared = owners(files)
    for file in files:
        generic = set(re.findall(r"[<,]\s*(?:each\s+)?(\w+)\s*(?=[:,>])", file.code))
        for name, at in file.uses.items():
            other = declared.get(name)
            if other is None or other is file or name in file.own:
                continue
            if "." not in name and name in generic and not is_type_argument(file.code, name):
                continue
            yield file, at, name, other


def is_type_argument(code, name):
    """Whether a name between angle brackets is used, not introduced, there."""
    return not re.search(rf"\b(?:func|init|struct|class|enum|actor|typealias|protocol)\b[^(){{}}=]*<[^>]*\b{name}\b\s*[:,>]", code)


class Order:
    """`A < B & C | D`: A stands lowest; B and C may use each other, D and they may not."""

    def __init__(self, text):
        self.places = {}
        for level, layer in enumerate(text.split("<")):
            for group, names in enumerate(layer.split("|")):
                for name in names.split("&"):
                    self.places[name.strip()] = (level, group)

    def place(self, path):
        """The longest name that a path begins with; `.` stands for the files of the target's own folder."""
        parts = path.split("/")
        for count in range(len(parts), 0, -1):
            if (name := "/".join(parts[:count])) in self.places:
                return name
        return "." if len(parts) == 1 and "." in self.places else None

    def allows(self, user, used):
        (level, group), (below, other) = self.places[user], self.places[used]
        return below < level or (below, other) == (level, group)


class Rules:
    def __init__(self, path):
        self.targets, self.folders = None, {}
        self.forbidden, self.allowed = {}, {}
        text = re.sub(r"#[^\n]*", "", path.read_text())
        for line in re.sub(r"\n[ \t]+", " ", text).splitlines():
            if not line.strip():
                continue
            head, _, body = line.partition(":")
            word, _, name = head.partition(" ")
            if word == "targets":
                self.targets = Order(body)
            elif word == "folders":
                self.folders[name] = Order(body)
            elif word == "forbid":
                self.forbidden[name] = body.split()
            elif word == "allow":
                self.allowed[name] = set(body.split())
            else:
                sys.exit(f"{path}: '{word}' is none of targets, folders, forbid, allow")


def package_dependencies():
    """Target to the targets that Package.swift lets it import."""
    text = (ROOT / "Package.swift").read_text()
    start = re.compile(r'\blibrary\(\s*"(\w+)"|\.(?:executableTarget|target)\(\s*name:\s*"(\w+)"|\btests\(')
    starts = list(start.finditer(text, text.index("targets: [\n")))
    found = {}
    for match, after in zip(starts, starts[1:]):
        entry = text[match.end():after.start()]
        listed = re.match(r",\s*\[([^\]]*)\]" if match[1] else r".*?\bdependencies:\s*\[([^\]]*)\]",
                          entry, re.S)
        if name := match[1] or match[2]:
            found[name] = set(re.findall(r'"(\w+)"', listed[1])) if listed else set()
    return found


def check_targets(rules, files):
    names = {file.target for file in files} | {path.name for path in SOURCES.iterdir() if path.is_dir()}
    for name in sorted(names - set(rules.targets.places)):
        yield f"Sources/layers.txt: 'targets' does not say where {name} stands"
    for name in sorted(set(rules.targets.places) - names):
        yield f"Sources/layers.txt: there is no target {name}"
    names &= set(rules.targets.places)
    package = package_dependencies()
    for user, used in package.items():
        if user not in names:
            continue
        for name in sorted(used & names):
            if not rules.targets.allows(user, name) or user == name:
                yield f"Package.swift: {user} depends on {name}, but does not stand above it"
    for file in files:
        for module, at in file.imports.items():
            if module not in names or file.target not in names:
                continue
            place = f"{file.target}/{file.place}:{file.line(at)}"
            if not rules.targets.allows(file.target, module):
                yield f"{place} imports {module}, but {file.target} does not stand above it"
            elif module not in package.get(file.target, ()):
                yield f"{place} imports {module}, which Package.swift does not give to {file.target}"


def check_folders(rules, files):
    for target, order in rules.folders.items():
        inside = [file for file in files if file.target == target]
        for name in sorted(order.places):
            if name != "." and not (SOURCES / target / name).exists():
                yield f"Sources/layers.txt: there is no {target}/{name}"
        for file in inside:
            if order.place(file.place) is None:
                yield f"Sources/layers.txt: 'folders {target}' does not say where {file.place} stands"
        for file, at, name, other in arrows(inside):
            user, used = order.place(file.place), order.place(other.place)
            if user and used and not order.allows(user, used):
                stands = "beside" if order.places[user][0] == order.places[used][0] else "below"
                yield (f"{target}/{file.place}:{file.line(at)} uses {name} ({target}/{other.place}), "
                       f"but {user} stands {stands} {used}")


def check_words(rules, files):
    """Words that the code of a target, or of a folder of one, must not contain."""
    needed = collections.defaultdict(set)
    for target, words in rules.forbidden.items():
        for file in files:
            place = f"{file.target}/{file.place}"
            if not place.startswith(f"{target}/"):
                continue
            for word in words:
                pattern = rf"(?<![\w.]){re.escape(word)}" + (r"(?!\w)" if word[-1].isalnum() else "")
                if not (found := re.search(pattern, file.code)):
                    continue
                if word in rules.allowed.get(place, ()):
                    needed[place].add(word)
                else:
                    yield f"{place}:{file.line(found.start())} uses {word}, which {target} must not"
    for place, words in rules.allowed.items():
        if not (SOURCES / place).exists():
            yield f"Sources/layers.txt: there is no {place}"
            continue
        for word in sorted(words - needed[place]):
            yield f"Sources/layers.txt: {place} needs no leave for {word} any more; take it out"


def show(files):
    for target in sorted({file.target for file in files}):
        inside = [file for file in files if file.target == target]
        found = collections.defaultdict(collections.Counter)
        example = {}

        def folder(file):
            return file.place.rpartition("/")[0] or file.place
        for file, at, name, other in arrows(inside):
            if folder(file) != folder(other):
                found[folder(file)][folder(other)] += 1
                example.setdefault((folder(file), folder(other)), f"{file.place}:{file.line(at)} {name}")
        for user in sorted(found):
            for used, count in found[user].most_common():
                print(f"{target}: {user} -> {used} ({count}: {example[user, used]})")


def main():
    files = [File(path) for path in sorted(SOURCES.rglob("*.swift"))]
    if "--show" in sys.argv:
        return show(files)
    rules = Rules(SOURCES / "layers.txt")
    problems = [problem for check in (check_targets, check_folders, check_words)
                for problem in check(rules, files)]
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
