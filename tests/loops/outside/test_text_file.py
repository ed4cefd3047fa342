from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loops.errors import ConfigError
from loops.outside.json_file import JsonFile
from loops.outside.text_file import Row, samples_of, text_to


def test_rows_become_rows_of_the_loop_with_a_name_of_their_own() -> None:
    rows = [Row("same", "why?", None, "length"), Row("same"), Row("b", "", ({"role": "user", "content": "Hi"},))]
    first, second, third = samples_of([(0, rows[0]), (7, rows[1]), (8, rows[2])]).text_rows()
    assert (first.completion, first.prompt, first.finish_reason, first.written_by) == ("same", "why?", "length", None)
    assert [row.prompt_id for row in (first, second, third)] == ["0", "7", "8"]
    assert len({first.id, second.id}) == 2
    assert third.messages == ({"role": "user", "content": "Hi"},)


def test_a_file_is_whole_or_absent(tmp_path: Path) -> None:
    def stopped_half_way() -> None:
        with text_to(tmp_path / "new" / "a.txt") as file:
            file.write("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stopped_half_way()
    assert list((tmp_path / "new").iterdir()) == []
    with text_to(tmp_path / "new" / "a.txt") as file:
        file.write("whole")
    assert (tmp_path / "new" / "a.txt").read_text() == "whole"


def test_a_place_that_cannot_be_written_is_refused(plain: Any) -> None:
    blocked = plain("file", "x") / "a.txt"
    with pytest.raises(ConfigError, match=r"a\.txt: cannot be written \(.*\). Give another place"), text_to(blocked):
        pass


def test_a_target_says_what_is_in_it_and_is_new(json_lines: Any, tmp_path: Path) -> None:
    file = JsonFile.of(json_lines("a.jsonl", [{"text": "x"}]), None)
    file.check_target("--out", tmp_path / "new.jsonl", file.endings)
    with pytest.raises(ConfigError, match=r"--out: got .*new\.parquet; what is written there ends in \.jsonl or"):
        file.check_target("--out", tmp_path / "new.parquet", file.endings)
    with pytest.raises(ConfigError, match=r"a\.jsonl is there already. Give a new file; nothing is overwritten"):
        file.check_target("--out", tmp_path / "a.jsonl", file.endings)
