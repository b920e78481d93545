"""A day to choose from a month of the page's own calendar: Gregorian in English, Persian in Persian."""

from flatrender.ui.scripts import script

script(__file__, "calendar.js")
DAYS = script(__file__, "day_field.jsx")
