"""The catalogues as build assets; apart from `catalogues` so that reading a text does not load Reflex."""

from flatrender.ui.scripts import script

EN = script(__file__, "en.json")
FA = script(__file__, "fa.json")
SPEAK = script(__file__, "speak.js")
