#!/usr/bin/env python3
"""records - the mutants that stand beside the tests; scripts/mutate says how they are written.

  records list PATH... [FUNCTION...] those of these files and folders, or of these functions alone: source, place
                                  ("-": all of it), edit and test, with tabs between
  records apply FILE PLACE EDIT   makes the edit, in the current folder
  records check                   whether each of the current folder's fits; a line for each that does not, and then
                                  it ends with 1
"""
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
from source import Wrong, mutated

COMMENT = re.compile(r"\s*(?:#|//|/\*|\*(?!/))\s*(.*?)\s*(?:\*/)?$")
TEST = re.compile(r"static void (\w+)\(void \*\*|(?:def )?(test_\w+)\(.*[:{]$")
# A ": " that is in no string ends the place.
MUTANT = re.compile(r'(\S+?)(?: ((?:"(?:\\.|[^"\\])*"|[^":]|:(?! ))+))?: (.+)')


class Record:
    def __init__(self, where, source, place, edit):
        self.where, self.source, self.place, self.edit = where, source, place or "-", edit
        self.fails, self.played_with = "", ""
        self.test = None  # the test function below it; None for all of the file


def read(path):
    """The records of a test, each with the function that it stands above."""
    out, pending, last, seen = [], [], None, False
    for number, line in enumerate(path.read_text(errors="replace").splitlines() + [""], 1):
        comment, test = COMMENT.match(line), TEST.match(line)
        if comment:
            last = take(comment.group(1), "%s:%d" % (path, number), last)
            pending += [last] if last and last not in pending else []
            continue
        if pending and not test and line.startswith("@"):
            continue
        if pending and not test and seen:
            raise Wrong("%s: put it above the test that notices it, or above the first of all" % pending[0].where)
        for record in pending if test else ():
            record.test = test.group(test.lastindex)
        out, pending, last, seen = out + pending, [], None, seen or bool(test)
    return out


def take(comment, where, last):
    """The record that a comment line begins, or that it goes on with."""
    word, _, rest = comment.partition(" ")
    if word == "mutant":
        found = MUTANT.fullmatch(rest)
        if not found:
            raise Wrong("%s: expected mutant FILE [NAME]: EDIT" % where)
        return Record(where, *found.groups())
    if last and word == "fails":
        last.fails = rest
    elif last and word == "with":
        last.played_with = rest
    else:
        return None
    return last


def script_of(path):
    """A file of Python is played by the script that hands it to pytest."""
    if path.suffix != ".py":
        return path
    scripts = [script for script in sorted(path.parent.glob("test-*.sh")) if "pytest %s" % path in script.read_text()]
    if len(scripts) != 1:
        raise Wrong("%s: %d scripts play it" % (path, len(scripts)))
    return scripts[0]


def played(path, record):
    """The test as scripts/mutate plays it."""
    name = path.stem
    check = record.fails or (record.test or "" if path.suffix == ".c" else "")
    tail = " = " + check if check else ""
    if name.startswith("fuzz_"):
        return "fuzz " + name.removeprefix("fuzz_")
    if path.suffix == ".c":
        return "unit " + name.removeprefix("test_") + tail
    if name == "test-command-line":
        return "command-line" + tail
    return " ".join(filter(None, ["script", str(script_of(path)), record.played_with, record.test])) + tail


def files(paths):
    for path in map(Path, paths):
        yield from sorted(p for p in path.rglob("*") if p.suffix in (".sh", ".py", ".c")) if path.is_dir() else [path]


def check():
    problems, count = [], 0
    for path in files(["tests"]):
        try:
            records = read(path)
        except Wrong as wrong:
            problems.append(str(wrong))
            continue
        count += len(records)
        for record in records:
            problems += filter(None, [problem_of(path, record)])
    if not count:
        problems.append("there are no mutants here")
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


def problem_of(path, record):
    try:
        if not Path(record.source).is_file():
            raise Wrong("there is no such file")
        mutated(Path(record.source).read_text(), record.source, record.place, record.edit)
        script, known = script_of(path), path.read_text()
        for word in record.played_with.split():
            if not word.startswith("--") and not re.search(r"^%s\(" % re.escape(word), known, re.M):
                raise Wrong("there is no %s in %s" % (word, script))
    except Wrong as wrong:
        return "%s: %s %s: %s" % (record.where, record.source, record.place, wrong)
    return None


def main(command, *arguments):
    if command == "check":
        return check()
    if command == "list":
        functions = [word for word in arguments if "/" not in word and word != "tests"]
        for path in files(word for word in arguments if word not in functions):
            for record in read(path):
                if functions and record.test not in functions:
                    continue
                print(record.source, record.place, record.edit, played(path, record), sep="\t")
    else:
        path = Path(arguments[0])
        path.write_text(mutated(path.read_text(), *arguments))
    return 0


try:
    sys.exit(main(*sys.argv[1:]))
except Wrong as problem:
    print(problem)
    sys.exit(1)
