"""The stand-in portal in a real browser: from home to a paid dossier by clicks."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from cutover.rehearsal.portal import StandIn, stand_in
from scenarios.settings import PortalSettings

pytestmark = pytest.mark.system("chromium")

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
QUIET += ("--disable-component-update", "--disable-sync")
DESK = {"viewport": {"width": 1100, "height": 800}}
PHONE = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "has_touch": True}
SCAN = {"name": "to-khai.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\nrehearsal"}

UNLABELLED = """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea, button")]
    .filter(each => !(each.labels?.length || each.matches("button") && each.innerText.trim()))
    .map(each => each.outerHTML)"""
FOCUSED = """() => {
    const each = document.activeElement, style = getComputedStyle(each), box = each.getBoundingClientRect();
    return [each.tagName, style.outlineStyle, parseFloat(style.outlineWidth), box.left, box.width]
}"""


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    folder = tmp_path_factory.mktemp("browser")
    with stand_in(folder / "portal", PortalSettings(slow=0.01), folder) as serving:
        yield serving


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        with playwright.chromium.launch(executable_path=path, args=list(QUIET)) as browser:
            yield browser


@pytest.fixture
def opened(portal: StandIn, chromium: Browser) -> Iterator[Callable[[dict[str, Any]], tuple[Page, list[str]]]]:
    """Opens a window of one kind on the portal; with it comes a list of all that its console has to complain of."""
    contexts = []

    def new(kind: dict[str, Any]) -> tuple[Page, list[str]]:
        contexts.append(chromium.new_context(base_url=portal.url, **kind))
        page, complaints = contexts[-1].new_page(), []
        page.set_default_timeout(10_000)
        page.on("console", lambda word: complaints.append(word.text) if word.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.append(request.url))
        return page, complaints

    yield new
    for context in contexts:
        context.close()


def sees(page: Page, name: str) -> None:
    """Expect the page of that `data-page`; whichever it is, everybody can use it."""
    assert page.locator("main").get_attribute("data-page") == name
    assert page.locator("html").get_attribute("lang") == "vi"
    assert page.locator("h1").count() == 1
    assert page.locator("h1 + [lang=en]").count() == 1
    assert page.evaluate(UNLABELLED) == []
    wide, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= window


@pytest.mark.parametrize("kind", [DESK, PHONE], ids=["desk", "phone, in the dark"])
def test_from_home_to_a_paid_dossier_by_clicks(opened, kind):
    page, complaints = opened(kind)
    page.goto("/")
    sees(page, "home")
    page.get_by_label("Tìm thủ tục").fill("bản sao trích lục")
    page.get_by_role("button", name="Tìm").click()
    sees(page, "search")
    page.get_by_role("link", name="Cấp bản sao Trích lục hộ tịch, bản sao Giấy khai sinh").click()
    sees(page, "procedure")
    page.get_by_role("link", name="Nộp hồ sơ trực tuyến").click()
    sees(page, "identity")
    page.get_by_label("Số định danh").fill("012345678901")
    page.get_by_label("Họ tên").fill("Nguyễn Thị Diễn Tập")
    page.get_by_role("button", name="Đăng nhập").click()
    sees(page, "form")
    page.get_by_label("Tỉnh, thành phố").select_option(label="Hà Nội")
    page.get_by_role("button", name="Chọn tỉnh, thành phố").click()
    page.get_by_label("Xã, phường, đặc khu").select_option(label="Phường Ba Đình")
    page.get_by_label("Số điện thoại").fill("0969000001")
    page.get_by_label("Nội dung").fill("Hai bản sao")
    page.get_by_role("button", name="Lưu và tiếp tục").click()
    sees(page, "draft")
    assert page.get_by_role("button", name="Nộp hồ sơ").is_disabled()
    page.get_by_label("Tờ khai").set_input_files(SCAN)
    page.get_by_role("button", name="Tải lên").click()
    sees(page, "draft")
    assert "to-khai.pdf" in page.locator("main").inner_text()
    page.get_by_role("button", name="Nộp hồ sơ").click()
    sees(page, "receipt")
    receipt = page.locator("main").get_attribute("data-receipt")
    assert receipt in page.locator("main").inner_text()
    page.get_by_role("link", name="Thanh toán").click()
    sees(page, "pay")
    page.get_by_label("Ngân hàng").select_option(value="vietcombank")
    page.get_by_role("button", name="Tiếp tục").click()
    sees(page, "bank")
    page.get_by_role("button", name="Thanh toán").click()
    sees(page, "payment")
    page.get_by_role("link", name="Hồ sơ", exact=True).click()
    sees(page, "dossiers")
    page.get_by_role("link", name=receipt).click()
    sees(page, "dossier")
    assert page.locator("main").get_attribute("data-state") == "paid"
    assert complaints == []


def test_feedback_is_sent_by_keyboard_alone_and_the_focus_is_always_seen(opened):
    page, complaints = opened(DESK)
    page.goto("/feedback")
    seen = []
    for _ in range(8):
        page.keyboard.press("Tab")
        tag, style, width_px, left_px, box_px = page.evaluate(FOCUSED)
        assert (style, width_px, left_px >= 0, box_px > 0) == ("solid", 3, True, True), tag
        seen.append(tag)
        if tag == "TEXTAREA":
            page.keyboard.type("Tốt")
        if tag == "BUTTON":
            break
    assert seen == ["A", "A", "A", "A", "A", "TEXTAREA", "BUTTON"]
    page.keyboard.press("Enter")
    page.wait_for_url("**/feedback/thanks")
    sees(page, "thanks")
    assert complaints == []


def test_whoever_skips_the_navigation_comes_to_the_content(opened):
    page, _ = opened(DESK)
    page.goto("/search")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "q"


@pytest.mark.parametrize("path", ["/browse", "/counter/sign-in", "/officer/sign-in", "/sign-in"])
def test_pages_beside_the_road_can_be_used_by_everybody_too(opened, path):
    page, complaints = opened(PHONE)
    page.goto(path)
    sees(page, page.locator("main").get_attribute("data-page"))
    assert complaints == []
