"""How often a number is proven by chance: `python -m tests.measure_proofs`.

Every number of the prose is replaced by a random one of the same shape, and
the same proofs are looked for. The course must have run.
"""

import random
import re
import sys
from collections import Counter
from pathlib import Path
from unittest import mock

from press.proof import numbers, prose
from press.proof.report import course_proofs
from press.write.tangle import tangle
from press.write.transaction import locked

ROUNDS = 3


def shuffled(number: prose.Number, rng: random.Random) -> prose.Number:
    """One with other digits, as many and as many decimals."""
    head = re.match(r"[0.,]*", number.text)[0]
    digits = str(rng.randint(1, 9))
    digits += "".join(str(rng.randint(0, 9)) for _ in range(number.digits - 1))
    rest = iter(digits)
    text = head + "".join(
        next(rest, sign) if sign.isdigit() else sign
        for sign in number.text[len(head) :]
    )
    found = prose.NUMBER.search(text)
    value, places = prose.read_number(found, prose.WORDS[found["word"] or ""])
    return number._replace(
        text=text, value=value, places=places, sums=[], sourced=False
    )


def main(chapters: str = "chapters", build: str = "build") -> None:
    """Print the share that is proven, by the number of digits."""
    with locked(Path(build)):
        course = tangle(Path(chapters), Path(build)).course
    tried, proven = Counter(), Counter()
    for seed in range(ROUNDS):
        rng = random.Random(seed)

        def random_numbers(document, rng=rng):
            return [shuffled(n, rng) for n in prose.numbers(document)]

        with mock.patch.object(numbers, "numbers", random_numbers):
            for module in course.chapters:
                for proof in course_proofs(course, module):
                    digits = re.match(r"[\d.,]*", proof.text)[0]
                    size = len(re.sub(r"\D", "", digits).lstrip("0"))
                    tried[size] += 1
                    proven[size] += bool(proof.where)
    for size in sorted(tried):
        print(f"{size} digits: {proven[size]} of {tried[size]} proven")
    print(f"all: {proven.total() / tried.total():.1%}")


if __name__ == "__main__":
    main(*sys.argv[1:])
