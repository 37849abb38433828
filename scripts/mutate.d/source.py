"""source.py - makes a source wrong, by the names in it and not by its lines.

What a record of scripts/mutate says about a file is a NAME, perhaps narrowed down, and an edit.
The name is that of a function, a variable with an initialiser or a macro of C, of a function of
sh, or of a block of Terraform (`module.ids`, `terraform_data.this`, `local.drifted`); "-" is
the whole file.
"""
import re

TOKEN = re.compile(r"""
    (?P<string> "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' )
  | (?P<word> \w+ )
  | (?P<sign> -> | \+\+ | -- | <<= | >>= | [-+*/%&|^=!<>]= | << | >> | && | \|\| | . )
""", re.X | re.S)
BLANK = {
    ".c": re.compile(r"\s+|//[^\n]*|/\*.*?\*/|\\\n", re.S),
    ".tf": re.compile(r"\s+|//[^\n]*|#[^\n]*|/\*.*?\*/", re.S),
    ".sh": re.compile(r"\s+|(?<!\S)#[^\n]*|\\\n", re.S),
}
DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)
PAIRS = {"(": ")", "[": "]", "{": "}"}
ASSIGNING = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}
LOOPS = {"if", "while", "for", "switch"}


class Wrong(Exception):
    """What a record says does not fit."""


class Token:
    def __init__(self, text, kind, begin):
        self.text, self.kind, self.begin, self.end = text, kind, begin, begin + len(text)


def tokens_of(text, language):
    blank, at, out = BLANK[language], 0, []
    while at < len(text):
        skipped = blank.match(text, at)
        if skipped:
            at = skipped.end()
            continue
        found = TOKEN.match(text, at)
        out.append(Token(found.group(), found.lastgroup, at))
        at = found.end()
    return out


def language_of(path):
    name = path.removesuffix(".tftpl")
    return ".c" if name.endswith((".c", ".h")) else ".tf" if name.endswith(".tf") else ".sh"


class Source:
    def __init__(self, text, path):
        self.text, self.language = text, language_of(path)
        self.tokens = tokens_of(text, self.language)
        self.directives = [m.span() for m in DIRECTIVE.finditer(text)] if self.language == ".c" else []
        self.partner = self.pair()

    def in_directive(self, token):
        return next((span for span in self.directives if span[0] <= token.begin < span[1]), None)

    def pair(self):
        """Each bracket's other one; those of a directive among themselves."""
        partner, stacks = {}, {}
        for i, token in enumerate(self.tokens):
            if token.kind != "sign":
                continue
            stack = stacks.setdefault(self.in_directive(token), [])
            if token.text in PAIRS:
                stack.append(i)
            elif stack and PAIRS[self.tokens[stack[-1]].text] == token.text:
                partner[i] = stack.pop()
                partner[partner[i]] = i
        return partner

    def at(self, i):
        return self.tokens[i].text if 0 <= i < len(self.tokens) else ""

    # ---- names ----

    def top(self):
        """The tokens outside of all brackets."""
        i = 0
        while i < len(self.tokens):
            if not self.in_directive(self.tokens[i]):
                yield i
                if self.at(i) in PAIRS and i in self.partner:
                    i = self.partner[i]
            i += 1

    def named(self, name):
        """The tokens that a name stands for, as (first, behind the last)."""
        if name == "-":
            return 0, len(self.tokens)
        find = {".c": self.named_c, ".tf": self.named_tf, ".sh": self.named_sh}[self.language]
        found = list(find(name))
        if len(found) != 1:
            raise Wrong("there is no %s in it" % name if not found else "%s is there more than once" % name)
        return found[0]

    def named_c(self, name):
        for span in self.directives:
            if re.match(r"[ \t]*#[ \t]*define[ \t]+%s\b" % re.escape(name), self.text[slice(*span)]):
                inside = [i for i, token in enumerate(self.tokens) if span[0] <= token.begin < span[1]]
                yield inside[0] + 3, inside[-1] + 1
        for i in self.top():
            if self.at(i) != name:
                continue
            if self.at(i + 1) == "(" and self.at(self.partner[i + 1] + 1) == "{":
                begin = self.partner[i + 1] + 1
                yield begin + 1, self.partner[begin]
                continue
            j = i + 1
            while self.at(j) == "[":
                j = self.partner[j] + 1
            if self.at(j) == "=":
                yield j + 1, self.end_of(j + 1, ";")

    def named_sh(self, name):
        found = re.search(r"^%s\(\) \{\n(?:.*\n)*?\}$" % re.escape(name), self.text, re.M)
        if found:
            inside = [i for i, token in enumerate(self.tokens) if found.start() <= token.begin < found.end()]
            yield inside[0] + 4, inside[-1]

    def named_tf(self, name):
        kind, _, rest = name.partition(".")
        labels = {"local": ["locals"], "module": ["module", rest], "var": ["variable", rest], "output": ["output", rest],
                  "data": ["data"] + rest.split(".")}.get(kind, ["resource", kind, rest])
        for i in self.top():
            header = [self.at(i + k).strip('"') for k in range(len(labels))]
            begin = i + len(labels)
            if header != labels or self.at(begin) != "{":
                continue
            if kind != "local":
                yield begin + 1, self.partner[begin]
            for j in self.matches([rest, "="], begin + 1, self.partner[begin]) if kind == "local" else ():
                yield j[1], self.end_of_line(j[1])

    def end_of(self, i, *ends):
        """The first of these tokens behind i that is in no bracket, or what closes it all."""
        while i < len(self.tokens) and self.at(i) not in ends and self.at(i) not in PAIRS.values():
            i = self.partner.get(i, i) + 1
        return i

    def end_of_line(self, i):
        while True:
            i = self.partner.get(i, i) if self.at(i) in PAIRS else i
            i += 1
            if i >= len(self.tokens) or "\n" in self.text[self.tokens[i - 1].end:self.tokens[i].begin]:
                return i

    # ---- parts ----

    def matches(self, words, begin, end):
        """Where these tokens stand; () is a bracket with all that is in it."""
        for i in range(begin, end):
            at, k = i, 0
            while k < len(words):
                if words[k:k + 2] == ["(", ")"] and self.at(at) == "(":
                    at, k = self.partner[at] + 1, k + 2
                elif self.at(at) == words[k]:
                    at, k = at + 1, k + 1
                else:
                    break
            if k == len(words) and at <= end:
                yield i, at

    def find(self, pattern, scope):
        words = [token.text for token in tokens_of(pattern, self.language)]
        return list(self.matches(words, *scope)) if words else []

    def one(self, pattern, scope, spans, of="it"):
        spans = sorted(set(spans))
        if len(spans) != 1:
            raise Wrong("%s: %s is %s" % (of, pattern, "more than once there" if spans else "not there"))
        return spans[0]

    def around(self, i, scope):
        """The bracket that token i is in, -1 for that of the scope."""
        i -= 1
        while i >= scope[0]:
            if self.at(i) in PAIRS.values() and i in self.partner:
                i = self.partner[i]
            elif self.at(i) in PAIRS:
                return i
            i -= 1
        return -1

    def narrow(self, pattern, scope):
        """In a call: its arguments. In `[X]`: the value of that element. Else in its bracket."""
        begin, end = self.one(pattern, scope, self.find(pattern, scope), "in")
        if pattern.endswith("()"):
            return self.partner[end - 1] + 1, end - 1
        if pattern.startswith("["):
            return end + 1, self.end_of(end, ",")
        bracket = self.around(begin, scope)
        return (bracket + 1, self.partner[bracket]) if bracket >= 0 else scope

    def back(self, i, floor, ends):
        """The first token of what ends before i."""
        while i > floor and self.at(i - 1) not in ends and self.at(i - 1) not in PAIRS:
            i = self.partner.get(i - 1, i - 1) if self.at(i - 1) in PAIRS.values() else i - 1
        return i

    def is_head(self, bracket):
        return self.at(bracket) == "(" and self.at(bracket - 1) in LOOPS

    def operand(self, i, scope, signs):
        """The smallest operand of one of these signs, or whole condition or value, with token i."""
        ends = signs | {"?", ":", ",", ";", "return", "}"} | ASSIGNING
        while True:
            bracket = self.around(i, scope)
            floor = bracket + 1 if bracket >= 0 else scope[0]
            begin, end = self.back(i, floor, ends), self.end_of(i, *ends)
            left, right = self.at(begin - 1), self.at(end)
            if right in ASSIGNING:
                return None
            if right in signs or left in signs or right == "?" or self.is_head(bracket):
                return begin, end
            if bracket < 0 or self.at(bracket) == "{":
                return (begin, end) if left == "return" else None
            i = bracket

    def statement(self, token, scope):
        """With this token, up to its semicolon; or the element of a table."""
        i = token
        while True:
            bracket = self.around(i, scope)
            if bracket < 0 or (self.at(bracket) == "{" and self.at(bracket - 1) in (")", ";", "{", "}", "else", "do", ":")):
                break
            i = bracket
        floor = bracket + 1 if bracket >= 0 else scope[0]
        begin, end = i, self.end_of(i, ";")
        if end >= scope[1] or self.at(end) != ";":
            return self.element(token, scope)
        while begin > floor and self.at(begin - 1) not in (";", "{", "}", "else", "do"):
            if self.at(begin - 1) == ")" and self.is_head(self.partner[begin - 1]):
                break
            begin = self.partner.get(begin - 1, begin - 1) if self.at(begin - 1) == ")" else begin - 1
        return begin, end

    def element(self, i, scope):
        """Of the table: of its outermost bracket."""
        outer = scope[0] + 1 if self.at(scope[0]) == "{" else scope[0]
        begin, end = i, i
        while self.around(begin, (outer, scope[1])) >= 0:
            begin = self.around(begin, (outer, scope[1]))
        end = self.end_of(begin, ",")
        begin = self.back(begin, outer, {","})
        return begin, end + (self.at(end) == ",")

    # ---- edits ----

    def replaced(self, span, value):
        begin = self.tokens[span[0]].begin
        return self.text[:begin] + value + self.text[self.tokens[span[1] - 1].end:]

    def returns(self, value, scope):
        at = self.tokens[scope[0]].begin
        return self.text[:at] + "return %s; " % value + self.text[at:]

    def without(self, pattern, scope):
        spans = [self.statement(i, scope) for i, _ in self.find(pattern, scope)]
        return self.replaced(self.one(pattern, scope, spans, "without"), "")

    def condition(self, pattern, value, scope, signs, of):
        spans = [self.operand(i, scope, signs) for i, _ in self.find(pattern, scope)]
        return self.replaced(self.one(pattern, scope, filter(None, spans), of), value)

    def says(self, words, value, scope):
        """What a string says; the words stand in one of the scope's, once."""
        spans = [m.span() for m in re.finditer(re.escape(words), self.text)
                 if any(t.kind == "string" and t.begin < m.start() and m.end() < t.end for t in self.tokens[slice(*scope)])]
        begin, end = self.one(words, scope, spans, "text")
        return self.text[:begin] + value + self.text[end:]

    def assigned(self, target, value, scope):
        # size is not a->size
        member = ("->", ".") if target[0].isalpha() else ()
        ends = [(end + 1, self.end_of_line(end + 1) if self.language == ".tf" else self.end_of(end + 1, ",", ";"))
                for begin, end in self.find(target, scope) if self.at(end) == "=" and self.at(begin - 1) not in member]
        return self.replaced(self.one(target, scope, ends, "an assignment"), value)


def edited(source, edit, scope):
    words = edit.split(" ", 1)
    if words[0] in ("returns", "without") and len(words) == 2:
        return getattr(source, words[0])(words[1], scope)
    parts = re.split(r" (=>|=)(?: |$)", edit, maxsplit=1)
    if len(parts) != 3:
        raise Wrong("no edit: %s" % edit)
    left, sign, value = parts
    if sign == "=":
        return source.assigned(left, value, scope)
    kind, _, pattern = left.partition(" ")
    if kind == "condition":
        return source.condition(pattern, value, scope, set(), kind)
    if kind == "term":
        return source.condition(pattern, value, scope, {"&&", "||"}, kind)
    if kind == "text":
        return source.says(pattern, value, scope)
    return source.replaced(source.one(left, scope, source.find(left, scope)), value)


def mutated(text, path, place, edit):
    """The text of the file with the edit made; Wrong if it does not fit, or changes nothing."""
    source = Source(text, path)
    name, *inside = place.split(" in ")
    scope = source.named(name)
    for pattern in inside:
        scope = source.narrow(pattern, scope)
    out = edited(source, edit, scope)
    if out == text:
        raise Wrong("it changes nothing")
    return out
