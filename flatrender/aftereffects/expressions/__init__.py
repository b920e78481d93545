"""Expressions: a property's untrusted JavaScript, evaluated in a sandbox with limits."""

from flatrender.aftereffects.expressions.evaluate import Evaluator

__all__ = ["Evaluator"]
