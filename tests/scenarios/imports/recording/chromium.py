"""A citizen in a real browser, recorded: from the portal's home page to the receipt of a dossier."""

from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
SCAN = {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n\xff\xfe\x00 a scan".ljust(3000)}


def record(url: str, har: Path, identification: str = "900000000001") -> str:
    """Go from home to receipt in Chromium, recording to a HAR file; return the receipt."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        context = browser.new_context(record_har_path=har, record_har_content="embed", record_har_mode="full")
        page = context.new_page()
        receipt = _walk(page, url, identification)
        context.close()
        browser.close()
    return receipt


def _walk(page: Page, url: str, identification: str) -> str:
    page.goto(f"{url}/", wait_until="networkidle")
    page.goto(f"{url}/search?q=chung+thuc+ban+sao", wait_until="networkidle")
    page.wait_for_timeout(1200)
    _follow(page, "main a[href^='/procedures/']")
    _follow(page, "main a[href$='/form']")
    page.fill("input[name=identification]", identification)
    page.fill("input[name=name]", "Nguyễn Thị Diễn Tập")
    _follow(page, "main form button")
    page.select_option("select[name=commune]", "00004")
    page.fill("input[name=phone]", "0969000001")
    page.fill("textarea[name=details]", "Bản sao & <b> 2")
    _follow(page, "form[action='/drafts'] button")
    for place in range(page.locator("input[type=file]").count()):
        page.locator("input[type=file]").nth(place).set_input_files([SCAN])
    _follow(page, "form[enctype] button")
    _follow(page, "form[action$='/submit'] button")
    receipt = page.locator("main").get_attribute("data-receipt")
    assert receipt
    return receipt


def _follow(page: Page, selector: str) -> None:
    page.locator(selector).first.click()
    page.wait_for_load_state("networkidle")
