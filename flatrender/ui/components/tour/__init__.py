"""The first walk through the studio: shown once per browser, again when asked for."""

import reflex as rx

rx.asset("words.js", shared=True)
TOUR = rx.asset("tour.jsx", shared=True).importable_path
