"""Sums that a sentence states, `2,916 / 4 = 729`, computed again."""

import ast
import math
import operator
import re

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Pow: math.pow}
OPERATORS |= {ast.Mult: operator.mul, ast.Div: operator.truediv}
NAMES = {"pi": math.pi, "e": math.e}
FUNCTIONS = {"sqrt": math.sqrt, "ln": math.log, "log2": math.log2}
# How prose and TeX write what Python writes otherwise, in this order.
RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
AS_PYTHON = [
    (r"[\s$]+|\\left|\\right|\\[,;! ]", " "),
    (r"(?<=\d),(?=\d{3}\b)", ""),
    (r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))"),
    (r"[·×]|\\cdot|\\times", "*"),
    (r"[–−]", "-"),
    (r"≈|\\approx", "="),
    (r"√|\\sqrt", "sqrt "),
    (r"\\?log_?[₂2]", "log2"),
    (r"\\?(sqrt|ln|log2) *(?:\{([^{}]*)\}|(\d[\d.]*))", r"\1(\2\3)"),
    (r"\\?(?:π|pi\b)", "pi"),
    (r"(?<=\d) ?pi", "*pi"),
    (r"[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda found: f"^({found[0].translate(RAISED)})"),
    (r"\^", "**"),
]
BRACES = str.maketrans("{}", "()")
SUM = re.compile(r"((?:\b(?:sqrt|ln|log2|pi|e)\b|[-+*/(). \d])*)= ?-? ?$")
# Where a sum may begin, so that no sign of it is cut off; what makes it one.
FIRST = re.compile(r"(?<![\w.])(?<![-+*/])(?<![-+*/] )[\w(]|(?<![\w)] )-")
COMPUTED = re.compile(r"[\w)] ?[-+*/]+ ?[\w(]|[a-z]")


def evaluate(node: ast.AST) -> float:
    """The value of a sum of constants; nan for anything else."""
    try:
        return _value(node)
    except (ArithmeticError, ValueError, LookupError, RecursionError):
        return math.nan


def _value(node: ast.AST) -> float:
    """Raises LookupError for what is no sum of constants."""
    match node:
        case ast.Constant(value) if type(value) in (int, float):
            return value
        case ast.Name(name):
            return NAMES[name]
        case ast.UnaryOp(ast.USub(), operand):
            return -_value(operand)
        case ast.Call(ast.Name(name), [argument]):
            return FUNCTIONS[name](_value(argument))
        case ast.BinOp(left, op, right):
            return OPERATORS[type(op)](_value(left), _value(right))
    raise LookupError


def sums_before(text: str) -> list[float]:
    """The values of the sums before the = that ends a text, if one does."""
    for pattern, python in AS_PYTHON:
        text = re.sub(pattern, python, text)
    found = SUM.search(text.translate(BRACES))
    terms = found[1] if found else ""
    sums = [terms[at.start() :] for at in FIRST.finditer(terms)]
    return [_compute(item) for item in sums if COMPUTED.search(item)]


def _compute(text: str) -> float:
    try:
        return evaluate(ast.parse(text.strip(" ."), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return math.nan
