"""The page through the gateway, and whether its policy lets it show what it is there for."""

import re

import httpx

from tests.integration.api import Api


def test_the_page_may_ask_for_its_pictures_and_no_others(api: Api) -> None:
    """The link in an answer opens without a key, and lies under the one address that the page's policy names."""
    policy = api.http.get("/").raise_for_status().headers["content-security-policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    (bucket,) = {source for source in rules["img-src"].split() if source.startswith("http")}
    job = api.completed(model="placeholder")
    link = api.http.get(f"/v1/jobs/{job['id']}/images/0?redirect=false").raise_for_status().json()
    assert link["url"].startswith(bucket)
    picture = httpx.get(link["url"], trust_env=False).raise_for_status()
    assert (picture.headers["content-type"], len(picture.content)) == (link["mime_type"], job["images"][0]["bytes"])


def test_what_a_browser_has_of_the_page_is_not_sent_again(api: Api) -> None:
    """Each of the files that the page names is there, and known by its ETag past every hop; nothing else is."""
    named = re.findall(r'(?:src|href)="/?(dashboard/[^"]+)"', api.http.get("/").raise_for_status().text)
    assert named
    for path in ("/", *(f"/{name}" for name in named)):
        etag = api.http.get(path).raise_for_status().headers["etag"]
        again = api.http.get(path, headers={"If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b""), path
    for path in ("..%2fmain.py", "README.md", "css"):
        assert api.http.get(f"/dashboard/{path}").status_code == 404
