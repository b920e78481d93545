"""Accounts over HTTP, with letters through a real mail server; the second factor; sessions; people."""

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select

from flatrender.access import accounts, letters, second_factor, tries
from flatrender.access.audit import Act
from flatrender.access.models import AuditEntry, Role
from flatrender.core import clock
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.outbox import OutboxEvent
from flatrender.notifications import courier
from flatrender.notifications.models import Delivery
from flatrender.settings import get_settings
from flatrender.tenants.models import TenantDomain
from tests.api.conftest import PASSWORD, SignedIn
from tests.installation import OTHER_TENANT
from tests.mail_server import Mailbox, mail_server
from tests.servers import free_port

SARA = {"email": "sara@example.com", "password": PASSWORD, "name": "Sara"}
SARA_IN = {"email": SARA["email"], "role": "member"}
NEW = "another good password"
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


@pytest.fixture
def post(installation: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator["Post"]:
    with mail_server(free_port()) as mailbox:
        monkeypatch.setenv("FLATRENDER_SMTP_URL", mailbox.url)
        monkeypatch.setenv("FLATRENDER_MAIL_FROM", "no-reply@house.example")
        get_settings.cache_clear()
        yield Post(mailbox, installation)


class Post:
    """Carries what waits, and reads the links."""

    def __init__(self, mailbox: Mailbox, database: Database) -> None:
        self.mailbox, self.database = mailbox, database

    def carried(self) -> list[str]:
        """The addresses that got a letter since the last call."""
        before = len(self.mailbox.letters)
        courier.deliver(self.database)
        return [letter["To"] for letter in self.mailbox.letters[before:]]

    def link(self) -> str:
        """The secret in the newest letter's link."""
        text = self.mailbox.letters[-1].get_body(("plain",)).get_content()
        return re.search(r"\?token=(\S+)", text)[1]


def test_an_account_waits_until_its_address_is_confirmed(client: TestClient, post: Post) -> None:
    made = client.post("/api/v1/auth/sign-up", json=SARA)
    assert (made.status_code, made.json(), "set-cookie" in made.headers) == (202, {"next": "/sent"}, False)
    assert post.carried() == ["sara@example.com"]
    first = post.link()
    refused = client.post("/api/v1/auth/sign-in", json=SARA)
    assert (refused.status_code, refused.json()["code"]) == (401, "not-verified")
    assert post.carried() == ["sara@example.com"], "the link is sent again"
    for token in (first, "nonsense", post.link()[:-1] + "x"):
        dead = client.post("/api/v1/auth/verify", json={"token": token})
        assert (dead.status_code, dead.json()["code"]) == (422, "dead-link")
    confirmed = client.post("/api/v1/auth/verify", json={"token": post.link()})
    assert (confirmed.status_code, confirmed.json()) == (200, {"next": "/sign-in?done=confirmed"})
    assert client.post("/api/v1/auth/verify", json={"token": post.link()}).status_code == 422, "once"
    assert client.post("/api/v1/auth/sign-in", json=SARA).status_code == 200


def test_a_letter_is_the_sites(client: TestClient, post: Post) -> None:
    client.post("/api/v1/auth/sign-up", json={**SARA, "language": "fa", "name": "سارا\r\nBcc: x@evil.test"})
    post.carried()
    letter = post.mailbox.letters[0]
    assert letter["From"] == "FlatRender <no-reply@house.example>"
    assert letter["Bcc"] is None
    assert letter["Subject"] == "تأیید نشانی · FlatRender"
    assert 'dir="rtl"' in letter.get_body(("html",)).get_content()
    with post.database.system_session(read_only=True) as session:
        kept = [*session.exec(select(OutboxEvent)).all(), *session.exec(select(Delivery)).all()]
    secret = post.link().partition(".")[2]
    assert all(secret not in str(row.payload) for row in kept), "what waits to be sent holds no secret"


def test_nobody_finds_out_who_has_an_account(client: TestClient, signed_in: SignedIn, post: Post) -> None:
    signed_in(email="sara@example.com")
    answers = []
    for email in ("sara@example.com", "nobody@example.com"):
        up = client.post("/api/v1/auth/sign-up", json={**SARA, "email": email})
        forgot = client.post("/api/v1/auth/forgot", json={"email": email})
        answers.append((up.status_code, up.text, forgot.status_code, forgot.text))
    assert answers[0] == answers[1]
    assert sorted(post.carried()) == [
        "nobody@example.com",
        "nobody@example.com",
        "sara@example.com",
        "sara@example.com",
    ]
    assert "You have an account already" in {letter["Subject"].partition(" ·")[0] for letter in post.mailbox.letters}


def test_a_forgotten_password_is_chosen_anew(client: TestClient, signed_in: SignedIn, post: Post) -> None:
    browser = signed_in(email="sara@example.com")
    client.post("/api/v1/auth/forgot", json={"email": " SARA@example.com"})
    client.post("/api/v1/auth/forgot", json={"email": "nobody@example.com"})
    assert post.carried() == ["sara@example.com"]
    token = post.link()
    short = client.post("/api/v1/auth/reset", json={"token": token, "password": "short"})
    assert (short.status_code, short.json()["field"]) == (422, "password")
    assert client.post("/api/v1/auth/reset", json={"token": token, "password": NEW}).json() == {
        "next": "/sign-in?done=password"
    }
    assert browser.get("/api/v1/auth/me").status_code == 401, "every session ends"
    assert post.carried() == ["sara@example.com"], "is told so"
    assert client.post("/api/v1/auth/reset", json={"token": token, "password": NEW}).status_code == 422
    for password, status in ((PASSWORD, 401), (NEW, 200)):
        answer = client.post("/api/v1/auth/sign-in", json={"email": "sara@example.com", "password": password})
        assert answer.status_code == status


def test_no_sites_administrator_gets_the_links_of_those_who_run_the_house(
    client: TestClient, signed_in: SignedIn, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(Role.PLATFORM_ADMIN), signed_in(Role.OWNER)
    monkeypatch.setenv("FLATRENDER_PUBLIC_URL", "http://testserver")
    get_settings.cache_clear()
    with post.database.tenant_session(DEFAULT_TENANT) as session:
        session.add(TenantDomain(name="films.example", token="", main=True, proven_at=clock.now()))
    led = []
    for role in (Role.PLATFORM_ADMIN, Role.OWNER):
        client.post("/api/v1/auth/forgot", json={"email": f"{role}@example.com"})
        for leads in ("reset?token=", "forgot"):  # the second one is the alarm
            assert post.carried() == [f"{role}@example.com"]
            text = post.mailbox.letters[-1].get_body(("plain",)).get_content()
            led.append(re.search(rf"(\S+)/{re.escape(leads)}", text)[1])
            if leads != "forgot":
                client.post("/api/v1/auth/reset", json={"token": post.link(), "password": NEW})
    assert led == ["http://testserver"] * 2 + ["https://films.example"] * 2


def test_links_end(client: TestClient, signed_in: SignedIn, post: Post) -> None:
    browser = signed_in(email="sara@example.com")
    client.post("/api/v1/auth/forgot", json={"email": "sara@example.com"})
    post.carried()
    elsewhere = {"Host": "other.test"}
    signed_in(email="x@other.test", tenant=OTHER_TENANT)
    body = {"token": post.link(), "password": NEW}
    assert client.post("/api/v1/auth/reset", json=body, headers=elsewhere).status_code == 422, "another site's link"
    later = datetime.now(UTC) + timedelta(hours=2)
    clock.use(lambda: later)
    try:
        assert client.post("/api/v1/auth/reset", json=body).json()["code"] == "dead-link"
    finally:
        clock.use(None)
    assert browser.post("/api/v1/auth/password", json={"old_password": PASSWORD, "password": NEW}).status_code == 204
    assert client.post("/api/v1/auth/reset", json=body).json()["code"] == "dead-link", "the password has changed since"


def test_letters_to_one_address_are_bounded(client: TestClient, post: Post) -> None:
    statuses = [client.post("/api/v1/auth/forgot", json={"email": "a@example.com"}).status_code for _ in range(6)]
    assert statuses == [202] * 5 + [429]


def test_a_mail_server_in_trouble_is_tried_again(client: TestClient, signed_in: SignedIn, post: Post) -> None:
    signed_in(email="sara@example.com")
    post.mailbox.answer = "451 later"
    client.post("/api/v1/auth/forgot", json={"email": "sara@example.com"})
    assert post.carried() == []
    with post.database.system_session() as session:
        waiting = session.exec(select(Delivery)).one()
        assert (waiting.state, waiting.tries) == ("waiting", 1)
        waiting.next_at = waiting.created_at
        session.add(waiting)
    post.mailbox.answer = "250 OK"
    assert post.carried() == ["sara@example.com"]


def test_without_a_mail_server_it_is_said(client: TestClient, installation: Database) -> None:
    answer = client.post("/api/v1/auth/forgot", json={"email": "sara@example.com"})
    assert (answer.status_code, answer.json()["code"]) == (409, "no-mail")
    assert client.post("/api/v1/auth/sign-up", json=SARA).status_code == 201


def test_password_and_address_are_changed_by_who_knows_the_password(signed_in: SignedIn, post: Post) -> None:
    here, there = signed_in(email="sara@example.com"), None
    there = TestClient(here.app, base_url="http://testserver")
    there.post("/api/v1/auth/sign-in", json={"email": "sara@example.com", "password": PASSWORD})
    wrong = here.post("/api/v1/auth/password", json={"old_password": "wrong wrong", "password": NEW})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "old_password")
    assert here.post("/api/v1/auth/password", json={"old_password": PASSWORD, "password": NEW}).status_code == 204
    assert (here.get("/api/v1/auth/me").status_code, there.get("/api/v1/auth/me").status_code) == (200, 401)
    assert post.carried() == ["sara@example.com"]
    warning = post.mailbox.letters[-1]
    assert warning["Subject"] == "Your password was changed · FlatRender"
    assert "If it was not you, choose a new one at once." in warning.get_body(("plain",)).get_content()
    moved = here.post("/api/v1/auth/email", json={"email": "s@new.example", "password": NEW})
    assert moved.status_code == 202
    assert post.carried() == ["s@new.example"]
    assert here.get("/api/v1/auth/me").json()["email"] == "sara@example.com", "until the link is opened"
    assert here.post("/api/v1/auth/verify", json={"token": post.link()}).json() == {"next": "/sign-in?done=address"}
    assert here.get("/api/v1/auth/me").json()["email"] == "s@new.example"
    here.patch("/api/v1/auth/me", json={"language": "fa"})
    assert post.carried() == ["sara@example.com"], "who reads the old one sees that letters go elsewhere"
    text = post.mailbox.letters[-1].get_body(("plain",)).get_content()
    assert "به یکی از مدیران FlatRender بگویید" in text and "s@new.example" not in text
    with post.database.system_session(read_only=True) as session:
        told = session.exec(select(AuditEntry).where(AuditEntry.act == Act.EMAIL_CONFIRMED)).one()
    assert (told.actor_email, told.details) == ("s@new.example", {"was": "sara@example.com"})


def test_a_link_that_went_to_the_address_of_before_ends_with_it(
    client: TestClient, signed_in: SignedIn, post: Post
) -> None:
    here = signed_in(email="sara@example.com")
    client.post("/api/v1/auth/forgot", json={"email": "sara@example.com"})
    post.carried()
    forgotten = post.link()
    here.post("/api/v1/auth/email", json={"email": "s@new.example", "password": PASSWORD})
    post.carried()
    assert here.post("/api/v1/auth/verify", json={"token": post.link()}).status_code == 200
    late = client.post("/api/v1/auth/reset", json={"token": forgotten, "password": NEW})
    assert (late.status_code, late.json()["code"]) == (422, "dead-link")


def test_an_address_that_got_an_account_meanwhile_is_not_taken_over(signed_in: SignedIn, post: Post) -> None:
    here = signed_in(email="sara@example.com")
    here.post("/api/v1/auth/email", json={"email": "s@new.example", "password": PASSWORD})
    post.carried()
    signed_in(email="s@new.example")
    refused = here.post("/api/v1/auth/verify", json={"token": post.link()})
    assert (refused.status_code, refused.json()["code"]) == (409, "taken")
    assert here.get("/api/v1/auth/me").json()["email"] == "sara@example.com"


def test_who_is_in_proves_it_however_many_guess_at_the_door(
    client: TestClient, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tries, "PER_ACCOUNT", 2)
    here = signed_in(email="sara@example.com")

    def proof(password: str) -> int:
        return here.post("/api/v1/auth/second-factor/begin", json={"password": password}).status_code

    for _ in range(2):
        client.post("/api/v1/auth/sign-in", json={"email": "sara@example.com", "password": "wrong wrong"})
    assert [proof(PASSWORD) for _ in range(3)] == [200] * 3, "the right password is no guess"
    assert [proof("wrong wrong") for _ in range(3)] == [422, 422, 429]
    assert proof(PASSWORD) == 429


def test_sessions_are_seen_and_ended(signed_in: SignedIn) -> None:
    here = signed_in(email="sara@example.com")
    there = TestClient(here.app, base_url="http://testserver", headers={"User-Agent": "Phone"})
    there.post("/api/v1/auth/sign-in", json={"email": "sara@example.com", "password": PASSWORD})
    stranger = signed_in(email="b@example.com")
    listed = here.get("/api/v1/auth/sessions").json()["items"]
    assert [(each["agent"], each["current"]) for each in listed] == [("Phone", False), ("testclient", True)]
    address = f"/api/v1/auth/sessions/{listed[0]['id']}"
    assert stranger.delete(address).status_code == 404
    assert here.delete(address).status_code == 204
    assert (there.get("/api/v1/auth/me").status_code, here.get("/api/v1/auth/me").status_code) == (401, 200)


def test_people_are_invited_and_their_accounts_closed(client: TestClient, signed_in: SignedIn, post: Post) -> None:
    admin = signed_in(Role.ADMIN)
    made = admin.post("/api/v1/people", json={"email": "reza@example.com", "role": "admin"})
    assert (made.status_code, made.json()["verified"]) == (201, False)
    assert post.carried() == ["reza@example.com"]
    letter, inviter = post.mailbox.letters[-1], admin.get("/api/v1/auth/me").json()["name"]
    assert letter["Subject"] == f"{inviter} invites you · FlatRender"
    text = letter.get_body(("plain",)).get_content()
    assert f"{inviter} invites you to FlatRender." in text.replace("\n", " ")
    assert "/join?token=" in text and "If it was not you" not in text
    with post.database.tenant_session(DEFAULT_TENANT, read_only=True) as session:
        user, by = accounts.invited(session, DEFAULT_TENANT, post.link())
        assert (user.email, by) == ("reza@example.com", inviter)
    body = {"token": post.link(), "password": NEW, "name": "Reza", "language": "fa"}
    assert client.post("/api/v1/auth/reset", json=body).json() == {"next": "/sign-in?done=joined"}
    client.post("/api/v1/auth/sign-in", json={"email": "reza@example.com", "password": NEW})
    me = client.get("/api/v1/auth/me").json()
    assert (me["name"], me["language"]) == ("Reza", "fa"), "of the browser in which the invitation was accepted"
    reza = f"/api/v1/people/{made.json()['id']}"
    assert admin.patch(reza, json={"active": False}).json()["active"] is False
    assert client.get("/api/v1/auth/me").status_code == 401
    for wish, status in (
        ({"email": "r@x.example", "role": "platform_admin"}, 403),
        ({"email": "reza@example.com"}, 409),
    ):
        assert admin.post("/api/v1/people", json=wish).status_code == status
    me = next(each for each in admin.get("/api/v1/people").json()["items"] if each["you"])
    assert admin.patch(f"/api/v1/people/{me['id']}", json={"role": "member"}).json()["code"] == "yourself"
    house = signed_in(Role.PLATFORM_ADMIN)
    boss = next(each for each in admin.get("/api/v1/people").json()["items"] if each["role"] == "platform_admin")
    assert admin.patch(f"/api/v1/people/{boss['id']}", json={"active": False}).status_code == 403
    assert house.get("/api/v1/auth/me").status_code == 200
    assert signed_in().get("/api/v1/people").status_code == 403


def test_who_becomes_an_owner_signs_in_again(signed_in: SignedIn) -> None:
    """A session may be one that an administrator's provider opened, which opens no owner's account."""
    owner, reza = signed_in(Role.OWNER), signed_in(Role.MEMBER, email="reza@example.com")
    where = f"/api/v1/people/{reza.get('/api/v1/auth/me').json()['id']}"
    for role, status in (("admin", 200), ("owner", 401)):
        assert owner.patch(where, json={"role": role}).status_code == 200
        assert reza.get("/api/v1/auth/me").status_code == status, role


def test_who_has_not_come_is_invited_again(client: TestClient, signed_in: SignedIn, post: Post) -> None:
    admin, owner = signed_in(Role.ADMIN), signed_in(Role.OWNER)
    made = admin.post("/api/v1/people", json={"email": "reza@example.com", "name": "Reza", "role": "admin"})
    post.carried()
    first = post.link()
    again = owner.post("/api/v1/people", json={"email": "reza@example.com", "role": "owner"})
    assert again.status_code == 201, again.text
    assert [again.json()[part] for part in ("id", "name", "role")] == [made.json()["id"], "Reza", "owner"]
    refused = admin.post("/api/v1/people", json={"email": "reza@example.com"})
    assert (refused.status_code, refused.json()["code"]) == (403, "owners-alone"), "to whom an owner gave the role"
    own = owner.post("/api/v1/roles", json={"name": "Guests", "permissions": ["projects"]}).json()["id"]
    owner.patch(f"/api/v1/people/{made.json()['id']}", json={"custom_role_id": own})
    third = owner.post("/api/v1/people", json={"email": "reza@example.com"})
    assert [third.json()[part] for part in ("role", "custom_role_id")] == ["member", own], "stays"
    key = owner.post("/api/v1/keys", json={"name": "Inviter"}).json()["secret"]
    wish = {"email": "reza@example.com", "role": "member"}
    program = TestClient(client.app, base_url="http://testserver", headers={"Authorization": f"Bearer {key}"})
    assert program.post("/api/v1/people", json=wish).json()["code"] == "not-for-keys", "it would take the role"
    fourth = owner.post("/api/v1/people", json=wish)
    assert [fourth.json()[part] for part in ("role", "custom_role_id")] == ["member", ""], "who says so takes it away"
    assert post.carried() == ["reza@example.com"] * 3
    body = {"token": first, "password": NEW}
    assert client.post("/api/v1/auth/reset", json=body).json()["code"] == "dead-link", "the link of before"
    assert client.post("/api/v1/auth/reset", json={**body, "token": post.link()}).status_code == 200
    assert owner.post("/api/v1/people", json={"email": "reza@example.com"}).json()["code"] == "taken", "they have come"


def test_who_made_an_account_with_an_invited_address_opens_nothing(
    client: TestClient, signed_in: SignedIn, post: Post
) -> None:
    admin = signed_in(Role.ADMIN)
    client.post("/api/v1/auth/sign-up", json=SARA)
    post.carried()
    confirming = post.link()
    key = admin.post("/api/v1/keys", json={"name": "Inviter"}).json()["secret"]
    assert admin.post("/api/v1/people", json={"email": SARA["email"], "role": "admin"}).status_code == 201
    program = {"Authorization": f"Bearer {key}"}
    refused = TestClient(client.app, base_url="http://testserver", headers=program).post("/api/v1/people", json=SARA_IN)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-for-keys"), "it would take the role"
    assert client.post("/api/v1/auth/verify", json={"token": confirming}).json()["code"] == "dead-link"


def test_invitations_of_a_site_are_bounded(signed_in: SignedIn, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "INVITATIONS", 2)
    admin = signed_in(Role.ADMIN)
    statuses = [admin.post("/api/v1/people", json={"email": f"{n}@example.com"}).status_code for n in range(3)]
    assert statuses == [201, 201, 429]
    elsewhere = signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT)
    assert elsewhere.post("/api/v1/people", json={"email": "a@example.com"}).status_code == 201


def test_owners_alone_make_and_change_owners(signed_in: SignedIn, post: Post) -> None:
    owner, admin = signed_in(Role.OWNER), signed_in(Role.ADMIN)
    listed = {each["role"]: f"/api/v1/people/{each['id']}" for each in owner.get("/api/v1/people").json()["items"]}
    for refused in (
        admin.post("/api/v1/people", json={"email": "reza@example.com", "role": "owner"}),
        admin.patch(listed["owner"], json={"role": "member"}),
        admin.patch(listed["owner"], json={"active": False}),
        admin.post("/api/v1/keys", json={"name": "Mine", "role": "owner"}),
    ):
        assert refused.status_code == 403, refused.text
    made = owner.patch(listed["admin"], json={"role": "owner"}).json()
    assert made["role"] == "owner"
    assert admin.post("/api/v1/auth/sign-in", json={"email": made["email"], "password": PASSWORD}).status_code == 200
    assert admin.patch(listed["owner"], json={"role": "designer"}).json()["role"] == "designer"
    assert owner.get("/api/v1/auth/me").json()["permissions"] == ["projects", "templates"]
    last = admin.post("/api/v1/auth/delete", json={"password": PASSWORD})
    assert (last.status_code, last.json()["code"]) == (409, "last-owner"), "an administrator beside could not make one"


def test_the_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B, SHA-1; their last six digits."""
    standard = base64.b32encode(b"12345678901234567890").decode()
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")):
        assert second_factor.code_at(standard, seconds // 30) == code


def test_a_second_factor_from_the_picture_to_the_last_recovery_code(
    client: TestClient, signed_in: SignedIn, installation: Database
) -> None:
    here, account = signed_in(email="sara@example.com"), {"email": "sara@example.com", "password": PASSWORD}
    moment = datetime(2026, 11, 26, 12, 0, 10, tzinfo=UTC)
    now = [moment]
    clock.use(lambda: now[0])
    try:
        assert here.post("/api/v1/auth/second-factor/begin", json={"password": "wrong wrong"}).status_code == 422
        none = here.post("/api/v1/auth/second-factor/codes", json={"password": PASSWORD})
        assert (none.status_code, none.json()["code"]) == (409, "second-factor-off")
        begun = here.post("/api/v1/auth/second-factor/begin", json={"password": PASSWORD}).json()
        assert begun["picture"].startswith("<svg") and "issuer=FlatRender" in begun["address"]
        assert client.post("/api/v1/auth/sign-in", json=account).status_code == 200, "not on before a code was given"

        def code() -> str:
            return second_factor.code_at(begun["secret"], int(now[0].timestamp()) // 30)

        for wrong in ("000000", "۰۰۰۰۰۰", "²²²²²²", "é"):
            assert here.post("/api/v1/auth/second-factor/finish", json={"code": wrong}).status_code == 422
        typed = code().translate(PERSIAN)
        codes = here.post("/api/v1/auth/second-factor/finish", json={"code": typed}).json()["recovery_codes"]
        assert len(set(codes)) == 10
        assert here.get("/api/v1/auth/second-factor").json() == {"on": True, "codes_left": 10}
        asked = client.post("/api/v1/auth/sign-in", json=account)
        assert (asked.status_code, asked.json()["code"], asked.json()["field"]) == (401, "second-factor", "code")
        seen = client.post("/api/v1/auth/sign-in", json={**account, "code": code()})
        assert (seen.status_code, seen.json()["code"]) == (401, "wrong-code"), "a code that was used works no more"
        now[0] += timedelta(seconds=30)
        assert client.post("/api/v1/auth/sign-in", json={**account, "code": code()}).status_code == 200
        for tried, status in ((codes[0].upper().translate(PERSIAN), 200), (codes[0], 401), ("x" * 12, 401)):
            assert client.post("/api/v1/auth/sign-in", json={**account, "code": tried}).status_code == status
        assert here.get("/api/v1/auth/second-factor").json()["codes_left"] == 9
        fresh = here.post("/api/v1/auth/second-factor/codes", json={"password": PASSWORD}).json()["recovery_codes"]
        assert client.post("/api/v1/auth/sign-in", json={**account, "code": codes[1]}).status_code == 401
        assert client.post("/api/v1/auth/sign-in", json={**account, "code": fresh[0]}).status_code == 200
        for _ in range(2):
            assert here.post("/api/v1/auth/second-factor/off", json={"password": PASSWORD}).status_code == 204
        assert client.post("/api/v1/auth/sign-in", json=account).status_code == 200
    finally:
        clock.use(None)
    with installation.system_session() as session:
        noted = select(AuditEntry).where(col(AuditEntry.act) == Act.FACTOR_OFF)
        assert len(session.exec(noted).all()) == 1, "the second time there was none"
        alarms = select(OutboxEvent).where(col(OutboxEvent.kind) == letters.ALERT)
        assert len(session.exec(alarms).all()) == 1


def test_the_name_on_the_mac_is_asked_for_where_it_is_used(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "/api/v1/auth/me/mac-usernames"
    boss, user = signed_in(Role.ADMIN), signed_in()
    assert boss.get(address).json() == {"items": [], "on": False, "ask": False}
    monkeypatch.setenv("DROPBOX_PATH", "/dropbox")
    get_settings.cache_clear()
    assert boss.get(address).json()["ask"]
    elsewhere = signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT)
    assert not elsewhere.get(address).json()["on"], "jobs come to the house's own site alone"
    assert user.get(address).json() == {"items": [], "on": True, "ask": False}, "anybody may sign up: nobody may claim"
    kept = boss.put(address, json={"items": ["Sara", "sara"]})
    assert (kept.status_code, kept.json()) == (200, {"items": ["sara"], "on": True, "ask": False})
    boss.patch("/api/v1/sites/mine", json={"sign_up": False})
    assert user.get(address).json()["ask"]
    taken = user.put(address, json={"items": ["SARA"]})
    assert (taken.status_code, taken.json()["code"]) == (409, "taken")
    house = signed_in(Role.PLATFORM_ADMIN)
    house.patch("/api/v1/sites/mine/features", json={"features": {"render_manager": False}})
    assert user.get(address).json() == {"items": [], "on": False, "ask": False}
