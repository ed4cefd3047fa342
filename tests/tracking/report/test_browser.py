"""The report in a real browser: every figure is in the page, nothing complains, nothing overflows a phone."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tracking.report.data import ReportData
from tracking.report.page import write_report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--enable-logging=stderr",
    "--virtual-time-budget=5000",  # the page is read when its scripts have run
)
# A window has a least width of 500, a frame has none.
FRAME = """<!DOCTYPE html><body><iframe src="{page}" width="{width}" height="900" style="border:0"></iframe>
<script>onmessage = (event) => {{ document.body.dataset.width = event.data; }};</script></body>"""
PROBE = "<script>parent.postMessage(document.documentElement.scrollWidth, '*');</script>"

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium or chromium-browser on PATH (Debian: apt-get install chromium)"
)


def browse(page: Path, width: int, *wanted: str) -> subprocess.CompletedProcess[str]:
    profile = f"--user-data-dir={page.parent / 'profile'}"
    command = [str(CHROMIUM), *FLAGS, profile, f"--window-size={width},1200", *wanted, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


@pytest.fixture
def page(data: ReportData, tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    write_report(data, path)
    return path


def test_every_arm_has_its_figures_and_the_console_is_silent(page: Path, data: ReportData) -> None:
    shown = browse(page, 1280, "--dump-dom")
    assert "CONSOLE" not in shown.stderr
    for panel in ("student/token_frequency_nll/head", "student/token_frequency_nll/tail", "sampled/distinct_n/2"):
        after = shown.stdout[shown.stdout.index(f'data-panel="{panel}"') :]
        svg = after[after.index("<svg") : after.index("</svg>")]
        assert svg.count("<path") > 5
        for colour in ("#d55e00", "#0072b2", "#3d4451"):
            assert colour in svg, f"{panel} has no line in {colour}"
    for arm in ("replace", "accumulate,mixer.human_share=0.1"):
        assert f'data-panel="filters/{arm}"' in shown.stdout
    assert "onerror=alert" in shown.stdout
    assert "<img" not in shown.stdout


@pytest.mark.parametrize("width", [1280, 400])
def test_the_page_is_no_wider_than_what_it_stands_in(page: Path, width: int) -> None:
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", PROBE + "</body>"), encoding="utf-8")
    frame = page.with_name("frame.html")
    frame.write_text(FRAME.format(page=page.name, width=width), encoding="utf-8")
    found = re.search(r'data-width="(\d+)"', browse(frame, 1400, "--dump-dom").stdout)
    assert found is not None
    assert int(found[1]) == width


def test_a_screenshot_shows_colour(page: Path) -> None:
    image = page.with_suffix(".png")
    browse(page, 1280, f"--screenshot={image}")
    assert image.read_bytes().startswith(b"\x89PNG")
    assert image.stat().st_size > 30_000, "an empty page compresses to a few kilobytes"
