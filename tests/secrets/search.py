#!/usr/bin/env python3
"""search.py SECRETS PATH... - looks for secrets in files, whatever form they have there.

SECRETS has a line "NAME<tab>VALUE" for each; "hex:..." stands for bytes. Every regular file in PATHs is read, also
what is inside of zip archives (Terraform's plans). Prints "PATH<tab>NAME<tab>FORM<tab>LINE"
for every line with a secret in it, cut short: its beginning, and what is around it; and at the end to stderr how many
files and bytes it has read. The values are never printed.
"""
import base64
import os
import re
import stat
import sys
import urllib.parse
import zipfile

BEGINNING = 80
AROUND = 160


def forms(value):
    """How a value may be written: as it is, escaped, or encoded."""
    raw = bytes.fromhex(value[4:]) if value.startswith("hex:") else value.encode()
    yield "plain", raw
    yield "escaped", raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    yield "percent", urllib.parse.quote(raw, safe="").encode()
    yield "hex", raw.hex().encode()
    # As part of a longer text in base64, at any of the three places in a group of it.
    for skip in range(3):
        code = base64.b64encode(b"\0" * skip + raw)
        yield "base64", code[4 if skip else 0: len(code) - (4 if len(code) > 12 else 0)]


def patterns(path):
    table = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            name, value = line.rstrip("\n").split("\t")
            for form, text in forms(value):
                table.setdefault(text, (name, form))
    return table


def contents(path):
    """(name, bytes) of a file, and of each member if it is an archive."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                yield f"{path}!{member}", archive.read(member)
    with open(path, "rb") as f:
        yield path, f.read()


def files(path):
    if not os.path.isdir(path):
        yield path
    for folder, _, names in os.walk(path):
        for name in names:
            full = os.path.join(folder, name)
            if stat.S_ISREG(os.lstat(full).st_mode):
                yield full


def shown(line, hits):
    """The line around its secrets, which are replaced by their names."""
    first = hits[0].start()
    begin = min(BEGINNING, first)
    start = max(begin, first - AROUND)
    return line[:begin] + b" " + line[start:first] + b"***" + line[hits[-1].end(): hits[-1].end() + AROUND]


def main():
    table = patterns(sys.argv[1])
    any_of = re.compile(b"|".join(re.escape(t) for t in sorted(table, key=len, reverse=True)))
    count = size = 0
    for root in sys.argv[2:]:
        for path in files(root):
            count += 1
            for name, data in contents(path):
                size += len(data)
                for line in data.split(b"\n") if any_of.search(data) else []:
                    hits = list(any_of.finditer(line))
                    for what, form in sorted({table[h.group()] for h in hits}):
                        text = shown(line, hits).decode("utf-8", "backslashreplace")
                        print(name, what, form, text, sep="\t")
    print(f"{count} files, {size} bytes", file=sys.stderr)


main()
