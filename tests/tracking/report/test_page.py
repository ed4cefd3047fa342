"""The page: whole, escaped, without network, the same bytes for the same data."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tracking.files import RunDirError
from tracking.report.data import SECTIONS, Arm, ReportData, StageTime
from tracking.report.page import report_html, write_report
from tracking.rows import Row

VOID = {"meta", "link", "br", "img", "wbr", "path", "rect", "use"}


class Outline(HTMLParser):
    """Collects what a test asks about, and fails on tags that do not close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag, f"</{tag}> closes something else, at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def values(self, attribute: str) -> list[str]:
        return [value for _, name, value in self.attributes if name == attribute]


def parsed(html: str) -> Outline:
    outline = Outline()
    outline.feed(html)
    outline.close()
    assert not outline.open
    return outline


def test_the_page_is_well_formed_and_has_every_section_in_order(data: ReportData) -> None:
    outline = parsed(report_html(data))
    sections = [value for tag, name, value in outline.attributes if (tag, name) == ("section", "id")]
    assert tuple(sections) == SECTIONS


def test_the_page_asks_the_network_for_nothing(data: ReportData) -> None:
    html = report_html(data)
    assert "http" not in html
    assert "@import" not in html
    outline = parsed(html)
    fetched = [value for tag, name, value in outline.attributes if name in ("src", "srcset", "href", "xlink:href")]
    assert all(value.startswith(("#", "data:,")) for value in fetched)
    assert not {"script", "img", "iframe", "object"} & {tag for tag, _, _ in outline.attributes}
    assert all(address.startswith("#") for address in re.findall(r"url\(([^)]*)\)", html))


def test_texts_and_names_are_escaped(data: ReportData) -> None:
    html = report_html(data)
    assert "<script" not in html
    assert "<img" not in html
    assert "<b>first</b>" not in html
    text = "".join(parsed(html).text)
    assert '<script>alert("text")</script><img src=x onerror=alert(1)> café 語' in text
    assert "demo: what a loop forgets <b>first</b>" in text


def test_control_characters_become_signs(data: ReportData) -> None:
    html = report_html(replace(data, texts={0: {"replace": ["a\x00b\x0cc\ud800d"]}}))
    assert "a\u2400b\u240cc\\ud800d" in html


def test_a_dollar_in_a_name_is_no_formula(data: ReportData) -> None:
    arms = [Arm("a$x_1$b", "")]
    rows = [{**row, "arm": "a$x_1$b"} for row in data.rows if row["arm"] == "replace"]
    differences = [replace(data.differences[0], arm="a$x_1$b")]
    html = report_html(replace(data, arms=arms, rows=rows, differences=differences, auditor=[], theory=[]))
    assert html.count("a$x_1$b") > 3


def test_the_same_data_gives_the_same_bytes(data: ReportData) -> None:
    assert report_html(data) == report_html(data)


def test_ids_are_unique_and_references_find_theirs(data: ReportData) -> None:
    outline = parsed(report_html(data))
    ids = outline.values("id")
    assert len(ids) == len(set(ids))
    wanted = {value[1:] for value in outline.values("href") if value.startswith("#")}
    clips = {value[5:-1] for value in outline.values("clip-path")}
    assert wanted | clips <= set(ids)


def test_a_stage_that_arms_share_spends_its_seconds_once(data: ReportData) -> None:
    times = [StageTime(arm, 0, 0, "train", 30.0, is_shared=arm != "a") for arm in "abc"]
    html = report_html(replace(data, stages=[*times, StageTime("a", 0, 1, "draw", 5.0)]))
    assert "2 stages took 35 s of work when they were computed; 2 times" in html
    train = ["train", "1", "2", "30 s", "30 s", "a, seed 0, generation 0"]
    assert table_rows(html, "Time by stage") == [train, ["draw", "1", "0", "5.0 s", "5.0 s", "a, seed 0, generation 1"]]


def test_what_a_controller_decided_is_told_with_its_reasons(data: ReportData) -> None:
    shares = {0: (0.1, "the first"), 1: (0.25, "tail is 0.3 worse than <its> set value")}
    rows = [
        {"arm": "held", "seed": 0, "generation": g, "controller/human_share": share, "controller/human_share/why": why,
         "human/tokens_read": 1000.0 + 100 * g}
        for g, (share, why) in shares.items()
    ]  # fmt: skip
    html = report_html(replace(data, arms=[Arm("held", "")], rows=rows, differences=[], auditor=[], theory=[]))
    assert table_rows(html, "Every decision") == [
        ["held", "Human share as decided", "0", "0", "0.100", "the first"],
        ["held", "Human share as decided", "0", "1", "0.250", "tail is 0.3 worse than &lt;its&gt; set value"],
    ]
    assert 'data-panel="controller/human_share"' in html
    assert 'data-panel="human/tokens_read"' in html


def test_head_and_tail_share_their_scale(data: ReportData) -> None:
    html = report_html(data)
    ticks = []
    for part in ("head", "tail"):
        panel = html[html.index(f'data-panel="student/token_frequency_nll/{part}"') :]
        svg = panel[: panel.index("</svg>")]
        ticks.append(re.findall(r'y="([\d.]+)"[^>]*>([\d.]+)</text>', svg))
    assert ticks[0] == ticks[1]
    assert len(ticks[0]) > 3


def table_rows(html: str, title: str) -> list[list[str]]:
    """Return the cells of a table's body, row by row."""
    body = html[html.index(title) :]
    body = body[body.index("<tbody>") : body.index("</tbody>")]
    rows = [re.findall(r"<td[^>]*>\s*(.*?)</td>", row) for row in body.split("<tr>")[1:]]
    return [[re.sub("<[^>]*>", "", cell) for cell in row] for row in rows]


def test_each_bucket_stands_with_its_types_and_occurrences_of_human_text(data: ReportData) -> None:
    # Shares: 4,401 of 4,401 train words; 176 and 528 of 704 reference words.
    assert table_rows(report_html(data), "Human text in each bucket</h3>") == [
        ["words by count", "never seen", "0", "0", "0.0%", "145", "176", "25.0%"],
        ["words by count", "seen 4 to 10 times", "735", "4,401", "100.0%", "290", "528", "75.0%"],
        ["tokens by mass", "tail quarter", "158", "39,662", "100.0%", "151", "4,726", "100.0%"],
    ]


def test_arms_with_other_human_text_have_a_table_of_their_own(data: ReportData) -> None:
    other = [replace(size, arms=("replace",)) for size in data.buckets]
    text = "".join(parsed(report_html(replace(data, buckets=[*data.buckets[:2], *other]))).text)
    assert "Human text in each bucket: replace, accumulate,mixer.human_share=0.1, human_only" in text
    assert re.search(r"Human text in each bucket: replace\s", text)


def test_a_missing_value_is_shown_with_its_reason(make_experiment: Callable[..., ReportData]) -> None:
    text = "".join(parsed(report_html(make_experiment(seeds=(0,)))).text)
    assert "n/m" in text
    assert "sampled has 812 of 5,000 words" in text
    assert "A cross at the foot is a generation in which the measure could not be taken." in text
    assert "which says nothing about other seeds" in text


def test_a_mean_over_fewer_seeds_is_marked(data: ReportData) -> None:
    text = "".join(parsed(report_html(data)).text)
    assert "A hollow mark is a mean over fewer" in text
    assert re.search(r"0\.\d{3} → 0\.\d{3}\*", text)


def test_sections_come_in_the_order_asked(data: ReportData) -> None:
    outline = parsed(report_html(replace(data, sections=("texts", "findings"))))
    assert [value for tag, name, value in outline.attributes if (tag, name) == ("section", "id")] == [
        "texts",
        "findings",
    ]


def test_an_unknown_section_is_named(data: ReportData) -> None:
    with pytest.raises(ValueError, match=r"no section is called tales; there are findings, collapses, theory"):
        report_html(replace(data, sections=("tales",)))


def test_a_run_that_has_just_begun_still_has_a_page() -> None:
    html = report_html(ReportData("demo", "heirloom run experiment=demo", [Arm("replace", "")], []))
    assert "heirloom run experiment=demo" in html
    rows: list[Row] = [{"arm": "replace", "seed": 0, "generation": 0, "student/perplexity/value": None}]
    assert "no reason recorded" in report_html(ReportData("demo", "c", [Arm("replace", "")], rows))


def test_many_replicas_are_one_curve() -> None:
    rows: list[Row] = [
        {"arm": "a", "seed": 0, "generation": g, "replica": r, "student/known_truth/types": 40.0 / (g + 1) + r % 7}
        for g in range(21)
        for r in range(100)
    ]
    html = report_html(ReportData("urn", "c", [Arm("a", "")], rows))
    assert "Means of 100 replicas, bands their 95% t intervals." in html
    assert len(html) < 100_000


def test_the_report_is_written_whole(data: ReportData, tmp_path: Path) -> None:
    path = tmp_path / "demo" / "report.html"
    write_report(data, path)
    assert path.read_text(encoding="utf-8") == report_html(data)
    assert [item.name for item in path.parent.iterdir()] == ["report.html"]
    (tmp_path / "file").write_text("")
    with pytest.raises(RunDirError, match="could not be written"):
        write_report(data, tmp_path / "file" / "report.html")
