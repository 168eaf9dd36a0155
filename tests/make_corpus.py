"""Make the benchmark's course: `python tests/make_corpus.py FOLDER`.

60 chapters in 6 parts, each of 750 lines with 25 code cells: definitions,
experiments, tests, an exercise with its solution, imports of the chapter
before, prose, callouts, maths and a diagram. The same bytes every time.
"""

import random
import sys
from pathlib import Path

PARTS, CHAPTERS, LINES = 6, 10, 750
WORDS = """
attention head token query key value weight gradient layer model batch softmax
loss step a the of and in to is it for with each row column
""".split()  # noqa: SIM905

DEFINITION = '''```python
def mix_{n}(rows: list[list[float]], weights: list[float]) -> list[float]:
    """The sum of the rows, each times its weight.

    `rows` is (T, C), `weights` is (T,), the result is (C,).
    """
    columns = zip(*rows, strict=True)
    return [
        sum(weight * x for weight, x in zip(weights, column, strict=True))
        for column in columns
    ]


SCALE_{n} = {number}
```
'''
EXPERIMENT = """```python
rows = [[float(i + j) for j in range(4)] for i in range(3)]
weights = [0.5, 0.25, 0.25]
for scale in (1, SCALE_{n}, {number}):
    scaled = [weight * scale for weight in weights]
    mixed = mix_{n}(rows, scaled)
    print(f"{{scale:4}} {{mixed[0]:.3f}} {{sum(mixed):.3f}}")
```
"""
BOTH = """```python
class Layer{n}:
    # One layer: it keeps its weights and mixes rows with them.
    def __init__(self, weights: list[float]):
        self.weights = weights

    def __call__(self, rows: list[list[float]]) -> list[float]:
        return mix_{n}(rows, self.weights)


layer = Layer{n}([1.0, 0.0, {number}.0])
print(layer([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
```
"""
TEST = """```python
def test_mix_{n}_with_one_weight_gives_that_row():
    assert mix_{n}([[1.0, 2.0], [3.0, 4.0]], [0.0, 1.0]) == [3.0, 4.0]


def test_mix_{n}_is_linear():
    rows = [[1.0, 2.0], [3.0, 4.0]]
    assert mix_{n}(rows, [2.0, 2.0]) == [8.0, 12.0]
```
"""
PARAMETERS = """```python tags=["parameters"]
steps = {number}  # How many steps to take.
rate = 0.1  # The learning rate.
```
"""
EXERCISE = """### ● Half of it

Write `half`.

```python tags=["exercise"]
def half(x: float) -> float:
    ...
```

```python
def test_half_of_two_is_one():
    assert half(2.0) == 1.0
```

```python tags=["solution"]
def half(x: float) -> float:
    return x / 2
```
"""
CALLOUT = """> [!TIP]
> **In plain words**
>
> {sentence}
> {sentence}
"""
MATHS = r"""$$
y_c = \sum_{{t=1}}^{{T}} w_t \, x_{{t,c}}, \qquad w_t \ge 0
$$
"""
DIAGRAM = """```text
graph LR
    %% what goes where
    A[rows] --> B[mix_{n}]
    B --> C[{number}]
```
"""


class Writer:
    """The lines of one chapter; every choice comes from its number."""

    def __init__(self, number: int):
        self.random = random.Random(number)
        self.number = number
        self.parts: list[str] = []

    def add(self, template: str) -> None:
        values = {"n": self.number, "number": self.random.randint(2, 999)}
        sentence = self.sentence()
        self.parts.append(template.format(sentence=sentence, **values))

    def sentence(self) -> str:
        words = self.random.choices(WORDS, k=12)
        return " ".join(words).capitalize() + "."

    def paragraph(self, lines: int) -> None:
        sentences = [self.sentence() for _ in range(lines)]
        self.parts.append("\n".join([*sentences, ""]))

    def text(self) -> str:
        return "\n".join(self.parts)


def chapter(number: int, previous: str | None) -> str:
    """A chapter of 750 lines with 25 code cells."""
    writer = Writer(number)
    writer.add(f"---\nsummary: {writer.sentence()}\n---\n")
    writer.add(f"# Chapter {number}: how rows are mixed\n")
    imports = "import math\n\nprint(math.pi)"
    if previous:
        imports += f"\nfrom {previous} import mix_{number - 1}\n\nprint("
        imports += f"mix_{number - 1}([[1.0]], [2.0]))"
    writer.parts.append(f"```python\n{imports}\n```\n")
    writer.add(DEFINITION)
    writer.add(PARAMETERS)
    writer.add(BOTH)
    writer.add(TEST)
    for index in range(17):
        writer.add(f"## Section {index + 1}\n")
        writer.paragraph(5)
        writer.add([CALLOUT, MATHS, DIAGRAM][index % 3])
        writer.paragraph(4)
        writer.add(EXPERIMENT)
    writer.add("## Exercises\n")
    writer.add(EXERCISE)
    missing = LINES - writer.text().count("\n") - 1
    writer.paragraph(missing)
    return writer.text()


def make(folder: Path, count: int = PARTS * CHAPTERS) -> list[Path]:
    """Write the first chapters below `folder`/chapters; their paths."""
    paths = []
    previous = None
    for number in range(count):
        part, index = divmod(number, CHAPTERS)
        name = f"{part + 1}-part-{part + 1}/{index + 1:02}-topic-{number}.md"
        path = folder / "chapters" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(chapter(number, previous), "utf-8")
        previous = f"byhand.part_{part + 1}.topic_{number}"
        paths.append(path)
    return paths


if __name__ == "__main__":
    print(f"{len(make(Path(sys.argv[1])))} chapters in {sys.argv[1]}")
