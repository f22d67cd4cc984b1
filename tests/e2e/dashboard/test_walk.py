"""What people do all day, in a browser: come in, ask for pictures, watch them, put right what failed."""

import re

from playwright.sync_api import expect

from tests.e2e.dashboard.filled import dead_letter, made
from tests.e2e.dashboard.look import Look
from tests.e2e.dashboard.people import Person
from tests.integration.api import a_prompt
from tests.integration.inside import MODEL_SECONDS, slow_prompt
from tests.processes import Control
from tests.waiting import until

SEEN = """() => {
  window.seen = [];
  const look = () => {
    const text = document.querySelector('[data-testid="state"] .badge')?.textContent;
    if (text && text !== window.seen.at(-1)) window.seen.push(text);
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""

STORES = """() => ({
  session: Object.entries(sessionStorage), local: Object.entries(localStorage), cookies: document.cookie,
})"""


def test_a_key_lets_in_and_is_forgotten(person: Person, look: Look) -> None:
    """A wrong one is told; the right one is kept in this tab's session alone; who signs out leaves none behind."""
    at = look()
    at.sign_in("drk_of_somebody_else")
    expect(at.page.get_by_label("API key")).to_have_accessible_description(re.compile("This key is not known here"))
    assert at.page.evaluate(STORES) == {"session": [], "local": [], "cookies": ""}

    at.sign_in(person.key)
    expect(at.live).to_have_text("Live")
    kept = at.page.evaluate(STORES)
    assert [value for _, value in kept.pop("session")] == [person.key]
    assert kept == {"local": [], "cookies": ""}
    assert person.key not in at.page.content()

    at.page.reload()
    expect(at.live).to_have_text("Live")
    at.page.get_by_role("button", name="Sign out").click()
    expect(at.page.get_by_label("API key")).to_be_focused()
    assert at.page.evaluate(STORES) == {"session": [], "local": [], "cookies": ""}
    at.page.reload()
    expect(at.page.get_by_role("button", name="Sign in")).to_be_visible()


def test_a_job_goes_through_its_stages_live(person: Person, look: Look, control: Control) -> None:
    """Asked for by the form, held in the model, then done: the page shows each stage as it comes, loaded once."""
    at = look(person)
    at.page.evaluate(SEEN)
    prompt = slow_prompt()
    at.go("new")
    at.page.get_by_label("Prompt").fill(prompt)
    expect(at.page.get_by_test_id("estimate")).to_have_text("$0.04")
    at.page.get_by_label("Pictures", exact=True).fill("2")
    expect(at.page.get_by_test_id("estimate")).to_have_text("$0.08")
    at.page.get_by_label("Project").fill("harbour")
    at.button("Make it").click()

    expect(at.heading).to_have_text(prompt)
    expect(at.state).to_have_text("Generating")
    (job,) = person.api.http.get("/v1/jobs").json()["jobs"]
    at.go("queue")
    expect(at.row(job["id"])).to_contain_text("Generating")
    at.page.go_back()
    until(lambda: control.counts().get("vertex.Predict", 0))
    control.advance(MODEL_SECONDS)
    expect(at.state).to_have_text("Completed")
    stages = at.page.evaluate("window.seen")  # gone, had the page been loaded again
    order = ["Queued", "Starting", "Generating", "Saving", "Completed"]
    assert stages == sorted(stages, key=order.index)
    assert {"Generating", "Completed"} <= set(stages)
    bars = at.page.get_by_role("table", name=re.compile("Each stage")).get_by_role("rowheader")
    expect(bars).to_have_text(order)

    at.page.get_by_role("link", name="Gallery").click()
    pictures = at.page.get_by_role("main").locator(".tile img")
    expect(pictures).to_have_count(2)
    widths = "each => each.map((image) => image.decode().then(() => image.naturalWidth))"
    assert all(pictures.evaluate_all(f"async images => Promise.all(({widths})(images))"))
    at.page.get_by_role("button", name=re.compile("^Enlarge")).first.click()
    large = at.page.get_by_role("dialog")
    expect(large).to_contain_text(prompt)
    expect(large.locator(".stage img")).to_be_visible()


def test_a_picture_comes_into_the_gallery_by_itself(person: Person, look: Look) -> None:
    """Asked for elsewhere, while the gallery is open."""
    at = look(person)
    at.go("gallery")
    expect(at.page.get_by_role("heading", name="The walls are bare")).to_be_visible()
    person.api.submit(model="placeholder", thumbnail=True)
    expect(at.page.get_by_role("main").locator(".tile img")).to_have_count(1)


def test_a_failed_job_is_retried(person: Person, look: Look) -> None:
    """The failure says why and what to do; the retry is made from its row, and another from its page."""
    prompt = a_prompt("[[blocked]]")
    job = person.api.ended(person.api.submit(prompt=prompt))
    assert job["status"] == "failed"
    at = look(person)
    row = at.row(job["id"])
    expect(row).to_contain_text("safety blocked", ignore_case=True)
    row.get_by_role("button", name=re.compile("^Retry")).click()
    retried = until(lambda: (now := person.api.get(job))["retry_count"] == 1 and now)
    person.api.ended(retried)
    expect(row).to_contain_text("Failed")

    row.get_by_role("link").click()
    failure = at.page.get_by_role("region", name="Failure")
    expect(failure).to_contain_text("Again with changes")
    expect(at.page.get_by_test_id("state")).to_contain_text("retried 1 time")
    at.button("Retry").click()
    until(lambda: person.api.get(job)["retry_count"] == 2)


def test_a_job_is_canceled(person: Person, look: Look, control: Control) -> None:
    """One that waits at once, from its row; one in the model when its worker hears of it, from its page."""
    waiting = person.api.submit(not_before="2100-01-01T00:00:00Z")
    at = look(person)
    at.row(waiting["id"]).get_by_role("button", name=re.compile("^Cancel")).click()
    expect(at.row(waiting["id"])).to_contain_text("Canceled")

    busy = person.api.reached(person.api.submit(prompt=slow_prompt()), "generating")
    at.go(f"jobs/{busy['id']}")
    at.button("Cancel").click()
    expect(at.page.get_by_test_id("state")).to_contain_text("its worker is asked to stop")
    control.advance(MODEL_SECONDS)
    expect(at.state).to_have_text("Canceled")


def test_a_dead_letter_is_redriven(person: Person, look: Look) -> None:
    """What gave up stands in the health view; another try is asked for there, and it is gone from there."""
    dead = dead_letter(person.tenant, a_prompt())
    person.has([dead])
    at = look(person)
    at.go("health")
    letters = at.page.locator("#dead-letters")
    expect(letters).to_contain_text(dead.prompt)
    letters.get_by_role("button", name=re.compile("^Redrive")).first.click()
    expect(letters).not_to_contain_text(dead.prompt)
    assert person.api.ended({"id": dead.id})["status"] == "completed"


def test_a_batch_has_its_jobs_in_their_order_and_a_job_leads_to_its_batch(person: Person, look: Look) -> None:
    """They are of one moment; it stands among the batches by itself; a pasted id opens its job."""
    prompts = [a_prompt(f"gull {number}") for number in range(6)]
    at = look(person)
    at.go("boards?kind=batches")
    batch = made(person, "batches", {"items": [{"prompt": text, "model": "placeholder"} for text in prompts]})
    expect(at.page.locator(f'.card[data-id="{batch}"]')).to_contain_text("6 completed")
    at.go("queue")
    expect(at.page.get_by_role("table", name="Jobs").locator(".row-prompt")).to_have_text(prompts)
    at.go(f"boards/batches/{batch}")
    rows = at.page.get_by_role("table", name="Jobs of this batch").locator("[data-id]")
    expect(rows.locator(".row-prompt")).to_have_text(prompts)
    last = rows.last.get_attribute("data-id") or ""
    at.go("queue")
    at.page.get_by_label("Search the prompts").fill(last)
    expect(at.heading).to_have_text(prompts[-1])
    at.page.get_by_role("link", name=f"{batch}, number 6").click()
    expect(at.heading).to_have_text("Batch of 6 jobs")


def test_the_keyboard_is_enough(person: Person, look: Look) -> None:
    """From the door through the form to the job, with no other key than a keyboard has."""
    at = look()
    press, type_ = at.page.keyboard.press, at.page.keyboard.type
    expect(at.page.get_by_label("API key")).to_be_focused()
    type_(person.key)
    press("Enter")
    expect(at.live).to_have_text("Live")
    expect(at.page.get_by_role("heading", name="The trays are empty")).to_be_visible()
    press("n")
    expect(at.page.get_by_label("Prompt")).to_be_focused()
    prompt = a_prompt("a harbour at dusk")
    type_(prompt)
    make = at.button("Make it")
    for _ in range(40):
        if make.evaluate("button => button === document.activeElement"):
            break
        press("Tab")
    press("Enter")
    expect(at.heading).to_have_text(prompt)
    expect(at.state).to_have_text("Completed")
    press("g")
    press("q")
    expect(at.page.get_by_role("heading", name="Queue")).to_be_focused()
    press("j")
    expect(at.page.get_by_role("link", name=prompt)).to_be_focused()
    press("Enter")
    expect(at.heading).to_have_text(prompt)
    expect(at.heading).to_be_focused()
