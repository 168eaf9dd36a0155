"""Every number of the prose is found again, or it is named."""

import json
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from press.proof.numbers import evidence, proofs, proves
from press.proof.prose import numbers
from press.read.document import read_document
from press.run.cache import Result, keep
from press.run.keys import execution_keys
from press.write.transaction import locked, scratch
from tests.courses import HEAD, command, fence, read
from tests.running import chapter, tangled, write

UNPROVEN = Path(__file__).parent / "unproven"


def printing(*texts: str) -> Result:
    """What a run leaves whose cells print these texts."""
    cells = [
        ("", [{"output_type": "stream", "name": "stdout", "text": text}])
        for text in texts
    ]
    return Result("key", cells, 1.0, 1.0, 1)


def where(prose: str, printed: str = "", code: str = "x = 0") -> list[str]:
    """Where the numbers of a paragraph below a cell are proven."""
    text = HEAD + fence(code) + prose + "\n"
    found, problems = read(text)
    assert problems == []
    return [proof.where for proof in proofs(found, printing(printed))]


def claimed(markdown: str) -> list[str]:
    """The numbers of a chapter's prose that need a proof."""
    document = read_document("one.md", HEAD + markdown)
    assert document.problems == []
    return [number.text for number in numbers(document)]


@pytest.mark.parametrize(
    ("prose", "printed"),
    [
        ("It is 1.83.", "loss 1.8324"),
        ("It is 2,916.", "2916.4 places"),
        ("It is 2,916.", "2,916 places"),
        ("It is −2.013.", "-2.013"),
        ("It falls by 2.013.", "[-2.013]"),
        ("It is 1.25 · 10⁻⁵.", "1.2471e-05"),
        (r"It is $1.25 \cdot 10^{-5}$.", "1.2471e-05"),
        ("It is 1.25e-5.", "0.0000125"),
        ("A quarter of 4.25.", "4.25e-16"),
        ("It is 604 million.", "603979776"),
        ("It is 63 %.", "0.6272"),
        ("It is 63 percent.", "62.7 %"),
        ("It is $\\approx 0.627$.", "0.6272"),
    ],
)
def test_a_number_is_proven_by_an_output_rounded_as_printed(prose, printed):
    assert where(prose, printed) == ["output of the cell at line 8"]


@pytest.mark.parametrize(
    ("prose", "printed"),
    [
        ("It is 1.83.", "loss 1.8351"),
        ("It is 1.80.", "loss 1.8"),
        ("It is 6,000.", "6e+03"),
        ("It is 6,000.", "1.6000 and 60001"),
        ("It is 63 %.", "0.6 and 6.3"),
        ("It is 139.", "1139, 139.6 and 1.39"),
        ("It is 1.55e400.", "1.55e300 1.55e999"),
        (f"It is {'9' * 400}.", "9" * 399),
    ],
)
def test_a_number_needs_all_its_digits(prose, printed):
    assert where(prose, printed) == [""]


def test_the_nearest_output_is_the_proof():
    text = HEAD + fence("print(1)") + fence("print(2)") + "It is 1.83.\n"
    found = proofs(read(text)[0], printing("1.83", "1.83"))
    assert found[0].where == "output of the cell at line 12"
    assert found[0][:3] == (15, 7, "1.83")


def test_a_test_proves_a_number_and_says_its_name():
    code = "def test_loss():\n    assert 1 < 1.8324 < 2"
    assert where("It is 1.83.", code=code) == ["test_loss at line 9"]


def test_a_string_of_a_test_proves_a_number():
    code = 'def test_row():\n    assert "sum 1.943".split()'
    assert where("It is 1.943.", code=code) == ["test_row at line 9"]


def test_code_proves_a_number_by_its_constants_not_by_its_words():
    assert where("It is 128.", code="SIZE = 2 * 64") == ["code at line 8"]
    assert where("It is 128.", code='print("128")  # 128') == [""]


def test_a_sum_in_the_sentence_is_computed_again():
    assert where("They are 2,916 / 4 = 729 places.", "2916") == [
        "output of the cell at line 8",
        "sum at line 11",
    ]
    assert where("They are 4 · 182 = 729 places.")[-1] == ""


@pytest.mark.parametrize(
    "text",
    [
        r"$4 \cdot d^2 = 4 \cdot 36 = 144$",
        r"$\sqrt 3$ = 1.732",
        "√2 ≈ 1.414",
        "2π ≈ 6.283",
        "−ln 0.1268 = 2.0651",
        "with $e$ = 2.718",
        "(2.9 − 1) / 2 = 0.950",
        r"$\frac{1}{8} = 0.125$",
        "log₂ 10 = 3.322",
        r"$\log_2 10 = 3.322$",
        "3 · 10² = 300",
        "1 / 3\n= 0.333",
    ],
)
def test_sums_are_read_as_prose_and_tex_write_them(text):
    assert where(f"So {text}.")[-1].startswith("sum at line")


@pytest.mark.parametrize(
    "text",
    ["5 + 3 · 4 = 120", "2 − 3 · 40 = −120", "9**9**9 = 387", "x = 444"],
)
def test_no_part_of_a_sum_is_taken_for_the_whole(text):
    assert where(f"So {text}.")[-1] == ""


def test_a_number_that_was_summed_up_once_may_be_said_again():
    prose = "Once around is 2π ≈ 6.283.\n\nNot 365 but 6.283 parts."
    assert where(prose) == ["sum at line 11", "", "sum at line 11"]


@pytest.mark.parametrize(
    "text",
    [
        "In 2017, and in 1986 ([so](02-two.md)).",
        "See section 3.2.1, figure 123 and chapter 456.",
        "Python 3.11 and PyTorch 2.13.0 and version 1.234.",
        "GPT-2, GPT-1234, x123, 3D and 124M.",
        "The paper is arXiv 1706.03762.",
        "Only `size = 1234` says so.",
        "Read [the 1,234 rows](02-two.md#section-1234) again.",
        'They wrote "about 5,000 parameters" there.',
        "The limit $10000^{-2/6}$ of $\\tanh(0.044715 x^3)$.",
        "Two of 16 and 7.5.",
        "A circle has 360 degrees, or 360°.",
        "## What 1,234 means",
        "<https://example.org/1234>",
    ],
)
def test_what_claims_nothing_needs_no_proof(text):
    assert claimed(text + "\n") == []


def test_units_and_percent_signs_make_short_numbers_claims():
    text = "After 5 seconds it is 7 %, 64 bytes, 90° and 3 words.\n"
    assert claimed(text) == ["5 seconds", "7 %", "64 bytes", "90°"]


def test_only_right_answers_of_the_quiz_are_claims():
    quiz = "## Quiz\n\n### How many?\n\n- [ ] 111 rows\n\n  Of 222 rows.\n\n"
    quiz += "- [x] 333 rows\n\n  Yes.\n"
    assert claimed(quiz) == ["222", "333"]


def test_what_a_question_supposes_its_answers_may_say_again():
    quiz = "## Quiz\n\n### Is 95 % of 768 less?\n\n- [x] Than 768: 95 %\n\n"
    quiz += "  Not 729.\n\n### Again?\n\n- [x] 768\n\n  Yes.\n"
    found = proofs(read(HEAD + fence("x = 1") + quiz)[0], printing(""))
    assert [bool(proof.where) for proof in found] == [True, True, False, False]


@pytest.mark.parametrize(
    "text",
    [
        "They have 12,288 rows[^1] in all. Ours has 1,111.\n\n[^1]: GPT-3.\n",
        "They have 12,288 rows ([paper](https://x.org)). Ours has 1,111.\n",
        "They have 12,288 rows ([Brown](#papers)). Ours has 1,111.\n",
    ],
)
def test_a_footnote_or_link_in_the_same_sentence_is_a_source(text):
    text += "\n## Papers\n"
    found = proofs(read(HEAD + fence("x = 1") + text)[0], printing(""))
    assert [f.where for f in found] == ["source named beside it", ""]


def test_a_number_of_few_digits_is_proven_in_its_own_section_only():
    cell, prose = fence("x = 1"), "It is 63 %.\n\n## Next\n\nIt is 63 %.\n"
    found = proofs(read(HEAD + cell + prose)[0], printing("0.6272"))
    assert [bool(proof.where) for proof in found] == [True, False]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tokens", ["139"]),
        ("positions", ["62,832", "60,600"]),
        ("multi_head", ["222", "444"]),
        ("residual_and_norm", ["234", "444"]),
        ("scale", ["6,000"]),
        ("attention", ["1.414", "1.414", "4.113", "4.113", "9.227"]),
    ],
)
def test_numbers_that_a_reader_found_without_proof_are_found(name, expected):
    text = (UNPROVEN / f"{name}.md").read_text("utf-8")
    printed = json.loads((UNPROVEN / f"{name}.json").read_text("utf-8"))
    found = proofs(read(text)[0], printing(*printed))
    bare = [proof.text for proof in found if not proof.where]
    assert [text for text in bare if text in expected] == expected


@given(st.floats(1e-6, 1e9), st.integers(0, 6))
def test_what_is_printed_with_more_digits_proves_what_is_rounded(x, places):
    document = read_document("one.md", f"{HEAD}It is {x:,.{places}f} m.\n")
    text = HEAD + fence("x = 1")
    result = printing(f"{x:.{places + 3}f}")
    outputs, _, _ = evidence(read(text)[0], result)
    for number in numbers(document):
        assert any(proves(item, number) for item in outputs)


def test_a_random_number_is_rarely_proven():
    rng = Random(0)
    printed = " ".join(f"{rng.uniform(-3, 3):.3f}" for _ in range(100))
    prose = " ".join(f"{rng.uniform(1, 10):.3f}," for _ in range(1000))
    found = where(f"They are {prose}", printed)
    assert len(found) == 1000
    assert sum(map(bool, found)) < 50


def test_the_words_of_a_figure_prove_nothing():
    data = {"image/svg+xml": "<svg/>", "text/plain": "It is 1.83."}
    about = {"image/svg+xml": {"alt": "It is 1.83."}}
    shown = {"output_type": "display_data", "data": data, "metadata": about}
    table = {"data": {"text/html": "<b>2.22</b>", "text/plain": "2.22"}}
    result = Result("key", [("", [shown, table])], 1.0, 1.0, 1)
    text = HEAD + fence("x = 1") + "It is 1.83, not 2.22.\n"
    found = proofs(read(text)[0], result)
    assert [bool(proof.where) for proof in found] == [False, True]


@pytest.fixture
def two(tmp_path):
    """A course of two chapters, the second with its outputs as a run has."""
    one = chapter("SIZE = 768", "print(1)", title="One")
    second = chapter(
        "from byhand.part.one import SIZE",
        "print(1 + SIZE)",
        "Prose: 768 and 1.832, but [one](01-one.md) has 2.222.",
    )
    write(tmp_path, {"1-part/01-one": one, "1-part/02-two": second})
    has_run(tmp_path, "part/one", "1\n", "2.2221")
    return tmp_path


def has_run(folder: Path, name: str, *printed: str) -> None:
    """Store a result, as if a kernel had printed these texts."""
    course = tangled(folder)
    module = next(m for m, (s, _) in course.chapters.items() if s.name == name)
    source = course.chapters[module][0]
    key = execution_keys(course)[module]
    made = printing(*printed)
    with locked(course.build):
        saved = scratch(course.build) / "saved"
        saved.mkdir()
        result = Result(key, made.cells, 1.5, 1.0, 1)
        keep(course, source, result, saved)


def test_numbers_lists_what_nothing_proves_with_its_place(two):
    has_run(two, "part/two", "", "769")
    done = command(two, "numbers", "part/two")
    assert done.code == 1
    assert done.out.splitlines() == [
        "chapters/1-part/02-two.md:15:16: nothing proves 1.832 (print it "
        "beside, pin it in a test, or name its source in a footnote or link)"
    ]
    assert done.err == "1 without proof\n"


def test_numbers_says_where_proofs_stand(two):
    has_run(two, "part/two", "", "1.8324")
    done = command(two, "numbers", "--where")
    assert done.code == 0
    assert [line.partition(": ")[2] for line in done.out.splitlines()] == [
        "768: code at line 8 of part/one",
        "1.832: output of the cell at line 12",
        "2.222: output of the cell at line 12 of part/one",
    ]


def test_a_chapter_that_has_not_run_says_so(two):
    done = command(two, "numbers", "part/two")
    assert (done.code, done.out) == (
        1,
        "chapters/1-part/02-two.md:1:1: has no outputs: it did not run since "
        "it was changed (python tangle.py run part/two)\n",
    )


@pytest.mark.parametrize("verb", ["numbers", "mutate", "status"])
def test_an_unknown_chapter_is_one_line(two, verb):
    done = command(two, verb, "part/tw")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("no chapter is called 'part/tw'")
    assert len(done.err.splitlines()) == 1


def test_status_is_a_table_as_wide_as_a_screen(two):
    done = command(two, "status")
    head, one, second = done.out.splitlines()
    assert done.code == 0
    assert head.split()[:4] == ["chapter", "words", "cells", "tests"]
    assert " ".join(one.split()) == "part/one 1 2 0 0 0 0 0/0 - 1.5 present"
    assert " ".join(second.split()) == "part/two 9 2 0 0 0 - 2/3 - - never ran"
    assert max(map(len, (head, one, second))) <= 100
    text = (two / "chapters/1-part/01-one.md").read_text("utf-8")
    write(two, {"1-part/01-one": text.replace("print(1)", "print(2)")})
    assert command(two, "status", "part/one").out.endswith("outdated\n")
