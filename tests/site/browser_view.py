"""Looks at a page as its readers do: wide, in the dark, on a phone, on paper.

What a page must not do becomes a complaint. Playwright and axe must be installed.
"""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from urllib.request import url2pathname

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request

HEAVIEST = 100_000  # bytes, compressed

PHONE, LAPTOP = 390, 1280  # pixels
SCREENS: dict[Literal["light", "dark"], list[int]] = {
    "light": [LAPTOP],
    "dark": [LAPTOP, PHONE],
}
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")

# Axe may not `preload` stylesheets from a file. It measures code token by token; so it
# gets one of each kind, which is as good, and takes a tenth of the time.
VIOLATIONS = """async () => {
  const kinds = new Set();
  for (const token of document.querySelectorAll("pre span")) {
    const kind = `${token.className} in ${token.parentElement.className}`;
    if (kinds.has(kind)) token.replaceWith(...token.childNodes);
    kinds.add(kind);
  }
  const {violations} = await axe.run({
    preload: false,
    resultTypes: ["violations"],
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
  });
  return violations.flatMap(({id, nodes}) =>
    nodes.map(({target, html}) => `axe, ${id}: ${target} ${html.slice(0, 200)}`));
}"""

LIBRARY = """
const all = (selector) => [...document.querySelectorAll(selector)];
const seen = (e) => e.getClientRects().length
  && e.checkVisibility({opacityProperty: true, visibilityProperty: true});
const scrolls = (e) => /auto|scroll/.test(getComputedStyle(e).overflowX);
const tag = (e) => e.cloneNode().outerHTML.slice(0, 200);
"""

# As for a reader who has scrolled through all of it and has opened what is folded.
UNFOLD = """
all("details").forEach(e => e.open = true);
all(".md-content__inner > *").forEach(e => e.style.contentVisibility = "visible");
return new Promise(done => requestAnimationFrame(() => setTimeout(done, 0, [])));
"""

# A stop is seen by a ring that nothing covers, around it or what stands beside it.
UNSEEN_STOPS = """
const ringed = (e) => {
  if (getComputedStyle(e).outlineStyle == "none" || !e.getClientRects().length) return;
  const {left, right, top, bottom} = e.getClientRects()[0];
  const x = (Math.max(left, 0) + Math.min(right, innerWidth)) / 2;
  const y = (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2;
  return e.contains(document.elementFromPoint(x, y));
};
const unseen = all("a[href], button, summary, input:not([type=text]), [tabindex]")
  .filter(e => e.tabIndex >= 0 && (e.type != "radio" || e.checked))
  .filter(e => {
    // A menu may be scrolled as far as to have it under the menu's own title.
    const menu = e.closest(".md-sidebar__scrollwrap");
    if (menu) {
      const top = e.getBoundingClientRect().top - menu.getBoundingClientRect().top;
      menu.scrollBy({top, behavior: "instant"});
    }
    e.focus();
    return e == document.activeElement && ![...e.parentElement.children].some(ringed);
  });
// Axe takes a link that is half scrolled away for one that is too small.
all("*").forEach(e => e.scrollTo({top: 0, behavior: "instant"}));
return unseen.map(e => `Tab stops unseen: ${tag(e)}`);
"""

TOO_WIDE = """
const inside = (e) => e && (scrolls(e) || inside(e.parentElement));
return all("body *").filter(seen)
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !inside(e))
  .map(e => `wider than the screen: ${tag(e)}`);
"""

AMISS_ON_PAPER = """
const amiss = {
  "of no use on paper":
    all("header, footer, nav, button").filter(seen),
  "unfolded on paper":
    all("details > :not(summary)").filter(seen),
  "cut off on paper":
    all("body *").filter(e => scrolls(e) && e.scrollWidth > e.clientWidth + 1),
  "torn apart on paper":
    all("figure").filter(e => getComputedStyle(e).breakInside != "avoid"
      || e.offsetHeight > innerHeight),
};
return Object.entries(amiss)
  .flatMap(([what, found]) => found.map(e => `${what}: ${tag(e)}`));
"""


def complaints(browser: Browser, file: Path) -> list[str]:
    """Returns all that is wrong with a page."""
    found: list[str] = []
    loaded: set[str] = set()
    with watched(browser, found) as page:
        page.on("request", lambda request: loaded.add(request.url))
        for scheme, widths in SCREENS.items():
            page.emulate_media(color_scheme=scheme)
            page.goto(file.as_uri())
            page.evaluate(AXE)
            ask(page, UNFOLD)
            for width in widths:
                page.set_viewport_size({"width": width, "height": 844})
                found += ask(page, UNSEEN_STOPS)
                found += ask(page, TOO_WIDE)
                found += page.evaluate(VIOLATIONS)
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 680, "height": 1000})  # A4, less its margins
        found += ask(page, AMISS_ON_PAPER)
        found += ask(page, TOO_WIDE)
        found += page.evaluate(VIOLATIONS)
    # The search, its worker and its index come when the page is there already.
    weight = sum(compressed_size(url) for url in loaded if "/search" not in url)
    if weight > HEAVIEST:
        found.append(f"weighs {weight:,} bytes, compressed")
    return found


@contextmanager
def watched(browser: Browser, found: list[str]) -> Iterator[Page]:
    """Opens a tab, and adds each foreign request and each error to `found`."""

    def on_request(request: Request) -> None:
        if not request.url.startswith("file:"):
            found.append(f"asks for {request.url}")

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            found.append(f"logs {message.text}")

    def on_error(error: Error) -> None:
        found.append(f"raises {error}")

    with browser.new_context(reduced_motion="reduce") as context:
        page = context.new_page()
        page.on("request", on_request)
        page.on("console", on_console)
        page.on("pageerror", on_error)
        yield page


def ask(page: Page, script: str) -> list[str]:
    """Returns the complaints of a script, which may use the library."""
    answer: list[str] = page.evaluate(f"() => {{ {LIBRARY} {script} }}")
    return answer


def compressed_size(url: str) -> int:
    """Returns how many bytes a web server would send for a file; others count 0."""
    file = Path(url2pathname(urlsplit(url).path))
    return len(gzip.compress(file.read_bytes())) if file.is_file() else 0
