"""A file's Markdown, parsed once: what is in it, and where."""

import re
from dataclasses import dataclass
from functools import cached_property

from markdown_it.token import Token

from press.problems import Problems
from press.read.dialects import check_dialects
from press.read.fences import Fence, read_fences
from press.read.frontmatter import Front, read_front_matter
from press.read.inline import Formula, Link, formulas, links
from press.read.markdown import Text, parser, texts
from press.read.quiz import Question, check_quiz, questions


@dataclass
class Document:
    """What Markdown says about a file; lines count from 1."""

    text: str
    lines: list[str]
    front: Front
    tokens: list[Token]  # blocks; their maps count the file's lines from 0
    env: dict  # the definitions of links and footnotes
    title: str
    fences: list[Fence]
    problems: Problems

    @property
    def body_line(self) -> int:
        """The first line after the front matter."""
        return self.front.body_line

    @cached_property
    def texts(self) -> list[Text]:
        """Paragraphs, headings and cells of tables, with their children."""
        return list(texts(self.tokens, self.lines, self.env))

    @cached_property
    def formulas(self) -> list[Formula]:
        """The formulas in order, without those in code."""
        return formulas(self.tokens, self.texts, self.lines)

    @cached_property
    def links(self) -> list[Link]:
        """Links and images that lead to a file or to a section."""
        return links(self.texts, self.lines, self.env)

    @cached_property
    def questions(self) -> list[Question]:
        """The questions of the quiz."""
        return questions(self.tokens, self.lines)

    @property
    def anchors(self) -> list[str]:
        """What a link to a section of this file may have after the #."""
        blocks = [t.content for t in self.tokens if t.type == "html_block"]
        own = re.findall(r"""\sid=["']([^"']+)""", "\n".join(blocks))
        asked = {question.line + 1 for question in self.questions}
        titles = [h.anchor for h in self.headings if h.line not in asked]
        return [*titles, *own]

    @cached_property
    def headings(self) -> list["Heading"]:
        """All headings, with the anchors of their sections."""
        return _headings(self.texts, self.tokens)


@dataclass(frozen=True)
class Heading:
    """A heading; `anchor` is what a link to it has after the #."""

    line: int
    level: int
    text: str
    anchor: str


def read_document(label: str, text: str) -> Document:
    """Parse `text`; everything that is wrong with it is in `problems`."""
    problems = Problems(label)
    lines = text.split("\n")
    front = read_front_matter(lines, problems)
    # Blank lines stand for the front matter: token lines stay file lines.
    body = lines[front.body_line - 1 :]
    padded = "\n" * (front.body_line - 1) + "\n".join(body).rstrip("\n") + "\n"
    env: dict = {}
    tokens = parser().parse(padded, env)
    title = next(
        (
            tokens[index + 1].content
            for index, token in enumerate(tokens)
            if token.type == "heading_open" and token.tag == "h1"
        ),
        "",
    )
    fences = read_fences(lines, front.body_line, tokens, problems)
    found = Document(text, lines, front, tokens, env, title, fences, problems)
    check_dialects(lines, tokens, found.texts, problems)
    check_quiz(found.questions, lines, problems)
    if not text.strip():
        problems.add(1, 1, "the file is empty", "write or delete it")
    elif not title:
        line = min(front.body_line, len(lines))
        remedy = "begin it with '# Title'"
        problems.add(line, 1, "the file has no heading", remedy)
    return found


def _headings(texts: list[Text], tokens: list[Token]) -> list[Heading]:
    """With the anchors that the site gives them."""
    from pymdownx.slugs import slugify

    slug, taken = slugify(case="lower"), set()
    opened = [token for token in tokens if token.type == "heading_open"]
    depths = {token.map[0]: int(token.tag[1]) for token in opened}
    found = []
    for text in texts:
        depth = depths.get(text.token.map[0])
        if not depth:
            continue
        words = "".join(child.content for child in text.token.children)
        anchor, count = slug(words, "-"), 0
        while anchor in taken:
            count += 1
            anchor = f"{slug(words, '-')}_{count}"
        taken.add(anchor)
        found.append(Heading(text.token.map[0] + 1, depth, words, anchor))
    return found
