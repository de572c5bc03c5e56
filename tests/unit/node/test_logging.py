import json
from datetime import datetime, timedelta

import pytest
import structlog

from longbien.node.commands._running import log_to_stderr


def test_a_line_is_one_document_with_its_time_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON on stderr and nowhere else, with level and time; no word in it makes a second line."""
    before = structlog.get_config()
    try:
        log_to_stderr()
        structlog.get_logger("longbien.test").info(
            "request", route='x\n{"event":"forged"}\r\u2028', code="api.token"
        )
    finally:
        structlog.configure(**before)

    out, err = capsys.readouterr()
    found = json.loads(err)
    assert out == ""
    assert len(err.splitlines()) == 1
    assert set(found) == {"code", "event", "level", "route", "timestamp"}
    assert datetime.fromisoformat(found["timestamp"]).utcoffset() == timedelta(0)
