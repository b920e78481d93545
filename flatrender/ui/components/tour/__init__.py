"""The first walk through the studio: shown once per browser, again when asked for."""

from flatrender.ui.scripts import script

script(__file__, "words.js")
TOUR = script(__file__, "tour.jsx")
