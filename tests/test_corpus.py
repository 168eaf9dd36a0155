"""The benchmark measures what its description says."""

from tests.courses import read
from tests.make_corpus import LINES, chapter


def test_a_chapter_of_the_corpus_is_as_long_as_it_says_and_valid():
    made, problems = read(chapter(7, "byhand.part_1.topic_6"))
    assert problems == []
    assert made.document.text.count("\n") == LINES
    assert len(made.document.fences) == 25
    places = {s.place for group in made.statements.values() for s in group}
    assert places == {"module", "experiment", "tests", ""}


def test_the_corpus_is_the_same_every_time():
    assert chapter(7, None) == chapter(7, None) != chapter(8, None)
