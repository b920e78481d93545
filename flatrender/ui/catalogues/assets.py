"""The catalogues as build assets; apart from `catalogues` so that reading a text does not load Reflex."""

import reflex as rx

EN = rx.asset("en.json", shared=True)
FA = rx.asset("fa.json", shared=True)
SPEAK = rx.asset("speak.js", shared=True).importable_path
