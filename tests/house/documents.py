#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""documents.py ROOT: checks links, file names, lines and names in the tree below ROOT.

Prints one line for each finding. Exit status 1 if there is any:
  - a relative link in Markdown whose file does not exist, or whose anchor that file does not have;
  - a file name in Markdown, in backticks or in a block of code, that looks like a path of this tree and does
    not exist; likewise a name that ends in .md in a comment of a source, and a unit in a table of rooms;
  - a line of more than 110 columns in Markdown or in a source, except tables and lines with an address;
  - an identifier in a C++ source that contains a banned word (BANNED);
  - a README.md at the root of more than 200 lines.
"""
import os
import re
import sys

MAX_COLUMNS = 110
MAX_README_LINES = 200

# Words that must not be in identifiers of C++ sources, each with a replacement. Comments and strings are not
# checked.
BANNED = {
    "ask": "request", "asked": "requested", "asker": "principal", "asking": "requesting", "asks": "requests",
    "begin": "start", "begins": "starts", "begun": "started",
    "exchanged": "entry, transfer",
    "hear": "receive", "heard": "received", "hears": "receives",
    "incoming": "upload",
    "keeper": "maintenance",
    "least": "min",
    "most": "max",
    "neighbour": "address, other", "neighbours": "addresses, others",
    "nobody": "none, no_owner",
    "said": "stated, given", "say": "state, report", "says": "states, reports",
    "sound": "audio", "sounds": "audio",
    "tell": "notify, report", "teller": "poller", "telling": "notifier", "tells": "notifies, reports",
    "told": "notified, reported",
    "trouble": "error",
    "twin": "duplicate", "twins": "duplicates",
    "verdict": "result, status",
    "wanted": "requested, expected",
    "whoever": "caller, owner",
    "workshop": "threads, pool",
}
# Names of the standard library, of Boost.JSON, of FFmpeg and of libcurl, and the Unix user "nobody". Also
# allowed: "begin" as a verb at the start of a name (begin_transaction), "at most", "at least",
# "least recently".
ALLOWED = {
    "begin", "cbegin", "rbegin", "crbegin", "on_array_begin", "on_document_begin", "on_object_begin",
    "avio_tell", "nobody", "kNobodyId", "chown_to_nobody",
    "CURLOPT_NOBODY",
}

SKIPPED_FOLDERS = {".git", "node_modules", "__pycache__", ".cache", ".vscode", ".idea"}
CPP = (".cpp", ".hpp", ".h", ".cc")
# Files that are checked for long lines and for names of documents.
SOURCES = CPP + (".cmake", ".sh", ".py", ".mjs", ".js", ".yml", ".in", "CMakeLists.txt", ".ci/run",
                 "bench/compare", "bench/load")
# A path in Markdown is checked if it has one of these endings, or starts with a folder of the root.
PATH_ENDING = re.compile(
    r"\.(?:cpp|hpp|h|cc|md|sh|py|cmake|mjs|js|ts|json|yml|yaml|txt|map|supp|in|dict|sql)$")
# A name without a folder is searched in the whole tree if it has one of these endings. (Files with other
# endings, such as list.m3u8, are examples.)
BARE_NAME = re.compile(r"[\w-]+\.(?:cpp|hpp|sh|py|cmake|mjs|supp)")
# Paths may be relative to the root, to the document's own folder, or to one of these.
PATH_ROOTS = (
    "", "libconvert", "libconvert/src", "libconvert/include", "libconvert/include/convert", "libconvert/docs",
    "server", "server/src", "server/include", "server/include/convert/server", "server/program", "tests",
)
# Folders that contain rooms.
ROOM_ROOTS = ("libconvert/src", "server/src", "server")
# First folders of paths outside this tree: headers of other projects, build output, installed files.
FOREIGN = {
    "boost", "build", "libavcodec", "libavformat", "libavutil", "libswresample", "openssl", "sys", "usr",
    "share", "lib", "libexec",
}
PATH = re.compile(r"[A-Za-z0-9_.*{},-]+(?:/[A-Za-z0-9_.*{},-]+)*/?")

findings = 0


def report(file, line, message):
    global findings
    findings += 1
    print(f"{file}:{line}: {message}")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Tree:
    """The files and folders below ROOT, by their relative paths, without build output."""

    def __init__(self, root):
        self.root = root
        self.files = set()
        self.folders = {""}
        for folder, folders, names in os.walk(root):
            here = os.path.relpath(folder, root).replace(os.sep, "/")
            here = "" if here == "." else here
            folders[:] = sorted(
                name for name in folders
                if name not in SKIPPED_FOLDERS and not (here == "" and name.startswith("build")))
            self.folders.update(join(here, name) for name in folders)
            self.files.update(join(here, name) for name in names)
        self.names = {path.rsplit("/", 1)[-1] for path in self.files}
        self.top = {path.split("/", 1)[0] for path in self.folders if path}
        self.anchors = {}

    def exists(self, path):
        path = path.rstrip("/")
        return path in self.files or path in self.folders

    def matches(self, path):
        """Whether a path exists, which may contain * and {a,b}."""
        if not re.search(r"[*{]", path):
            return self.exists(path)
        pattern = re.escape(path.rstrip("/"))
        pattern = pattern.replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
        pattern = re.sub(r"\\\{(.*?)\\\}", lambda found: "(?:" + found[1].replace(",", "|") + ")", pattern)
        expression = re.compile(pattern)
        return any(expression.fullmatch(one) for one in self.files | self.folders)

    def anchors_of(self, path):
        if path not in self.anchors:
            self.anchors[path] = anchors_in(read(os.path.join(self.root, path)))
        return self.anchors[path]


def join(folder, name):
    return f"{folder}/{name}" if folder else name


def resolve(folder, path):
    """A path from `folder`, relative to the root; None if it leads out of the tree."""
    parts = []
    for part in join(folder, path).split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def slug(heading):
    """The anchor that GitHub gives a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    text = re.sub(r"[`*]", "", text).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchors_in(text):
    anchors = set()
    counts = {}
    for _, line, fenced in markdown_lines(text):
        for name in re.findall(r"<a\s+(?:id|name)=\"([^\"]+)\"", line):
            anchors.add(name)
        heading = None if fenced else re.match(r"#{1,6}\s+(.*?)\s*#*$", line)
        if heading:
            name = slug(heading[1])
            count = counts.get(name, 0)
            counts[name] = count + 1
            anchors.add(f"{name}-{count}" if count else name)
    return anchors


def markdown_lines(text):
    """Yields (number, line, fenced). The lines that open and close a block of code count as fenced."""
    fence = ""
    for number, line in enumerate(text.split("\n"), 1):
        mark = re.match(r"\s*(```+|~~~+)", line)
        if fence:
            yield number, line, True
            if mark and mark[1].startswith(fence):
                fence = ""
        elif mark:
            fence = mark[1]
            yield number, line, True
        else:
            yield number, line, False


def too_long(line):
    return len(line) > MAX_COLUMNS and "://" not in line


def check_units(tree, file, number, line):
    """A row of a table of rooms: the first cell is a folder of sources, the second names units in it."""
    cells = line.split("|")
    rooms = re.findall(r"`([a-z_/]+)`", cells[1])
    folders = [join(root, room) for room in rooms for root in ROOM_ROOTS if join(root, room) in tree.folders]
    if not folders:
        report(file, number, f"there is no room {cells[1].strip()} in the tree")
        return
    inside = {
        part.split(".", 1)[0]
        for path in tree.files for folder in folders if path.startswith(folder + "/")
        for part in path[len(folder) + 1:].split("/")
    }
    for unit in re.findall(r"`([a-z][a-z0-9_]*)`", cells[2]):
        if unit not in inside:
            report(file, number, f"there is no unit {unit} in the room {rooms[0]}")


def check_markdown(tree, file):
    text = read(os.path.join(tree.root, file))
    folder = file.rsplit("/", 1)[0] if "/" in file else ""
    units = False
    for number, line, fenced in markdown_lines(text):
        if not line.startswith("|"):
            units = False
        elif units and not line.startswith("| ---"):
            check_units(tree, file, number, line)
        units = units or line == "| room | units |"
        if too_long(line) and not line.lstrip().startswith("|"):
            report(file, number, f"{len(line)} columns; at most {MAX_COLUMNS}")
        if fenced:
            for word in re.findall(r"[^\s\"'=()<>|;$]+", line):
                check_path(tree, file, number, folder, word, in_block=True)
            continue
        for code in re.findall(r"(?<!`)`([^`]+)`(?!`)", line):
            check_path(tree, file, number, folder, code, in_block=False)
        without_code = re.sub(r"(?<!`)`[^`]+`(?!`)", "code", line)
        targets = re.findall(r"\]\(\s*<?([^)\s>]+)", without_code)
        targets += re.findall(r"^\s*\[[^\]]+\]:\s*(\S+)", without_code)
        for target in targets:
            check_link(tree, file, number, folder, target)
    if file == "README.md":
        count = text.count("\n")
        if count > MAX_README_LINES:
            report(file, count, f"{count} lines; at most {MAX_README_LINES}")


def check_link(tree, file, number, folder, target):
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return
    path, _, anchor = target.partition("#")
    where = resolve(folder, path) if path else file
    if where is None or not tree.exists(where):
        report(file, number, f"the link to {target} is dead: there is no such file")
    elif anchor and where.endswith(".md") and anchor not in tree.anchors_of(where):
        report(file, number, f"the link to {target} is dead: {where} has no such heading")


def check_path(tree, file, number, folder, text, in_block):
    """Reports a word that looks like a path of this tree and does not exist."""
    text = text.rstrip(".,:")
    if not PATH.fullmatch(text) or ".." in text or re.search(r"(?:^|/)[A-Z_]+(?:/|$)|^-", text):
        return
    first = text.split("/", 1)[0]
    if first in FOREIGN:
        return
    if "/" not in text:
        if not in_block and BARE_NAME.fullmatch(text) and text not in tree.names:
            report(file, number, f"there is no file {text} in the tree")
        return
    of_this_tree = first in tree.top and first != "build"
    if in_block and not of_this_tree:
        return
    if not of_this_tree and not PATH_ENDING.search(text):
        return
    candidates = [resolve(folder, text)] + [join(root, text) for root in PATH_ROOTS]
    if not any(one is not None and tree.matches(one) for one in candidates):
        report(file, number, f"there is no file {text} in the tree")


TOKEN = re.compile(
    r"""
    (?P<comment>//(?:[^\n\\]|\\.)*|/\*.*?\*/)
  | (?P<include>^[ \t]*\#[ \t]*include[^\n]*)
  | (?P<raw>(?:u8|[uUL])?R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)")
  | (?P<string>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*")
  | (?P<number>\.?\d(?:[eEpP][+-]|'?[\w.])*)
  | (?P<character>(?:u8|[uUL])?'(?:\\.|[^'\\\n])+')
  | (?P<name>[A-Za-z_]\w*)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE)


def words_of(identifier):
    """The lower-case words of snake_case, CamelCase and kCamelCase."""
    for part in identifier.split("_"):
        for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", part):
            yield word.lower()


def check_identifiers(file, text):
    seen = set()
    for token in TOKEN.finditer(text):
        name = token["name"]
        if not name or name in seen or name in ALLOWED:
            continue
        seen.add(name)
        words = list(words_of(name))
        for i, word in enumerate(words):
            if word == "begin" and i == 0 and len(words) > 1 and name[0].islower():
                continue
            if word in ("most", "least") and ("at" in words[max(i - 1, 0):i] or "recently" in words[i:i + 2]):
                continue
            if word in BANNED:
                line = text.count("\n", 0, token.start()) + 1
                report(file, line, f"{name}: \"{word}\" is banned in names; use {BANNED[word]}")
                break


def check_source(tree, file):
    text = read(os.path.join(tree.root, file))
    folder = file.rsplit("/", 1)[0] if "/" in file else ""
    for number, line in enumerate(text.split("\n"), 1):
        if too_long(line) and not re.match(r"\s*(?://+|#|\*)\s*\|", line):
            report(file, number, f"{len(line)} columns; at most {MAX_COLUMNS}")
        comment = re.search(r"^\s*(?://|#)(.*)|\s//(.*)", line)
        for name in re.findall(r"[\w./-]+\.md\b", (comment[1] or comment[2] or "") if comment else ""):
            candidates = [resolve(folder, name)] + [join(root, name) for root in PATH_ROOTS]
            if not any(one is not None and tree.exists(one) for one in candidates):
                report(file, number, f"there is no file {name} in the tree")
    if file.endswith(CPP):
        check_identifiers(file, text)


def main(arguments):
    if len(arguments) != 1 or not os.path.isdir(arguments[0]):
        print(__doc__, file=sys.stderr)
        return 2
    tree = Tree(arguments[0])
    documents = sorted(file for file in tree.files if file.endswith(".md"))
    sources = sorted(file for file in tree.files if file.endswith(SOURCES))
    if not documents and not sources:
        print(f"There are no documents and no sources in {arguments[0]}.")
        return 1
    for file in documents:
        check_markdown(tree, file)
    for file in sources:
        check_source(tree, file)
    if findings:
        print(f"{findings} findings.")
        return 1
    print(f"{len(documents)} documents and {len(sources)} sources checked.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
