"""What an assumption is, and what asking it gives."""

from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class Answer:
    outcome: str  # "confirmed", "refuted" or "not reached"
    said: str     # what the store answered, or why it was not reached


def confirmed(said):
    return Answer("confirmed", said)


def refuted(said):
    return Answer("refuted", said)


def not_reached(said):
    return Answer("not reached", said)


@dataclass(frozen=True)
class Assumption:
    id: str    # the mark in docs: *not verified* (`id`)
    page: str  # the page with the mark
    statement: str
    ask: Callable
