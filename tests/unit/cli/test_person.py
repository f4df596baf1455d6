"""`kith person` asks referrals with the deciding officer's key, and tells why when it is refused."""

import functools
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.played import Answers, house, kith

Kith = Callable[..., tuple[int, str, str]]
ANNA = "0195557a-2f11-7b02-b4c8-9e7a60d1c3f2"
RECEIPT = "5c1f0a52-7d0e-5b1a-9d55-0f3f6a2b7c10"
DECISION = ("--ground", "person-asked", "--decision-ref", "ig-1", "--key", "officers-own")
DECIDED = {"ground": "person-asked", "decision_ref": "ig-1"}
SAID = {"subject": f"person/{ANNA}", "sequence": 1, "events": []}
COPY = {
    "person_id": ANNA,
    "made_at": "2026-03-02T09:00:00+00:00",
    "kept": {"identity": {"given": "Invented"}},
    "referrals": [
        {
            "referral_id": RECEIPT,
            "said": [{"at": "2026-03-02", "type": "kith.referral-created.v1", "by_role": "sender", "data": {}}],
        }
    ],
    "decisions": [],
    "linked_people": [RECEIPT],
    "withheld": ["of-third-persons"],
}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Kith:
    monkeypatch.setenv("KITH_HOME", str(tmp_path))
    return functools.partial(kith, capsys, monkeypatch)


def answers(do: str, answer: object = SAID) -> dict[str, Answers]:
    return {"referrals": {("GET" if do == "copy" else "POST", f"/people/{ANNA}/{do}"): answer}}


@pytest.mark.parametrize(
    ("words", "do", "body"),
    [
        (
            ("erase", ANNA, *DECISION, "--retention-class", "peer-support", "--receipt", RECEIPT),
            "erase",
            {
                "ground": "person-asked",
                "decision_ref": "ig-1",
                "retention_class": "peer-support",
                "receipts": [RECEIPT],
            },
        ),
        (("restrict", ANNA, *DECISION), "restrict", DECIDED),
        (("restrict", ANNA, *DECISION, "--lift"), "lift-restriction", {"decision_ref": "ig-1"}),
        (("hold", ANNA, "--key", "officers-own"), "hold", {"kind": "legal"}),
        (("hold", ANNA, "--lift", RECEIPT, "--key", "officers-own"), "lift-hold", {"hold_id": RECEIPT}),
    ],
    ids=["erase", "restrict", "lift", "hold", "lift-hold"],
)
def test_a_decision_is_asked_for_with_the_officers_own_key(
    run: Kith, tmp_path: Path, words: tuple[str, ...], do: str, body: object
) -> None:
    with house(tmp_path, answers(do)) as played:
        status, _, _ = run("person", *words)
    assert status == 0
    assert played.asked == [("referrals", "POST", f"/people/{ANNA}/{do}", body)]
    assert played.keys == {"Bearer officers-own"}


def test_a_refusal_is_told_with_its_code_and_ends_the_command(run: Kith, tmp_path: Path) -> None:
    why = {"code": "legal-hold", "detail": "A legal hold stands on this record."}
    with house(tmp_path, answers("erase", (409, why))):
        status, out, err = run("person", "erase", ANNA, *DECISION, "--retention-class", "peer-support")
    assert (status != 0, out) == (True, "")
    assert "legal hold" in err


def test_without_an_officers_key_nothing_is_asked(run: Kith, tmp_path: Path) -> None:
    with house(tmp_path, answers("hold")) as played:
        status, _, err = run("person", "hold", ANNA)
    assert status != 0
    assert "KITH_OFFICER_KEY" in err
    assert played.asked == []


def test_a_copy_is_for_people_and_for_programs(run: Kith, tmp_path: Path) -> None:
    with house(tmp_path, answers("copy", COPY)):
        _, readable, _ = run("person", "copy", ANNA, "--key", "officers-own")
        _, whole, _ = run("person", "copy", ANNA, "--key", "officers-own", "--json")
    assert "Invented" in readable
    assert "referral-created" in readable
    assert "third persons" in readable
    assert json.loads(whole) == COPY


def test_what_stands_from_now_on_is_read_from_a_file(run: Kith, tmp_path: Path) -> None:
    file = tmp_path / "right.json"
    file.write_text(json.dumps({"identity": {"given": "Invented"}}))
    with house(tmp_path, answers("correct")) as played:
        status, _, _ = run("person", "correct", ANNA, file, "--key", "a-key")
        missing, _, err = run("person", "correct", ANNA, tmp_path / "none.json", "--key", "a-key")
    assert (status, played.asked[0][3]) == (0, {"identity": {"given": "Invented"}})
    assert missing != 0
    assert "none.json" in err
