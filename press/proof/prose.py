"""The numbers that a chapter's prose states, and where they stand."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from press.proof.arithmetic import RAISED, sums_before
from press.read.document import Document
from press.read.inline import FOREIGN
from press.read.markdown import SPAN, Text

REACH = 200  # characters of a sum before its =
HIDDEN = "\ufffc"  # stands for each character that is no prose
DIGITS = r"(?P<digits>(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?)"
TIMES = r" ?(?:[·×]|\\cdot|\\times) ?10\^?\{?"
POWER = (
    rf"(?:(?:e|{TIMES})(?P<power>[-+]?\d{{1,4}}|[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]{{1,4}})\}}?)?"
)
WORDS = {"": 0, "thousand": 3, "million": 6, "billion": 9}
NUMBER = re.compile(
    # Neither GPT-2 nor x3, 3D, 3rd, 1.2.3.
    rf"(?<![\w.,^_\\])(?<![A-Za-z]-){DIGITS}{POWER}(?!\.?\w|,\d|-[A-Za-z])"
    r"(?:\s(?P<word>thousand|million|billion)\b)?(?P<unit>\s?[%°]|"
    r"\s(?:percent|ms|s|seconds|minutes|hours|[kMG]i?B|bytes|bits)\b)?"
)
TITLE = re.compile(
    r"(?:\b(?:sections?|chapters?|parts?|figures?|tables?|equations?|pages?|"
    r"lines?|exercises?|versions?|Python|PyTorch|arXiv:?|doi:?)|§)\s*$",
    re.IGNORECASE,
)
YEAR = re.compile(r"(?:1[6-9]|20)\d\d")
CIRCLE = "360"  # degrees, by definition
QUOTED = re.compile(r'"[^"]*"|“[^”]*”')
PATH = re.compile("#.*|.*/")
SENTENCE = re.compile(r"(?:[^.!?]|[.!?](?!\s))+")


class Number(NamedTuple):
    """A number of the prose as it is printed, and what it may rest on."""

    line: int
    column: int
    text: str
    value: float
    places: int  # decimals; below zero in 2.1 million
    digits: int  # from the first one that is no zero
    percent: bool
    sums: list[float]  # what the sums before its = give
    links: set[str]  # files that its paragraph links to
    sourced: bool  # by a footnote or a link in its sentence


def numbers(document: Document) -> Iterator[Number]:
    """Those of three or more digits, or with a unit, that claim something."""
    left_out = {heading.line for heading in document.headings}
    for question in document.questions:
        for answer in question.answers:
            if not answer.right:
                left_out.update(range(answer.first + 1, answer.words + 1))
    for text in document.texts:
        if text.token.map[0] + 1 not in left_out:
            yield from _numbers(text)


def _numbers(text: Text) -> Iterator[Number]:
    words, links, formulas = text.token.content, {}, []
    for child in text.token.children:
        start, end = (child.meta or {}).get(SPAN, (0, 0))
        if child.type in ("link_open", "footnote_ref"):
            links[start] = child.attrs.get("href", "#")
        if child.type.startswith("math"):
            formulas.append((start, end))
        else:
            words = words[:start] + HIDDEN * (end - start) + words[end:]
    words = QUOTED.sub(lambda found: HIDDEN * len(found[0]), words)
    for sentence in SENTENCE.finditer(words):
        first, last = sentence.span()
        near = [to for at, to in links.items() if first <= at < last]
        sourced = any(to[:1] == "#" or FOREIGN.match(to) for to in near)
        for found in NUMBER.finditer(words, first, last):
            if _claims(words, found, formulas):
                place = text.place(found.start())
                before = words[max(found.start() - REACH, 0) : found.start()]
                sums = sums_before(before)
                paths = {PATH.sub("", to) for to in links.values()}
                yield Number(*place, *_read(found), sums, paths, sourced)


def _claims(words: str, found: re.Match, formulas: list) -> bool:
    """Whether it is a result: no year, no title, no part of a formula."""
    short = _significant(found["digits"]) < 3 and not found["unit"]
    titled = TITLE.search(words, max(found.start() - 20, 0), found.start())
    if short or titled or YEAR.fullmatch(found["digits"]):
        return False
    if found["digits"] == CIRCLE:
        return False
    for start, end in formulas:
        if start <= found.start() < end:
            before = words[start : found.start()].strip("$ -−")
            after = words[found.end() : end].strip("$ ")
            return before.endswith(("=", r"\approx")) or not before + after
    return True


def _significant(digits: str) -> int:
    return len(re.sub(r"\D", "", digits).lstrip("0"))


def _read(found: re.Match) -> tuple[str, float, int, int, bool]:
    value, places = read_number(found, WORDS[found["word"] or ""])
    percent = bool(re.search("%|percent", found["unit"] or ""))
    return found[0], value, places, _significant(found["digits"]), percent


def read_number(found: re.Match, power: int = 0) -> tuple[float, int]:
    """Value and decimals of what DIGITS and POWER have found."""
    power += int((found["power"] or "0").translate(RAISED))
    mantissa = found["digits"].replace(",", "")
    places = len(mantissa.partition(".")[2]) - power
    return float(f"{mantissa}e{power}"), places
