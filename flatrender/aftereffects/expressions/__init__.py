"""Expressions: a property's untrusted JavaScript, evaluated in a sandbox with limits."""

from flatrender.aftereffects.expressions.evaluate import Evaluator
from flatrender.aftereffects.expressions.sandbox import Sandbox
from flatrender.aftereffects.expressions.worlds import warm

__all__ = ["Evaluator", "Sandbox", "warm"]
