"""A lent browser context is as new for the next test, whatever the last one left in it."""

from tests.e2e.contexts import Contexts
from tests.e2e.running import Studio

FILL = """async () => {
  localStorage.setItem("left", "behind");
  (await caches.open("left")).put("/left", new Response("behind"));
  await new Promise((resolve, reject) => {
    const asked = indexedDB.open("left", 1);
    asked.onsuccess = resolve;  // and stays open
    asked.onerror = reject;
  });
}"""
LEFT = """async () => [
  localStorage.length, (await caches.keys()).length, (await indexedDB.databases()).length,
  (await navigator.permissions.query({ name: "geolocation" })).state,
]"""


def test_nothing_is_left_for_the_next_test(contexts: Contexts, studio: Studio) -> None:
    lent = contexts.take(locale="de-DE")  # which no other test asks for
    page = lent.context.new_page()
    page.goto("/health")
    page.evaluate(FILL)
    lent.context.add_cookies([{"name": "fr_language", "value": "fa", "url": studio.url}])
    lent.context.grant_permissions(["geolocation"])
    lent.context.route("**/*", lambda route: route.abort())
    lent.context.set_offline(True)
    contexts.give_back(lent)

    again = contexts.take(locale="de-DE")
    assert again is lent
    assert again.context.pages == [again.anchor]
    page = again.context.new_page()
    page.goto("/health")
    assert page.evaluate(LEFT) == [0, 0, 0, "prompt"]
    assert again.context.cookies() == []
    contexts.give_back(again)
