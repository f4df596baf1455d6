"""Each command asks each service's own /ops API, tells what it heard, and ends with a status a script can trust."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.cli import run as runs
from tests.unit.cli.played import HEALTHY, Answers, house, kith

Kith = Callable[..., tuple[int, str, str]]
LETTER = {
    "id": 4,
    "fate": "parked",
    "code": "bad-json",
    "type": None,
    "subject": None,
    "sequence": None,
    "organisation": None,
    "urgent": False,
    "heard_at": "2026-03-02T09:00:00+00:00",
}
WHY = ("--why", "fixed upstream", "--who", "Ann")


def well(**more: Any) -> Answers:
    return {
        ("GET", "/ops/health"): {**HEALTHY, "now": "2026-03-02T09:00:00+00:00"},
        ("GET", "/ops/relay"): {"leader": True, "unsent": 2, "oldest_seconds": 0.1},
        ("GET", "/ops/dead-letters"): {"rows": [], "next": None},
        ("GET", "/ops/dead-letters/count"): {"all": 0, "urgent": 0},
        ("GET", "/ops/projections"): {"rows": [{"table": "referral", "topic": "t", "kind": "referral", "rows": 3}]},
        **{(method, path): answer for (method, path), answer in more.get("answers", {}).items()},
    }


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Kith:
    monkeypatch.setenv("KITH_HOME", str(tmp_path))
    return functools.partial(kith, capsys, monkeypatch)


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["lag"],
        ["trace", "018f0000-0000-7000-8000-000000000001"],
        ["dead-letters", "list"],
        ["dead-letters", "show", "referrals", "4"],
        ["dead-letters", "replay", "referrals", "4", *WHY],
        ["projections", "list"],
        ["projections", "rebuild", "referrals", "referral", *WHY],
    ],
)
def test_when_nothing_is_up_every_command_says_so(run: Kith, words: list[str]) -> None:
    status, out, err = run(*words)
    assert (status, out) == (3, "")
    assert "kith up" in err
    assert "[not-running]" in err
    status, out, err = run(*words, "--json")
    assert (status, json.loads(out)["error"]["code"], err) == (3, "not-running", "")


def test_a_run_file_of_a_process_that_is_gone_means_nothing_is_up(run: Kith, tmp_path: Path) -> None:
    with house(tmp_path, {"referrals": well()}):
        left = runs.read(tmp_path)
        runs.write(left.model_copy(update={"up": left.up.model_copy(update={"began": 1})}))
        assert run("status")[0] == 3


def test_the_run_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    with house(tmp_path, {"referrals": well()}):
        assert runs.path_of(tmp_path).stat().st_mode & 0o777 == 0o600


def test_down_is_no_error_when_nothing_is_up(run: Kith) -> None:
    assert run("down", "--json")[:2] == (0, '{"was_up": false}\n')


def test_status_asks_every_service_with_the_operators_key(run: Kith, tmp_path: Path) -> None:
    with house(tmp_path, {"gateway": well(), "referrals": well()}) as played:
        status, out, _ = run("status", "--json")
    rows = json.loads(out)["services"]
    assert status == 0
    assert [(row["service"], row["state"], row["unsent"], row["seconds_behind"]) for row in rows] == [
        ("gateway", "well", 2, 0.3),
        ("referrals", "well", 2, 0.3),
    ]
    assert played.keys == {"Bearer the-key"}
    assert "the-key" not in out


def test_status_is_1_when_one_is_not_well_and_says_why(run: Kith, tmp_path: Path) -> None:
    bad = well(answers={("GET", "/ops/health"): {**HEALTHY, "consume": False, "reasons": ["Kafka does not answer."]}})
    with house(tmp_path, {"gateway": well(), "referrals": bad}):
        status, out, _ = run("status")
    assert status == 1
    assert "not ready" in out
    assert "Kafka does not answer." in out


def test_a_service_that_does_not_answer_is_named_with_its_log(run: Kith, tmp_path: Path) -> None:
    with house(tmp_path, {"referrals": well()}):
        pass
    status, _, err = run("dead-letters", "show", "referrals", "4")
    assert status == 4
    assert "referrals does not answer" in " ".join(err.split())
    assert "[service-unreachable]" in err


def test_dead_letters_are_listed_page_by_page(run: Kith, tmp_path: Path) -> None:
    answers = well(answers={("GET", "/ops/dead-letters"): {"rows": [LETTER], "next": None}})
    with house(tmp_path, {"gateway": answers, "referrals": answers}) as played:
        status, out, _ = run("dead-letters", "list", "--json", "--service", "referrals", "--code", "bad-json")
        _, table, _ = run("dead-letters", "list")
    assert (status, [row["service"] for row in json.loads(out)["rows"]]) == (0, ["referrals"])
    assert played.asked[0][2] == "/ops/dead-letters?code=bad-json&after=0&limit=500"
    assert table.count("bad-json") == 2


def test_a_letter_is_shown_with_its_bytes(run: Kith, tmp_path: Path) -> None:
    letter = {**LETTER, "headers": [["ce_id", None]], "body_base64": "/w==", "body_text": None}
    with house(tmp_path, {"referrals": {("GET", "/ops/dead-letters/4"): letter}}):
        _, out, _ = run("dead-letters", "show", "referrals", "4")
        assert json.loads(run("dead-letters", "show", "referrals", "4", "--json")[1]) == letter
    assert "/w==" in out
    assert "ce_id" in out


def test_a_change_says_why_and_who(run: Kith, tmp_path: Path) -> None:
    answers: Answers = {
        ("POST", "/ops/dead-letters/4/replay"): {"id": 4, "fate": "done", "code": None, "released": 2},
        ("POST", "/ops/projections/referral/rebuild"): {"table": "referral", "streams": 1, "events": 2, "seconds": 0.1},
    }
    with house(tmp_path, {"referrals": answers}) as played:
        status, out, _ = run("dead-letters", "replay", "referrals", "4", *WHY, "--json")
        assert run("projections", "rebuild", "referrals", "referral", *WHY)[0] == 0
    assert (status, json.loads(out)["rows"][0]["released"]) == (0, 2)
    assert [asked[3] for asked in played.asked] == [{"why": "fixed upstream", "who": "Ann"}] * 2


@pytest.mark.parametrize(
    "words",
    [
        ["dead-letters", "replay", "referrals", "4"],
        ["dead-letters", "discard", "referrals", "4"],
        ["projections", "rebuild", "referrals", "referral"],
        ["dead-letters", "replay", "referrals", *WHY],
        ["dead-letters", "discard", "referrals", "--all", *WHY],
        ["dead-letters", "replay", "referrals", "4", "--all", *WHY],
    ],
)
def test_a_change_without_a_reason_or_a_choice_is_not_asked_for(run: Kith, tmp_path: Path, words: list[str]) -> None:
    with house(tmp_path, {"referrals": well()}) as played:
        assert run(*words)[0] == 2
    assert played.asked == []


def test_a_refusal_keeps_its_code(run: Kith, tmp_path: Path) -> None:
    answers: Answers = {
        ("POST", "/ops/dead-letters/4/discard"): (409, {"code": "not-first", "detail": "Settle that one first."}),
        ("POST", "/ops/dead-letters/3/discard"): {"id": 3, "fate": "refused", "code": "discarded", "released": 0},
    }
    with house(tmp_path, {"referrals": answers}):
        status, out, _ = run("dead-letters", "discard", "referrals", "3", "4", *WHY, "--json")
    assert (status, [row["code"] for row in json.loads(out)["rows"]]) == (5, ["discarded", "not-first"])


@pytest.mark.parametrize(("fate", "status"), [("done", 0), ("refused", 0), ("parked", 1), ("held", 1)])
def test_a_replay_that_does_not_settle_says_why_and_ends_with_1(
    run: Kith, tmp_path: Path, fate: str, status: int
) -> None:
    became = {"id": 4, "fate": fate, "code": "gap", "released": 0, "detail": "sequence 2 has not been taken yet"}
    with house(tmp_path, {"referrals": {("POST", "/ops/dead-letters/4/replay"): became}}):
        told, out, _ = run("dead-letters", "replay", "referrals", "4", *WHY)
        again, said, _ = run("dead-letters", "replay", "referrals", "4", *WHY, "--json")
    assert (told, again) == (status, status)
    assert "gap" in out
    assert "sequence 2 has not been taken yet" in out
    assert json.loads(said)["rows"] == [became]


def test_dead_letters_are_counted_beyond_any_page(run: Kith, tmp_path: Path) -> None:
    many = well(answers={("GET", "/ops/dead-letters/count"): {"all": 123_456, "urgent": 1}})
    with house(tmp_path, {"referrals": many}):
        assert json.loads(run("status", "--json")[1])["services"][0]["dead_letters"] == 123_456
        status, out, _ = run("doctor")
    assert status == 1
    assert "1 urgent records are not heard." in out


@pytest.mark.parametrize(("equal", "status"), [(True, 0), (False, 1)])
def test_verify_is_1_when_a_row_is_not_what_the_logs_say(run: Kith, tmp_path: Path, equal: bool, status: int) -> None:
    answer = {"table": "referral", "rows": 3, "equal": equal, "differences": []}
    answers = well(answers={("POST", "/ops/projections/referral/verify"): answer})
    with house(tmp_path, {"gateway": answers, "referrals": answers}):
        assert run("projections", "verify")[0] == status
        assert len(json.loads(run("projections", "verify", "referrals", "--json")[1])["rows"]) == 1


def test_an_unknown_service_is_named(run: Kith, tmp_path: Path) -> None:
    with house(tmp_path, {"referrals": well()}):
        status, _, err = run("lag", "--service", "refferals")
    assert status == 5
    assert "[unknown-service]" in err


def test_what_came_from_outside_cannot_dress_up_as_output(run: Kith, tmp_path: Path) -> None:
    letter = {**LETTER, "code": "[bold red]x\x1b[31m\x07"}
    with house(tmp_path, {"referrals": well(answers={("GET", "/ops/dead-letters"): {"rows": [letter], "next": None}})}):
        _, out, _ = run("dead-letters", "list")
    assert "[bold red]x" in out
    assert "\x1b" not in out
    assert "\x07" not in out


def test_a_key_is_shown_once_and_only_its_hash_is_kept(run: Kith, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    words = ("keys", "new", "ann", "--organisation", "S08000015", "--role", "coordinator", "--file", file, "--json")
    status, out, _ = run(*words)
    made = json.loads(out)
    assert (status, made["record"]["roles"]) == (0, ["coordinator"])
    assert made["key"] not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    again = run(*words)
    assert (again[0], json.loads(again[1])["error"]["code"]) == (6, "name-taken")
