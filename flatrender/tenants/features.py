"""Feature switches: what the house offers at all, and what it offers on a site. A feature is on unless one is off.

Asked where the feature begins (a sign-up, an upload, a job), so that what has begun is finished.
"""

from collections.abc import Mapping

from sqlmodel import Session, col, select

from flatrender.core.errors import Forbidden, InvalidInput
from flatrender.tenants.models import FeatureSwitch, Tenant
from flatrender.tenants.service import get

SIGN_UP = "sign_up"  # new accounts, also of those for whom a provider vouches
UPLOADS = "uploads"  # files of customers
VOICE_OVER = "voice_over"  # recorded voices
WEBHOOKS = "webhooks"  # new ones, and what the others are told
RENDER_MANAGER = "render_manager"  # jobs of After Effects projects that lie in a Dropbox
FEATURES = (SIGN_UP, UPLOADS, VOICE_OVER, WEBHOOKS, RENDER_MANAGER)


def off(session: Session, tenant_id: str) -> frozenset[str]:
    """What is switched off on a site, by the house as a whole or for this one."""
    tenant = session.get(Tenant, tenant_id)
    return of_house(session) | frozenset(tenant.features_off if tenant else ())


def is_on(session: Session, tenant_id: str, feature: str) -> bool:
    """Whether a site has a feature."""
    return feature not in off(session, tenant_id)


def require(session: Session, tenant_id: str, feature: str) -> None:
    """Raises Forbidden where a feature is switched off."""
    if not is_on(session, tenant_id, feature):
        raise Forbidden("This is switched off here; its administrator can tell you more.", code="switched-off")


def of_house(session: Session) -> frozenset[str]:
    """What is switched off everywhere."""
    return frozenset(session.exec(select(FeatureSwitch.name).where(col(FeatureSwitch.off))).all())


def switch_house(session: Session, wish: Mapping[str, bool]) -> dict[str, list[bool]]:
    """Switches features everywhere; what changed, as `{name: [before, after]}`. Takes a system session."""
    before, changed = of_house(session), {}
    for name, on in _known(wish).items():
        if on == (name in before):
            session.merge(FeatureSwitch(name=name, off=not on))
            changed[name] = [not on, on]
    session.flush()
    return changed


def switch_site(session: Session, tenant_id: str, wish: Mapping[str, bool]) -> dict[str, list[bool]]:
    """Switches features of one site; what changed. Takes a session of the site. Raises NotFound."""
    tenant = get(session, tenant_id)
    before = set(tenant.features_off)
    after = before - {name for name, on in _known(wish).items() if on} | {name for name, on in wish.items() if not on}
    tenant.features_off = sorted(after)
    session.add(tenant)
    session.flush()
    return {name: [name not in before, name not in after] for name in sorted(before ^ after)}


def _known(wish: Mapping[str, bool]) -> Mapping[str, bool]:
    if unknown := set(wish) - set(FEATURES):
        said = f"There is no feature “{sorted(unknown)[0][:40]}”; there are: {', '.join(FEATURES)}."
        raise InvalidInput(said, field="features", code="unknown-feature")
    return wish
