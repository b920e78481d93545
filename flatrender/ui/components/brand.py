"""The mark and the name of the site: the tenant's own where it has any, as `/tenant.js` said."""

import reflex as rx

from flatrender.ui.text import t

_MARK: rx.Var[str] = rx.Var(_js_expr='(window.flatrenderTenant?.mark || "")', _var_type=str)
_LOGO: rx.Var[str] = rx.Var(_js_expr='(window.flatrenderTenant?.logo || "")', _var_type=str)


def mark(size: int = 24) -> rx.Component:
    """The site's icon, else the house's mark in the brand's colours."""
    return rx.cond(_MARK != "", rx.el.img(src=_MARK, alt="", style=_sized(size)), _house(size))


def _sized(size: int) -> dict[str, str]:
    return {"inlineSize": f"{size}px", "blockSize": f"{size}px", "flex": "none"}


def _house(size: int) -> rx.Component:
    return rx.el.svg(
        rx.el.rect(width="24", height="24", rx="6", fill="var(--brand-solid)"),
        rx.el.path(d="M7 6h11.2l-3.6 4.1h-3.9V12h5.2l-3.6 4.1h-1.6V19H7z", fill="var(--brand-on-solid)"),
        view_box="0 0 24 24",
        width=str(size),
        height=str(size),
        custom_attrs={"aria-hidden": "true"},
    )


def wordmark() -> rx.Component:
    """The site's logo, else its mark with its name."""
    named = rx.el.span(mark(), rx.el.span(t("app.name"), class_name="word"), class_name="row g8")
    return rx.cond(_LOGO != "", rx.el.img(src=_LOGO, alt=t("app.name"), class_name="logo"), named)


def door_mark() -> rx.Component:
    """As `wordmark`, in the size of the sign-in page."""
    named = rx.el.span(mark(40), rx.el.span(t("app.name")), class_name="row g12")
    return rx.cond(_LOGO != "", rx.el.img(src=_LOGO, alt=t("app.name"), class_name="logo tall"), named)


def small_print() -> rx.Component:
    """Legal pages of the site, and what it is made with where the site wants that said."""
    credit = rx.cond(_fact("credit") != "", rx.el.span(t("app.credit")), rx.fragment())
    return rx.el.p(*_legal_links(), credit, class_name="small-print")


def foot() -> rx.Component:
    """Legal pages of the site, at the end of a page where people choose."""
    return rx.el.footer(*_legal_links(), class_name="small-print foot")


def _legal_links() -> list[rx.Component]:
    def shown(name: str) -> rx.Component:
        address = _fact(name)
        away = rx.el.a(t(f"site.{name}"), href=address, class_name="link", rel="noopener")
        return rx.cond(address != "", away, rx.fragment())

    return [shown(name) for name in ("terms", "privacy", "imprint")]


def _fact(name: str) -> rx.Var[str]:
    return rx.Var(_js_expr=f'(window.flatrenderTenant?.{name} || "")', _var_type=str)
