"""The guards: for each the text that is it, the text that switches it off, and the test that must notice."""

from typing import NamedTuple

RUNTIME = "shared/runtime"
LOGS = f"{RUNTIME}/sql/migrations/0001_logs.sql"
FUNCTIONS = f"{RUNTIME}/sql/migrations/0003_functions.sql"
RELAY_SQL = f"{RUNTIME}/sql/migrations/0004_relay.sql"
NARROW = "tests/chaos/test_narrow.py"
FROZEN = "tests/chaos/test_frozen.py"
DEADLINES = "tests/chaos/test_deadlines.py"
REBUILD = "tests/chaos/test_rebuild_live.py"
DRAIN = "tests/integration/test_drain.py"
CONCURRENCY = "tests/integration/test_concurrency.py"
OWNERSHIP = "tests/integration/test_ownership.py"
BREAKER = "tests/integration/test_breaker.py"
FAIRNESS = "tests/integration/test_fairness.py"
GATEWAY = "services/gateway"
ALONE = "tests/integration/test_gateway_alone.py"
BOUNDS = "tests/unit/gateway/test_bounds.py"
PAGES = "tests/integration/test_pages.py"
REFUSED = "tests/integration/test_refused.py"
UNKNOWN = "tests/integration/test_unknown.py"
DOMAIN = "services/referrals/domain"
MESSAGES = "tests/unit/referrals/test_messages.py"
MAILING = "tests/integration/test_messages.py"
VAULT = "tests/integration/test_vault.py"
SEALING = "tests/integration/test_sealing.py"
INDEX = "tests/integration/test_blind_index.py"
GUESSES = "tests/integration/test_guesses.py"
RESTORED = (
    "tests/integration/test_restored.py::"
    "test_a_restored_database_takes_back_what_it_lacks_and_keeps_nothing_of_whoever_was_erased"
)
VAULT_SQL = f"{RUNTIME}/sql/migrations/0006_vault.sql"
RENEWAL = "tests/integration/test_renewal.py"
PEOPLE = "services/referrals/domain"
PERSON = "tests/unit/referrals/test_person.py"
DUPLICATES = "tests/unit/referrals/test_duplicates.py"
MATCHING = "services/referrals/matching"
RULES = "tests/unit/referrals/matching/test_rules.py"
WHOLE = "tests/properties/test_matching.py"
STANDING = "tests/unit/referrals/test_standing.py"
SAFEGUARDING = "services/supervision/safeguarding"
SAFEGUARDING_DOMAIN = "services/supervision/domain/safeguarding"
CONCERNS = "tests/integration/test_concerns.py"

PEERS = "services/supervision/peers"
PEERS_DOMAIN = "services/supervision/domain/peers"
OF_PEERS = "tests/integration/test_peers.py"
OUT_ALONE = "tests/unit/supervision/test_visits.py"
SUPPORT = "tests/unit/supervision/test_support.py"


class Guard(NamedTuple):
    """A guard of a promise (DESIGN 3); `text` stands once in `file`, and with `off` in its place `test` fails."""

    name: str
    promise: int
    file: str
    text: str
    off: str
    test: str
    seconds: int = 120


GUARDS = (
    # Said if and only if committed; ordered per stream, fair across streams.
    Guard(
        "unsent-is-a-set", 1, f"{RUNTIME}/relay.py",
        "            rows = await connection.fetch(_SQL[\"next\"], after, ROUND)\n",
        "            rows = [\n"
        "                r for r in await connection.fetch(_SQL[\"next\"], after, ROUND)\n"
        "                if r['stream'] >= vars(relay).get('cursor', 0)\n"
        "            ]\n"
        "            vars(relay)['cursor'] = rows[-1]['stream'] if rows else vars(relay).get('cursor', 0)\n",
        f"{NARROW}::test_what_was_committed_late_is_sent_all_the_same",
    ),
    Guard(
        "one-unacknowledged-per-stream", 2, RELAY_SQL,
        "turn as (select * from ring limit most)",
        "turn as (select u.stream, u.sequence from unsent u order by 1, 2 limit most)",
        f"{NARROW}::test_a_round_holds_the_lowest_of_each_stream_and_no_more",
    ),
    Guard(
        "ring-goes-on-where-it-stopped", 2, f"{RUNTIME}/relay.py",
        'after = rows[-1]["stream"] if len(rows) == ROUND else 0', "after = 0",
        f"{FAIRNESS}::test_the_newest_subject_of_many_is_not_starved_by_the_oldest",
    ),
    Guard(
        "one-leader", 2, f"{RUNTIME}/relay.py",
        'while not await connection.fetchval(_SQL["lead"], LEADER):', "while False:",
        f"{NARROW}::test_nobody_sends_while_another_leads",
    ),
    Guard(
        "idle-leader-loses-the-lead", 2, f"{RUNTIME}/relay.py",
        'await connection.execute(_SQL["stand_still"], f"{engine.settings.lock_timeout * 1000:.0f}")', "pass",
        f"{FROZEN}::test_a_frozen_leader_loses_the_lead_and_can_only_repeat_itself[relay.sent]", 180,
    ),
    Guard(
        "leader-between-parse-and-execute", 2, f"{RUNTIME}/database.py",
        '    "transaction_timeout": "9s",\n', "",
        f"{FROZEN}::test_the_lead_is_free_again_though_its_holder_stands_between_parse_and_execute",
    ),
    Guard(
        "send-below-lock-timeout", 2, f"{RUNTIME}/settings.py",
        "send_timeout: float = Field(default=4.0", "send_timeout: float = Field(default=40.0",
        f"{NARROW}::test_a_round_waits_for_less_long_than_its_lead_lasts",
    ),
    Guard(
        "refused-stops-its-own-stream", 2, f"{RUNTIME}/relay.py",
        "    refused = [(row, code) for row, answer in answers if (code := refusal(answer))]\n",
        "    refused: list[tuple[asyncpg.Record, str]] = []\n",
        f"{REFUSED}::test_one_event_too_large_stops_its_own_subject_alone",
    ),
    Guard(
        "refused-waits", 2, f"{RUNTIME}/sending.py",
        "together = [row for row in rows if row[\"stream\"] not in self._again]", "together = rows",
        f"{REFUSED}::test_one_event_too_large_stops_its_own_subject_alone",
    ),
    Guard(
        "doubted-is-sent-by-itself", 2, f"{RUNTIME}/relay.py",
        "    if len(rows) > 1:\n        doubts.doubt", "    if False:\n        doubts.doubt",
        f"{REFUSED}::test_many_that_are_too_large_only_together_all_leave",
    ),
    # Heard exactly once in effect.
    Guard(
        "position-moves-from-expected", 3, FUNCTIONS,
        " and p.next_offset = u.expected\n", "\n",
        f"{NARROW}::test_a_batch_behind_a_moved_position_is_dropped_whole",
    ),
    Guard(
        "copy-is-a-duplicate", 3, f"{RUNTIME}/inbox.py",
        "        if is_copy(earlier, reading.record):\n", "        if False:\n",
        f"{NARROW}::test_a_copy_is_counted_and_not_kept",
    ),
    Guard(
        "event-id-is-unique", 3, LOGS,
        "create unique index inbox_event on", "create index inbox_event on",
        f"{NARROW}::test_a_known_id_next_in_another_sequence_is_an_impostor",
    ),
    Guard(
        "known-id-other-bytes", 3, f"{RUNTIME}/inbox.py",
        "        if is_copy(earlier, reading.record):\n", "        if True:\n",
        f"{NARROW}::test_a_known_id_next_in_another_sequence_is_an_impostor",
    ),
    Guard(
        "known-sequence-other-id", 3, f"{RUNTIME}/inbox.py",
        "    if reading.sequence <= stream.sequence:\n", "    if False:\n",
        f"{NARROW}::test_a_known_sequence_under_another_id_is_an_impostor",
    ),
    Guard(
        "gap-is-held", 3, f"{RUNTIME}/inbox.py",
        "    if reading.sequence > stream.sequence + 1:\n", "    if False:\n",
        f"{NARROW}::test_a_gap_is_held_and_heals_in_order",
    ),
    Guard(
        "gap-heals", 3, f"{RUNTIME}/batch.py",
        "                    following += self._freed(stream)\n", "                    pass\n",
        f"{NARROW}::test_a_gap_is_held_and_heals_in_order",
    ),
    Guard(
        "append-checks-the-sequence", 3, FUNCTIONS,
        "            where s.sequence = excluded.prior and s.organisation = excluded.organisation\n"
        "        returning s.id, s.subject",
        "            where s.organisation = excluded.organisation\n        returning s.id, s.subject",
        f"{CONCURRENCY}::test_many_writers_on_one_stream_leave_no_gap_and_lose_nothing",
    ),
    Guard(
        "lock-then-read", 3, FUNCTIONS,
        "    if p_lock then\n", "    if false then\n",
        f"{NARROW}::test_who_reads_to_decide_under_a_lock_holds_it",
    ),
    Guard(
        "one-sorted-sweep", 3, FUNCTIONS,
        "        order by u.topic, u.subject\n", "",
        f"{CONCURRENCY}::test_two_hearers_with_overlapping_records_in_opposite_order_never_deadlock",
    ),
    Guard(
        "idempotency-key", 3, f"{RUNTIME}/commands.py",
        "key = (idempotency.key, engine.mark(idempotency.request_hash), outcome.as_json()) if idempotency else None",
        "key = None",
        f"{CONCURRENCY}::test_one_key_raced_by_many_is_one_effect_and_one_answer",
    ),
    Guard(
        "if-match", 3, f"{RUNTIME}/commands.py",
        "        if if_match is not None and if_match != stands and (stands or creates):\n", "        if False:\n",
        f"{CONCURRENCY}::test_of_many_who_saw_the_same_state_one_may_change_it",
    ),
    # Poison parks its stream; transient is not poison.
    Guard(
        "total-parser", 4, f"{RUNTIME}/fetching.py",
        "        parser=parse,\n        decoder=decode,\n", "        decoder=decode,\n",
        f"{NARROW}::test_a_record_with_a_null_header_is_not_lost_with_its_batch",
    ),
    Guard(
        "handler-catches-everything", 5, f"{RUNTIME}/consumer.py",
        "        except Exception as error:\n            if not is_transient(error) and not is_overtaken(error):\n"
        '                _log.exception("consumer.batch_failed")\n',
        "        except KafkaError as error:\n            if not is_transient(error) and not is_overtaken(error):\n"
        '                _log.exception("consumer.batch_failed")\n',
        f"{NARROW}::test_no_batch_is_passed_over_because_hearing_it_failed",
    ),
    Guard(
        "transient-parks-nothing", 5, f"{RUNTIME}/hearing.py",
        "            if is_overtaken(error) or (is_transient(error) and not slow):\n",
        "            if is_overtaken(error):\n",
        f"{NARROW}::test_what_may_succeed_later_parks_nothing",
    ),
    Guard(
        "too-slow-is-halved", 5, f"{RUNTIME}/hearing.py",
        "            slow = is_too_slow(error)\n", "            slow = False\n",
        f"{PAGES}::test_a_batch_that_is_always_too_slow_is_halved_until_it_passes[statement_timeout]",
    ),
    Guard(
        "too-slow-alone-is-no-poison", 5, f"{RUNTIME}/hearing.py",
        "            if slow:\n                raise\n", "",
        f"{PAGES}::test_what_is_too_slow_by_itself_is_never_parked",
    ),
    Guard(
        "what-waited-is-taken-in-pages", 3, f"{RUNTIME}/sweep.py",
        "ends = list(moving), [stream.sequence + 1 + page for", "ends = list(moving), [stream.sequence + 10**9 for",
        f"{PAGES}::test_a_long_gap_heals_in_pages",
    ),
    Guard(
        "the-next-page-is-taken", 3, f"{RUNTIME}/hearing.py",
        "        for stream in heard.unfinished:\n", "        for stream in ():\n",
        f"{PAGES}::test_a_long_gap_heals_in_pages",
    ),
    Guard(
        "an-id-is-of-its-topic", 3, f"{RUNTIME}/reading.py",
        "None if self.event_id is None else (self.record.topic, self.event_id)",
        "None if self.event_id is None else ('', self.event_id)",
        f"{NARROW}::test_one_id_on_two_topics_is_two_events",
    ),
    Guard(
        "driver-that-lost-its-place-is-transient", 5, f"{RUNTIME}/database.py",
        "error, asyncpg.InternalClientError | Unavailable | BadMasterKeys | WrongKey | OSError | TimeoutError",
        "error, Unavailable | BadMasterKeys | WrongKey | OSError | TimeoutError",
        f"{NARROW}::test_what_may_succeed_later_parks_nothing",
    ),
    Guard(
        "bisecting", 5, f"{RUNTIME}/hearing.py",
        "            if len(part) > 1:\n", "            if False:\n",
        f"{NARROW}::test_only_the_poison_of_a_batch_is_parked",
    ),
    Guard(
        "breaker", 4, f"{RUNTIME}/breaker.py",
        "if (trying or len(last) >= LEAST) and sum(last) >= SHARE * len(last):", "if False:",
        f"{BREAKER}::test_the_breaker_of_one_topic_opens_and_tries_again",
    ),
    Guard(
        "bookmark-is-proven", 6, f"{RUNTIME}/bookmarks.py",
        "kafka.seek(where, self.known[where] - (where in self._unproven))", "kafka.seek(where, self.known[where])",
        f"{NARROW}::test_a_log_made_anew_and_longer_is_told_by_the_record_before",
    ),
    # Rebuildable while running.
    Guard(
        "rebuild-swaps-under-the-lock", 7, f"{RUNTIME}/projections.py",
        'await connection.execute("lock table stream in share row exclusive mode")', "pass",
        f"{REBUILD}::test_what_is_said_while_the_table_is_swapped_is_in_it",
    ),
    Guard(
        "rebuild-catches-up", 7, f"{RUNTIME}/projections.py",
        "engine, connection, projection, await _moved(connection, projection), fresh=False",
        "engine, connection, projection, [], fresh=False",
        f"{REBUILD}::test_what_is_said_while_the_table_is_swapped_is_in_it",
    ),
    Guard(
        "rebuilt-table-keeps-its-policies", 7, f"{RUNTIME}/projections.py",
        """await connection.execute(f'alter table rebuilding."{table}" force row level security')""", "pass",
        f"{REBUILD}::test_a_reader_never_sees_a_part_and_the_end_is_equal[hearer-echo]",
    ),
    Guard(
        "frozen-rebuild-loses-its-lock", 7, f"{RUNTIME}/projections.py",
        """await connection.execute("set local idle_in_transaction_session_timeout = '8s'")""", "pass",
        f"{FROZEN}::test_a_rebuild_frozen_under_its_lock_lets_the_others_go_on", 180,
    ),
    Guard(
        "proof-locks-before-its-snapshot", 7, f"{RUNTIME}/projections.py",
        """await connection.execute(f'lock table "{table}" in access share mode')""", "pass",
        f"{REBUILD}::test_a_proof_keeps_the_table_that_it_began_with",
    ),
    # Deadlines survive.
    Guard(
        "deadline-thought-again-under-the-lock", 8, f"{RUNTIME}/reacting.py",
        "return [] if when is None or when > _now(engine, deadline) else _due(engine, deadline)",
        "return _due(engine, deadline)",
        f"{DEADLINES}::test_one_put_off_while_it_was_being_heard_is_kept",
    ),
    Guard(
        "deadline-put-off-is-kept", 8, f"{RUNTIME}/decisions.py",
        "None if now.get(name) == due else now.get(name)", "None",
        f"{DEADLINES}::test_one_put_off_while_it_was_being_heard_is_kept",
    ),
    Guard(
        "deadline-through-a-clock-set-back", 8, f"{RUNTIME}/reacting.py",
        "return max(engine.clock.now(), deadline.time)", "return engine.clock.now()",
        f"{DEADLINES}::test_one_heard_as_the_clock_jumped_back_is_not_forgotten",
    ),
    Guard(
        "deadline-has-one-id", 8, f"{RUNTIME}/deadlines.py",
        '"ce_id": str(row["id"]),', '"ce_id": str(__import__("uuid").uuid4()),',
        f"{DEADLINES}::test_one_heard_by_two_instances_is_one_in_the_inbox",
    ),
    Guard(
        "deadline-that-comes-again-is-another", 8, f"{RUNTIME}/deadlines.py",
        '"ce_id": str(row["id"]),',
        '"ce_id": __import__("hashlib").md5(f"{row[\'subject\']} {row[\'name\']}".encode()).hexdigest(),',
        f"{DEADLINES}::test_one_that_comes_again_with_the_same_name_and_time_is_told_again",
    ),
    # Every row has an organisation.
    Guard(
        "policy-on-the-logs", 11, LOGS,
        "create policy own_organisation on %I to {api} using (organisation = organisation()) '",
        "create policy own_organisation on %I to {api} using (true) '",
        f"{OWNERSHIP}::test_under_one_organisation_the_api_role_sees_its_rows_and_no_others",
    ),
    Guard(
        "policy-on-read-models", 11, f"{RUNTIME}/migrate.py",
        "using (organisation = public.organisation()) with check", "using (true) with check",
        f"{OWNERSHIP}::test_under_one_organisation_the_api_role_sees_its_rows_and_no_others",
    ),
    Guard(
        "no-writing-for-another", 11, LOGS,
        "'with check (organisation = organisation())', t);", "'with check (true)', t);",
        f"{OWNERSHIP}::test_the_api_role_writes_nothing_for_or_to_another_organisation",
    ),
    Guard(
        "row-level-security-is-forced", 11, f"{RUNTIME}/migrate.py",
        "            alter table {table} force row level security;\n", "",
        f"{REBUILD}::test_every_table_of_rows_is_bound_by_policies_even_for_its_owner",
    ),
    Guard(
        "journal-is-append-only", 11, LOGS,
        "grant select, insert on stream, journal, idempotency to {worker}, {api};",
        "grant select, insert, update on stream, journal, idempotency to {worker}, {api};",
        f"{OWNERSHIP}::test_what_was_logged_stays_as_it_was",
    ),
    # The gateway: nothing that waits is forgotten, nothing is taken that cannot be passed on, a form is no open drain.
    Guard(
        "what-waited-is-placed-by-itself", 4, f"{GATEWAY}/service.py",
        "works=(place_what_waited, ", "works=(",
        f"{ALONE}::test_what_waited_is_placed_once_though_the_gateway_is_killed_before_and_while_it_does_so", 180,
    ),
    Guard(
        "placed-once", 3, f"{GATEWAY}/domain/submission.py",
        "    if state.said is not None and _unsealed(said) == _unsealed(state.said):\n", "    if False:\n",
        f"{ALONE}::test_what_waited_is_placed_once_though_many_do_so_at_once",
    ),
    Guard(
        "backlog-too-old", 13, f"{GATEWAY}/bounds.py",
        "    if engine.backlog.oldest <= engine.settings.backlog_bound:\n", "    if True:\n",
        f"{ALONE}::test_while_what_was_taken_cannot_be_passed_on_for_too_long_only_what_is_urgent_is_taken", 180,
    ),
    Guard(
        "backlog-by-two-measures", 13, f"{RUNTIME}/engine.py",
        "min(self._last, seconds), seconds", "seconds, seconds",
        f"{BOUNDS}::test_a_clock_set_forward_does_not_make_a_backlog_too_old",
    ),
    Guard(
        "backlog-of-what-can-be-sent", 13, f"{RUNTIME}/sql/relay.sql",
        " filter (\n    where u.stream not in (select stream from unsent where refused is not null))", "",
        f"{ALONE}::test_what_kafka_refuses_closes_the_door_to_nothing_else",
    ),
    Guard(
        "urgent-whatever-the-backlog", 4, f"{GATEWAY}/bounds.py",
        " or is_urgent(_type_of(one))", "",
        f"{BOUNDS}::test_what_is_urgent_is_taken_however_old_the_backlog",
    ),
    Guard(
        "form-rate", 13, f"{GATEWAY}/forms.py",
        "    _TURNSTILE.enter(form, call.now, engine.settings.form_rate)\n", "",
        f"{ALONE}::test_a_form_that_is_flooded_takes_so_many_a_minute_and_says_to_phone",
    ),
    Guard(
        "double-click-has-one-moment", 3, f"{GATEWAY}/forms.py",
        "    return datetime.fromisoformat(at)\n", "    return now\n",
        "tests/integration/test_gateway_forms.py::test_a_double_click_is_one_referral[json]",
    ),
    # An event that speaks of what comes later.
    Guard(
        "unknown-subject-is-waited-for", 3, f"{RUNTIME}/batch.py",
        "refusal.may_come and self._is_patient(reading)", "False",
        f"{UNKNOWN}::test_a_wish_that_comes_before_its_referral_takes_effect_when_that_has_come",
    ),
    Guard(
        "waiting-has-an-end", 4, f"{RUNTIME}/batch.py",
        "reading.sequence is not None and reading.record.inbox_id not in self.overdue", "reading.sequence is not None",
        f"{UNKNOWN}::test_after_long_enough_the_sender_is_told_that_there_is_none[nowhere]",
    ),
    # Another version of the program on the same database.
    Guard(
        "older-program-waits", 7, f"{RUNTIME}/database.py",
        ', "42P01", "42703", "KP002")', ")",
        f"{RENEWAL}::test_an_older_program_waits_and_neither_spoils_a_row_nor_parks_a_record",
    ),
    Guard(
        "rows-are-of-this-shape", 7, f"{RUNTIME}/migrate.py",
        "r_table[1] is distinct from '{service.shape}'", "false",
        f"{RENEWAL}::test_an_older_program_changes_nothing_where_a_newer_one_has_one_table_more",
    ),
    Guard(
        "new-read-model-is-folded", 7, f"{RUNTIME}/migrate.py",
        """await connection.execute(f'comment on table "{projection.table}" is null')""", "pass",
        f"{RENEWAL}::test_a_read_model_that_is_new_shows_what_was_said_before_it",
    ),
    Guard(
        "one-version-at-a-time", 7, f"{RUNTIME}/versions.py",
        'await session.fetchval(_SQL["others"], _LOCK, shape)', "0",
        f"{RENEWAL}::test_a_program_of_another_version_waits_until_the_last_process_of_the_first_has_ended",
    ),
    # A client's link.
    Guard(
        "link-works-once", 3, "services/referrals/domain/links.py",
        "    return replace(state, link=None)\n", "    return state\n",
        "tests/unit/referrals/test_links.py::test_a_wish_by_link_is_the_wish_and_the_link_is_used_up",
    ),
    # People: who they are, who may be whom, who meets whom, and what an officer decides.
    Guard(
        "identity-is-sealed-to-referrals", 10, f"{GATEWAY}/domain/submission.py",
        '"person": _clear(person and person.identity),',
        '"person": person.identity.model_dump_json() if person else None,',
        "tests/unit/gateway/test_people.py::test_it_is_to_be_sealed_to_referrals_and_cannot_be_written_otherwise",
    ),
    Guard(
        "no-digest-of-who-somebody-is", 10, f"{GATEWAY}/self_referral.py",
        'exclude={"name", "phone", "email"}', "exclude=set()",
        "tests/unit/gateway/test_self_referral.py::test_of_who_somebody_is_not_even_a_digest_is_kept_in_clear",
    ),
    Guard(
        "receipts-of-the-erased-are-destroyed", 10, f"{GATEWAY}/forgetting.py",
        '                    await forget(engine, connection, [row["id"] for row in rows])\n',
        "                    pass\n",
        "tests/integration/test_erasure.py::test_a_referral_by_the_public_form_is_erased_as_well", 300,
    ),
    Guard(
        "families-are-not-suspected", 10, f"{PEOPLE}/duplicates.py",
        "if len(who) == 2 or (who and reached and not other_birth_date and not other_chi):", "if who or reached:",
        f"{DUPLICATES}::test_who_is_suspected_and_for_which_facts[a couple with one phone]",
    ),
    Guard(
        "settled-stays-settled", 10, f"{PEOPLE}/duplicates.py",
        'if before and (before.status == "confirmed" or known >= {*command.facts}):', "if False:",
        f"{DUPLICATES}::test_a_link_is_undone_and_may_be_made_again",
    ),
    Guard(
        "linked-are-kept-apart-alike", 10, f"{PEOPLE}/keep_apart.py",
        "for a in same.get(one, {one}) for b in same.get(other, {other})", "for a in {one} for b in {other}",
        "tests/unit/referrals/test_keep_apart.py::test_whoever_is_linked_as_one_person_is_kept_apart_alike",
    ),
    Guard(
        "erasure-waits-for-holds", 10, f"{PEOPLE}/person.py",
        "if kind in state.holds.values():", "if False:",
        f"{PERSON}::test_of_two_holds_both_must_be_lifted",
    ),
    Guard(
        "erasure-waits-for-support", 10, f"{PEOPLE}/rights.py",
        'if command.because == "erasure" and state.is_open:', "if False:",
        f"{PERSON}::test_nobody_is_erased_while_a_referral_is_open[supported]",
    ),
    Guard(
        "retention-is-kept", 10, f"{PEOPLE}/person.py",
        "if day_of(command.at) < until:", "if False:",
        f"{PERSON}::test_what_must_be_kept_is_kept_and_the_officer_is_told_why"
        "[mental-health-person-asked-last0-kept-by-duty]",
    ),
    Guard(
        "restricted-data-are-not-used", 10, f"{PEOPLE}/rights.py",
        "if state.restricted and do in USES:", "if False:",
        f"{PERSON}::test_what_would_use_the_data_rests_while_they_are_restricted_and_goes_on_afterwards",
    ),
    Guard(
        "nothing-falls-due-of-the-erased", 10, f"{PEOPLE}/referral.py",
        'erased = state.restricted == "erasure"', "erased = False",
        f"{PERSON}::test_of_an_erased_person_nothing_falls_due_and_nothing_can_be_told",
    ),
    Guard(
        "nobody-meets-whom-they-are-kept-apart-from", 10, "services/referrals/people/parting.py",
        "    said = await connection.fetch(SQL[\"kept_apart\"])\n", "    said = []\n",
        "tests/integration/test_rights.py::test_two_who_are_kept_apart_never_share_a_peer",
    ),
    Guard(
        "a-copy-tells-nothing-of-others", 10, "services/referrals/people/rights.py",
        'each["type"] not in _OF_OTHERS and each["data"].get("task_id") not in asked', "True",
        "tests/integration/test_rights.py::"
        "test_a_copy_says_nothing_of_third_persons_but_that_something_is_withheld",
    ),
    Guard(
        "a-copy-shows-no-reason-told-by-others", 10, "services/referrals/people/rights.py",
        "if not name.startswith(APART)]", "if name]",
        "tests/integration/test_rights.py::"
        "test_a_copy_says_nothing_of_third_persons_but_that_something_is_withheld",
    ),
    Guard(
        "no-reason-of-the-erased-stays-with-others", 10, "services/referrals/people/rights.py",
        'for who, other in apart if who == "person"),', "for who, other in ()),",
        "tests/integration/test_rights.py::"
        "test_with_somebody_erased_the_reasons_others_are_kept_apart_from_them_are_forgotten",
    ),
    Guard(
        "no-reason-told-meanwhile-outlives-an-erasure", 10, f"{PEOPLE}/person.py",
        "if state.apart_from - command.apart_from:", "if False:",
        f"{PERSON}::test_nobody_is_erased_while_the_reason_of_somebody_kept_apart_meanwhile_would_stay",
    ),
    Guard(
        "no-place-beside-whom-they-share-no-peer-with", 10, f"{PEOPLE}/caseload.py",
        "if any(place.referral_id in command.kept_from for place in state.taken.values()):", "if False:",
        "tests/integration/test_rights.py::"
        "test_of_two_who_share_no_peer_and_are_confirmed_at_once_one_is_refused",
    ),
    Guard(
        "the-caseload-is-told-whom-it-keeps-apart", 10, "services/referrals/matches/routes.py",
        "kept_from=kept_from,", "kept_from=frozenset(),",
        "tests/integration/test_rights.py::"
        "test_of_two_who_share_no_peer_and_are_confirmed_at_once_one_is_refused",
    ),
    # The vault, its keys, and what crosses Kafka sealed.
    Guard(
        "content-is-bound-to-its-person", 10, f"{RUNTIME}/keeping.py",
        'return f"vault/{person_id}/{name}".encode()', 'return b"vault"',
        f"{VAULT}::test_contents_exchanged_between_persons_or_names_do_not_open",
    ),
    Guard(
        "data-key-is-bound-to-its-id", 10, f"{RUNTIME}/master_keys.py",
        "return unseal(self._of(key.master), key.wrapped, key.id.bytes)",
        "return unseal(self._of(key.master), key.wrapped, b'')",
        "tests/unit/runtime/test_keys.py::test_a_data_key_is_unwrapped_by_its_master_key_under_its_own_id_only",
    ),
    Guard(
        "erasure-destroys-the-key", 10, VAULT_SQL,
        "where (k.about, k.organisation) = (u.about, u.organisation) and k.purpose in ('person', 'submission');",
        "where false;",
        f"{VAULT}::test_an_erasure_destroys_the_key_and_nothing_is_kept_again",
    ),
    Guard(
        "erased-stays-erased", 10, f"{RUNTIME}/keeping.py",
        'if owner in row["erased"]:', "if False:",
        f"{VAULT}::test_an_erasure_destroys_the_key_and_nothing_is_kept_again",
    ),
    Guard(
        "erasure-rotates-the-master-key", 10, VAULT_SQL,
        "        insert into keys.rotation (asked_at) values (p_at);\n", "",
        "tests/integration/test_rotation.py::test_a_backup_of_the_keys_opens_nothing_of_whoever_was_erased_afterwards",
    ),
    Guard(
        "erasure-retires-transport-keys", 10, f"{RUNTIME}/transport_keys.py",
        'await connection.execute(_SQL["came_by"], now, now + timedelta(hours=settings.transport_grace))', "pass",
        f"{SEALING}::test_an_erasure_retires_the_keys_by_which_the_person_came_and_then_destroys_them",
    ),
    Guard(
        "transport-keys-live-days", 10, f"{RUNTIME}/tending.py",
        "    await destroy_due(engine, connection)\n", "",
        f"{SEALING}::test_there_is_a_key_of_every_day_and_each_is_destroyed_after_its_days",
    ),
    Guard(
        "nothing-to-be-sealed-is-written", 10, "shared/contracts/sealed.py",
        'raise ValueError("What is to be sealed was not sealed.")', "return value.content.decode()",
        "tests/contracts/test_sealed.py::test_what_is_to_be_sealed_cannot_be_written",
    ),
    Guard(
        "raw-bytes-are-sealed", 10, f"{RUNTIME}/sweep.py",
        "sealed = await seal_new(batch.engine, connection, new)", "sealed = {}",
        "tests/integration/test_raw.py::test_what_was_sent_stands_nowhere_in_the_clear[http]",
    ),
    Guard(
        "copies-are-known-by-what-was-sealed", 3, f"{RUNTIME}/sweep.py",
        "opened_or_destroyed(engine.keyring, row) for row", "record_of(row) for row",
        "tests/integration/test_raw.py::test_a_copy_is_a_duplicate_and_other_bytes_are_an_impostor[http]",
    ),
    Guard(
        "nothing-under-the-id-of-what-was-destroyed", 10, f"{RUNTIME}/inbox.py",
        "        if earlier.destroyed:\n", "        if False:\n",
        "tests/integration/test_raw.py::"
        "test_nothing_is_kept_under_the_id_of_what_was_destroyed_be_it_a_copy_or_not",
    ),
    Guard(
        "what-was-asked-confirms-no-guess", 10, f"{RUNTIME}/engine.py",
        "return words if self.keyring is None else self.keyring.masters.mark(words)", "return words",
        f"{GUESSES}::test_what_was_asked_under_an_idempotency_key_confirms_no_guess_after_an_erasure",
    ),
    Guard(
        "marks-go-with-the-master-key", 10, f"{RUNTIME}/master_keys.py",
        'digest(self._of(kid), b"kith:mark", words)', 'digest(bytes(32), b"kith:mark", words)',
        f"{GUESSES}::test_what_was_asked_under_an_idempotency_key_confirms_no_guess_after_an_erasure",
    ),
    Guard(
        "what-was-submitted-confirms-no-guess", 10, f"{GATEWAY}/taking.py",
        "organisation, key, engine.mark(content), now.isoformat()", "organisation, key, content, now.isoformat()",
        f"{GUESSES}::test_what_was_submitted_confirms_no_guess_after_it_was_destroyed",
    ),
    Guard(
        "a-bookmark-confirms-no-guess", 10, f"{RUNTIME}/wire.py",
        'ids = [value for name, value in record.headers if name == "ce_id"]', "ids = [record.headers, record.body]",
        "tests/unit/runtime/test_wire.py::"
        "test_a_records_fingerprint_tells_ids_apart_and_confirms_no_guess_of_its_words",
    ),
    Guard(
        "no-key-yet-is-held", 10, f"{RUNTIME}/batch.py",
        'return verdict._replace(fate="held", code="no-key-yet"',
        'return verdict._replace(fate="parked", code="no-key-yet"',
        "tests/integration/test_raw.py::test_what_must_be_sealed_waits_for_a_key_and_is_then_taken_by_itself[http]",
    ),
    Guard(
        "reading-is-audited", 10, f"{RUNTIME}/vault.py",
        "        await _note(engine, connection, who, organisation, purpose, read_of)\n", "",
        f"{VAULT}::test_every_reading_is_in_the_audit",
    ),
    Guard(
        "vault-rows-have-an-organisation", 11, VAULT_SQL,
        "execute format('alter table %s enable row level security', t);", "",
        f"{VAULT}::test_straight_in_sql_another_organisation_sees_and_changes_no_row",
    ),
    Guard(
        "old-master-key-stays-until-all-is-wrapped", 10, f"{RUNTIME}/rotation.py",
        '    if len(masters) > 1:\n        await _wrap_anew(connection, keyring, masters[0])\n',
        "    if len(masters) > 1:\n        keyring.masters.drop(frozenset(masters[1:]), masters[0])\n",
        "tests/integration/test_rotation.py::test_after_a_rotation_everything_opens_and_the_old_key_is_out_of_the_file",
    ),
    Guard(
        "the-index-is-under-the-master-key", 10, f"{RUNTIME}/master_keys.py",
        'hmac.digest(self._of(kid), b"kith:found-by", hashlib.sha512)',
        'hmac.digest(bytes(32), b"kith:found-by", hashlib.sha512)',
        f"{INDEX}::test_a_copy_of_the_keys_from_before_an_erasure_confirms_no_guess_with_any_key_that_is_held",
    ),
    Guard(
        "found-under-every-master-key", 10, f"{RUNTIME}/vault.py",
        "        if tried.issuperset(kids):\n", "        if True:\n",
        f"{INDEX}::test_an_instance_that_slept_through_rotations_finds_and_is_not_told_of_others",
    ),
    # A restored database.
    Guard(
        "the-journal-is-taken-back", 6, f"{RUNTIME}/run.py",
        "                await recover(engine)\n", "                pass\n", f"{RESTORED}[newest]", 300,
    ),
    Guard(
        "what-was-said-is-not-said-again", 6, f"{RUNTIME}/batch.py",
        "if (said := self.engine.retold.get(envelope.id)) is not None:",
        "if (said := self.engine.retold.get(envelope.id)) is not None and False:", f"{RESTORED}[newest]", 300,
    ),
    Guard(
        "erasures-are-taken-back", 6, f"{RUNTIME}/recovery.py",
        "if errands := _erasures(engine, said):", "if errands := []:", f"{RESTORED}[night]", 300,
    ),
    Guard(
        "erasures-that-the-keys-know-hold", 6, f"{RUNTIME}/recovery.py",
        '            await connection.execute(_SQL["erased_again"])\n', "            pass\n",
        f"{RESTORED}[newest]", 300,
    ),
    # Ending.
    Guard(
        "sigterm-drains", 13, f"{RUNTIME}/run.py",
        "loop.add_signal_handler(number, stopping.set)", "pass",
        f"{DRAIN}::test_a_process_told_to_end_finishes_and_loses_nothing",
    ),
    Guard(
        "a-leader-told-to-end-sends-no-more", 13, f"{RUNTIME}/relay.py",
        "        while not stopping.is_set():\n            engine.said", "        while True:\n            engine.said",
        f"{DRAIN}::test_a_leader_with_much_unsent_ends_after_the_round_in_hand",
    ),
    # Matching: the rules of care, the whole list, and what supervision says.
    Guard(
        "private-reasons-read-alike", 10, f"{MATCHING}/rules.py",
        '"kept apart, set aside, or with another of the family", NOT_AVAILABLE, ',
        '"kept apart, set aside, or with another of the family", "not for this client", ',
        f"{RULES}::test_every_private_reason_has_the_words_and_the_code_of_plain_lack_of_readiness",
    ),
    Guard(
        "care-limits-count", 10, f"{MATCHING}/rules.py",
        "    return ~pairs.shared(lambda c: c.brings, lambda p: p.limits)\n",
        "    return np.ones(pairs.shape, bool)\n",
        f"{RULES}::test_each_hard_rule_stands_against_what_it_is_for_and_nothing_else",
    ),
    Guard(
        "no-match-without-consent", 10, f"{MATCHING}/facts.py",
        ' and SHARING in row["consents"],\n', ",\n",
        "tests/unit/referrals/matching/test_never.py::test_nobody_is_matched_whose_data_may_not_be_used",
    ),
    Guard(
        "a-later-aim-keeps-to-the-earlier", 3, f"{MATCHING}/transportation.py",
        "tight = open_to & (row_price.reshape(-1, 1) + price == value)", "tight = open_to.copy()",
        f"{WHOLE}::test_the_whole_list_is_the_best_of_all_plans_tiers_and_ties_included",
    ),
    Guard(
        "weights-are-added-up", 3, f"{MATCHING}/assignment.py",
        "        if whole.weight[plan == peer].sum() > whole.free[peer]:\n", "        if False:\n",
        f"{WHOLE}::test_the_whole_list_is_the_best_of_all_plans_tiers_and_ties_included",
    ),
    Guard(
        "two-kept-apart-are-not-placed-together", 10, f"{MATCHING}/assignment.py",
        "        if plan[row] == plan[other] != NOWHERE:\n", "        if False:\n",
        f"{WHOLE}::test_the_whole_list_is_the_best_of_all_plans_tiers_and_ties_included",
    ),
    Guard(
        "nobody-new-to-who-may-take-nobody", 3, "services/referrals/domain/caseload.py",
        "        state.standing.refuse_new(command.setting)\n", "        pass\n",
        f"{STANDING}::test_a_new_client_comes_only_to_a_peer_who_may_take_people_in_this_setting",
    ),
    Guard(
        "what-may-not-go-on-ends", 8, "services/referrals/domain/caseload.py",
        "        if state.standing.ends(place.setting)\n", "        if False\n",
        f"{STANDING}::test_every_match_that_may_not_go_on_ends_by_a_deadline_of_its_own_due_at_once",
    ),
    Guard(
        "no-hard-rule-is-overridden", 3, "services/referrals/domain/proposals.py",
        "        _refuse_against_rules(ranking)\n", "        pass\n",
        f"{STANDING}::test_no_hard_rule_is_overridden_by_hand",
    ),
    Guard(
        "a-message-is-claimed-once", 3, f"{DOMAIN}/messages.py",
        'if message is None or message.status != "waiting" or command.at < message.send_from:', "if message is None:",
        f"{MESSAGES}::test_a_message_is_claimed_once",
    ),
    Guard(
        "what-was-claimed-is-not-sent-again", 3, "services/referrals/messages/sending.py",
        'await self._settle(row, row["message_id"], "unknown")',
        'await self._settle(row, row["message_id"], "not-taken-yet")',
        f"{MAILING}::test_a_sender_killed_in_the_act_never_sends_twice_and_a_person_is_asked[message.taken]", 240,
    ),
    Guard(
        "what-may-have-been-taken-is-unknown", 3, "services/referrals/messages/sending.py",
        '        return "unknown"\n', '        return "not-taken-yet"\n',
        f"{MAILING}::test_what_a_server_says_decides_what_is_said[drops-after-reminder-failed-unknown]",
    ),
    Guard(
        "stopped-until-the-last-moment", 3, f"{DOMAIN}/messages.py",
        "if because := may_write(state, command.channel) or _no_longer_so(state, message):",
        "if because := _no_longer_so(state, message):",
        f"{MESSAGES}::test_nothing_is_sent_that_was_due_when_messages_were_stopped",
    ),
    Guard(
        "a-message-must-still-be-so", 3, f"{DOMAIN}/messages.py",
        'return None if start == message.useful_until else "no-longer-so"', "return None",
        f"{MESSAGES}::test_what_is_no_longer_so_leaves_no_reminder_behind",
    ),
    Guard(
        "never-in-the-night", 8, f"{DOMAIN}/messages.py",
        "    if opens > command.at:\n", "    if False:\n",
        f"{MESSAGES}::test_the_night_is_looked_at_once_more_when_it_is_sent",
    ),
    Guard(
        "a-day-before-by-the-wall", 8, f"{DOMAIN}/hours.py",
        "wall = (start.astimezone(HERE).replace(tzinfo=None)) - timedelta(hours=hours_before)",
        "wall = (start - timedelta(hours=hours_before)).astimezone(HERE).replace(tzinfo=None)",
        f"{MESSAGES}::test_a_reminder_goes_so_long_before_by_the_wall_and_never_in_the_night",
    ),
    Guard(
        "only-a-way-that-is-safe", 10, "services/referrals/messages/safe.py",
        "if c in channels and c not in safe.do_not_write]", "if c in channels]",
        "tests/unit/referrals/test_texts.py::test_only_a_way_that_is_safe_is_used",
    ),
    Guard(
        "what-is-not-said-is-not-safe", 10, "services/referrals/messages/safe.py",
        "for c in safe.channels if", "for c in safe.channels or channels if",
        "tests/unit/referrals/test_texts.py::test_only_a_way_that_is_safe_is_used",
    ),
    Guard(
        "referred-again-replaces-nothing", 10, "services/referrals/vault_contents.py",
        "return [replace(each, unless_kept=True) for each in secrets]", "return secrets",
        "tests/integration/test_people.py::"
        "test_who_is_referred_again_keeps_the_contact_that_is_safe_and_a_person_compares",
    ),
    Guard(
        "referred-again-is-compared", 10, "services/referrals/reactions.py",
        "if not others or not secrets:", "if True:",
        "tests/unit/referrals/test_reactions.py::"
        "test_what_is_said_of_somebody_known_replaces_nothing_and_a_person_compares",
    ),
    Guard(
        "kept-where-nothing-was", 10, VAULT_SQL,
        "where u.unless_kept order by 1, 3 on conflict do nothing", "where u.unless_kept order by 1, 3 "
        "on conflict (person_id, name) do update set sealed = excluded.sealed",
        f"{VAULT}::test_what_is_kept_only_where_nothing_was_leaves_what_was_and_the_facts_it_is_found_by",
    ),
    Guard(
        "facts-of-what-stands", 10, VAULT_SQL,
        "select * from unnest(v_person, v_name) u(person_id, name) where u.person_id || u.name <> all (spared)",
        "select * from unnest(v_person, v_name) u(person_id, name)",
        f"{VAULT}::test_what_is_kept_only_where_nothing_was_leaves_what_was_and_the_facts_it_is_found_by",
    ),
    Guard(
        "own-word-before-somebody-else-s", 10, f"{RUNTIME}/keeping.py",
        "if key not in wanted or not each[1].unless_kept}", "}",
        f"{VAULT}::test_what_is_kept_only_where_nothing_was_leaves_what_was_and_the_facts_it_is_found_by",
    ),
    Guard(
        "nobody-is-told-without-a-yes", 10, f"{DOMAIN}/feedback.py",
        'if not state.consents.get("feedback-to-referrer"):', "if False:",
        "tests/unit/referrals/test_feedback.py::test_nobody_is_told_without_the_clients_yes_and_the_family_never",
    ),
    Guard(
        "as-many-as-there-are-seats", 3, f"{DOMAIN}/group.py",
        "if len(state.members) >= state.cap:", "if False:",
        "tests/unit/referrals/test_groups.py::test_there_are_as_many_seats_as_were_opened",
    ),
    Guard(
        "one-seat-for-one-person", 3, f"{DOMAIN}/group.py",
        " or command.person_id in state.members.values():", ":",
        "tests/integration/test_groups.py::"
        "test_a_person_with_two_referrals_has_one_seat_and_is_offered_no_second",
    ),
    Guard(
        "kept-apart-in-groups", 10, f"{DOMAIN}/group.py",
        "if apart_from_any(command.apart, command.person_id, (*state.members.values(), *state.facilitators)):",
        "if False:",
        "tests/unit/referrals/test_groups.py::"
        "test_who_is_kept_apart_never_has_a_seat_in_one_group_and_nobody_is_told_why",
    ),
    Guard(
        "a-conversation-before-the-first-class", 3, f"{DOMAIN}/in_group.py",
        "if state.first_contact_at is None:", "if False:",
        "tests/unit/referrals/test_groups.py::test_nobody_sits_in_a_class_before_somebody_has_spoken_with_them",
    ),
    # What life brings, services, and one journey.
    Guard(
        "a-loss-stops-messages", 10, f"{DOMAIN}/life.py",
        "        messages_stopped_at=event.messages_stopped_at,\n        pathway=", "        pathway=",
        "tests/unit/referrals/test_life.py::"
        "test_messages_go_on_only_when_a_person_has_asked_the_client",
    ),
    Guard(
        "a-death-plans-nothing", 10, f"{DOMAIN}/referral.py",
        "    life.refuse_after_death(state, do)\n", "",
        "tests/unit/referrals/test_life.py::test_what_a_death_leaves_without_meaning_is_refused",
    ),
    Guard(
        "a-task-stays-open", 8, f"{DOMAIN}/tasks.py",
        "    if not choices:\n", "    if False:\n",
        "tests/unit/referrals/test_handover.py::"
        "test_beyond_a_peer_s_role_is_a_task_with_a_day_until_the_clinical_team_says_yes",
    ),
    Guard(
        "each-case-comes-back-once", 13, f"{DOMAIN}/services.py",
        "return [ComeBack(referral_id, now, service_id), CloseCase(service_id, now, referral_id)]",
        "return [ComeBack(referral_id, now, service_id)]",
        "tests/integration/test_closure.py::test_killed_half_way_every_case_is_on_the_list_once_at_its_own_date", 240,
    ),
    Guard(
        "kept-apart-in-no-offer", 11, f"{DOMAIN}/together.py",
        "if not apart_from_any(apart, person, offer):", "if True:",
        "tests/unit/referrals/test_membership.py::"
        "test_everybody_is_offered_once_and_nobody_with_whom_they_are_kept_apart",
    ),
    Guard(
        "a-handover-needs-consent", 10, f"{DOMAIN}/handover.py",
        "\n    if not state.consents.get(SCOPE):\n", "\n    if False:\n",
        "tests/unit/referrals/test_handover.py::test_what_makes_no_sense_is_refused_with_its_code",
    ),
    Guard(
        "a-grant-ends-with-the-consent", 11, "services/referrals/journeys/rows.py",
        "granted = row.partners if row.agreed and not row.restricted else ()", "granted = row.partners",
        "tests/integration/test_journeys.py::test_a_consent_taken_back_ends_every_grant_at_once",
    ),
    Guard(
        "a-grant-names-who-may-read", 11, f"{RUNTIME}/migrate.py",
        "using (public.organisation() is not null and public.organisation() = any(granted_to))", "using (true)",
        "tests/integration/test_journeys.py::test_a_proposal_reaches_whom_it_is_for_and_nobody_else",
    ),
    Guard(
        "a-grant-is-to-read", 11, f"{RUNTIME}/migrate.py",
        'create policy granted on {table} for select to', 'create policy granted on {table} for all to',
        "tests/integration/test_journeys.py::test_a_grant_is_to_read_and_not_to_write",
    ),
    Guard(
        "who-said-no-is-not-counted", 10, "services/evaluation/projections.py",
        "            return replace(row, may_be_used=given)\n", "            return row\n",
        "tests/unit/evaluation/test_journey.py::test_a_journey",
    ),
    Guard(
        "who-said-no-is-not-told-of", 10, f"{GATEWAY}/projections.py",
        "feedback_refused=row.client_refused or row.restricted", "feedback_refused=row.restricted",
        "tests/unit/gateway/test_projections.py::"
        "test_a_referrer_is_told_nothing_once_the_client_has_said_no_to_it",
    ),
    Guard(
        "kept-apart-and-together-is-a-task", 10, "services/referrals/people/apart.py",
        "return [*said, *together]", "return said",
        "tests/integration/test_rights.py::test_who_is_to_be_kept_apart_and_is_together_now_is_a_task_for_today",
    ),
    Guard(
        "a-link-that-keeps-apart-is-a-task", 10, "services/referrals/people/duplicates.py",
        'return [settle, *(await _together(engine, settle, call) if do == "confirm" else ())]', "return [settle]",
        "tests/integration/test_parting.py::"
        "test_whoever_is_linked_with_one_who_is_kept_apart_and_is_there_now_is_parted[False]",
    ),
    Guard(
        "whoever-is-linked-is-parted-as-well", 10, "services/referrals/people/apart.py",
        "asked_to_part(connection, call, pairs_of([(person_id, other)], linked))",
        "asked_to_part(connection, call, pairs_of([(person_id, other)]))",
        "tests/integration/test_parting.py::"
        "test_whoever_is_linked_with_one_who_is_kept_apart_and_is_there_now_is_parted[True]",
    ),
    Guard(
        "what-was-said-meanwhile-is-seen-afterwards", 10, "services/referrals/people/parting.py",
        "        if tasks:\n", "        if False:\n",
        "tests/integration/test_parting.py::"
        "test_whoever_takes_a_seat_while_it_is_said_that_they_are_kept_apart_is_parted",
    ),
    Guard(
        "a-seat-is-looked-at-afterwards", 10, "services/referrals/groups/routes.py",
        "\n    looked_at_after(\n", "\n    (\n",
        "tests/integration/test_parting.py::"
        "test_whoever_takes_a_seat_while_it_is_said_that_they_are_kept_apart_is_parted[True]",
    ),
    Guard(
        "what-is-asked-is-not-asked-again", 8, f"{DOMAIN}/tasks.py",
        "return [] if asked.task_id in state.tasks else [asked]", "return [asked]",
        "tests/integration/test_parting.py::"
        "test_whoever_is_linked_with_one_who_is_kept_apart_and_is_there_now_is_parted[False]",
    ),
    Guard(
        "anothers-person-is-refused", 10, f"{RUNTIME}/keeping.py",
        'elif row["organisation"] != owner:', 'elif row["organisation"] is None:',
        "tests/integration/test_vault.py::"
        "test_what_is_heard_of_one_organisation_is_never_kept_of_another_s_person",
    ),
    Guard(
        "a-given-id-is-the-organisation-s-own", 10, "services/gateway/domain/submission.py",
        "uuid5(given, command.organisation) if given", "given if given",
        "tests/integration/test_gateway_receipts.py::"
        "test_a_person_whom_two_organisations_know_by_the_same_id_is_each_organisation_s_own",
    ),
    Guard(
        "a-person-named-is-one-s-own", 10, "services/referrals/api.py",
        "if known and not others:", "if False:",
        "tests/integration/test_rights.py::test_nobody_erases_another_organisations_person_by_naming_their_id",
    ),
    Guard(
        "no-referral-slips-past-an-erasure", 10, "services/referrals/api.py",
        "return [create, refer]\n", "return [create]\n",
        "tests/integration/test_rights.py::test_an_erasure_and_a_new_referral_at_once_never_both_succeed",
    ),
    Guard(
        "no-referral-slips-past-an-erasure-at-the-gateway", 10, "services/referrals/reactions.py",
        "if person_id == minted_person_id(received.submission_id):", "if True:",
        "tests/unit/referrals/test_reactions.py::test_a_referral_is_created_under_the_policy_of_its_organisation",
    ),
    Guard(
        "what-came-meanwhile-is-looked-at", 10, "services/referrals/domain/person.py",
        "if state.referred - set(seen):", "if False:",
        "tests/unit/referrals/test_person.py::test_nobody_decides_about_a_referral_that_came_in_while_they_decided",
    ),
    Guard(
        "whoever-was-handed-a-record-hears-of-its-erasure", 10, "services/referrals/domain/rights.py",
        "return decision_spread(state, event.because, event.restricted_at)", "return state",
        "tests/integration/test_journeys.py::test_whoever_took_the_client_on_is_asked_when_we_erase_them",
    ),
    Guard(
        "what-is-asked-no-more-is-not-accepted", 11, f"{DOMAIN}/handover.py",
        "or not state.is_open or state.client_died or state.restricted or not state.consents.get(SCOPE):", ":",
        "tests/unit/referrals/test_handover.py::test_what_was_accepted_when_it_was_no_longer_asked_is_said_to_both",
    ),
    Guard(
        "an-echo-undoes-nothing", 11, f"{DOMAIN}/news.py",
        "if is_overtaken(state, SCOPE, command.given, command.at):", "if False:",
        "tests/unit/referrals/test_handover.py::test_an_echo_of_an_earlier_word_never_undoes_a_later_one",
    ),
    Guard(
        "a-late-word-changes-nothing", 11, f"{DOMAIN}/news.py",
        "return said is not None and (at < said or (at == said and given))", "return False",
        "tests/unit/referrals/test_handover.py::test_a_word_that_comes_late_changes_nothing",
    ),
    Guard(
        "what-life-brings-is-known-on-the-whole-journey", 11, f"{DOMAIN}/life.py",
        "return life_spread(struck, event.messages_stopped_at)", "return struck",
        "tests/unit/referrals/test_handover.py::"
        "test_what_life_brings_stops_messages_on_every_part_of_the_journey_within_the_consent",
    ),
    Guard(
        "what-life-brings-holds-for-every-referral-here", 11, f"{DOMAIN}/news.py",
        'to = {**dict.fromkeys(state.siblings, ""), **elsewhere}', "to = dict(elsewhere)",
        "tests/integration/test_journeys.py::test_what_life_brings_holds_for_every_referral_of_the_person_here",
    ),
    Guard(
        "who-comes-back-is-known", 10, "services/referrals/journeys/handovers.py",
        'known = part["known_person_id"]', "known = None",
        "tests/integration/test_journeys.py::test_a_client_who_comes_back_is_whom_we_knew",
    ),
    Guard(
        "no-match-against-the-clients-no", 10, f"{DOMAIN}/proposals.py",
        'if state.consents.get("share-with-provider") is False:', "if False:",
        "tests/unit/referrals/test_matching.py::"
        "test_who_took_their_agreement_back_is_matched_with_nobody_even_by_hand",
    ),
    Guard(
        "an-older-agreement-changes-nothing", 10, f"{DOMAIN}/life.py",
        "if s in again or not is_overtaken(state, s, wish.given, at)", "",
        "tests/properties/test_last_word.py::test_for_any_order_of_arrival_the_latest_agreement_stands",
    ),
    Guard(
        "a-word-said-again-is-the-later-one", 10, f"{DOMAIN}/life.py",
        "if (given, known[scope]) == (wish.given, at)", "if given == wish.given",
        "tests/properties/test_last_word.py::test_for_any_order_of_arrival_the_latest_agreement_stands",
    ),
    Guard(
        "no-word-is-later-than-now", 10, f"{DOMAIN}/times.py",
        "return min(command.at, command.now)", "return command.at",
        f"{MESSAGES}::test_a_clock_ahead_of_ours_makes_no_word_later_than_now",
    ),
    Guard(
        "no-agreement-comes-from-tomorrow", 10, f"{DOMAIN}/arrival.py",
        "min(said.at, event.received_at)", "said.at",
        "tests/unit/referrals/test_life.py::test_a_clock_ahead_of_ours_makes_no_agreement_later_than_now",
    ),
    Guard(
        "an-older-choice-undoes-no-opt-out", 10, f"{DOMAIN}/reminders.py",
        "at < said or (at == said and channel in state.opted_out)", "False",
        f"{MESSAGES}::test_an_older_choice_undoes_no_later_no_and_an_older_no_undoes_no_later_choice",
    ),
    Guard(
        "an-older-choice-replaces-no-later-one", 10, f"{DOMAIN}/reminders.py",
        "at < state.reminders.chosen_at", "False",
        f"{MESSAGES}::test_an_older_choice_undoes_no_later_no_and_an_older_no_undoes_no_later_choice",
    ),
    Guard(
        "an-older-no-undoes-no-later-choice", 10, f"{DOMAIN}/reminders.py",
        "if c in state.opted_out or spoke.get(c, at) <= at", "",
        f"{MESSAGES}::test_an_older_choice_undoes_no_later_no_and_an_older_no_undoes_no_later_choice",
    ),
    Guard(
        "an-older-contact-is-not-kept", 10, f"{DOMAIN}/rights.py",
        "at < state.safe_contact_at", "False",
        "tests/integration/test_people.py::test_a_client_may_say_anew_how_they_are_reached",
    ),
    Guard(
        "safe-contact-is-read-once-more", 10, "services/referrals/messages/sending.py",
        "if not was_open and await self._prepared(row, state, message, channels, policy) != found:", "if False:",
        f"{MAILING}::test_a_way_that_stops_being_safe_while_a_conversation_is_opened_is_not_used",
    ),
    Guard(
        "all-members-hear-of-their-group", 3, f"{DOMAIN}/group.py",
        "if command.members is not None and command.members != state.members.keys():", "if False:",
        "tests/unit/referrals/test_groups.py::"
        "test_whoever_joins_while_a_group_is_closed_or_plans_to_meet_is_not_left_out",
    ),
    Guard(
        "whoever-joins-hears-of-every-meeting", 3, f"{DOMAIN}/group.py",
        "if command.meetings is not None and dict(command.meetings) != meetings:", "if False:",
        "tests/unit/referrals/test_groups.py::"
        "test_whoever_joins_while_a_group_is_closed_or_plans_to_meet_is_not_left_out",
    ),
    Guard(
        "what-a-rule-refused-is-erased-as-well", 10, f"{RUNTIME}/batch.py",
        "self.errands += came_of(cause.organisation, commands, self.tokens)", "pass",
        f"{SEALING}::test_an_erasure_destroys_the_keys_of_what_was_not_kept_as_well[refused]",
    ),
    Guard(
        "what-comes-after-an-erasure-is-erased-as-well", 10, f"{RUNTIME}/keeping.py",
        "for person, kid in e.came})", "for person, kid in e.came if person in bare})",
        f"{SEALING}::test_an_erasure_destroys_the_keys_of_what_was_not_kept_as_well[late]",
    ),
    Guard(
        "wrong-master-keys-park-nothing", 5, f"{RUNTIME}/database.py",
        "Unavailable | BadMasterKeys | WrongKey | OSError | TimeoutError",
        "Unavailable | BadMasterKeys | OSError | TimeoutError",
        f"{SEALING}::test_what_is_heard_under_the_wrong_master_keys_waits_for_the_right_ones",
    ),
    Guard(
        "one-stop-is-one-transaction", 10, "services/referrals/replies.py",
        "    await execute(engine, cause, [tell(id, wish, call.now, policy, call.new_id()) for id in referrals])",
        "    for id in referrals:\n"
        "        await execute(engine, cause, [tell(id, wish, call.now, policy, call.new_id())])",
        f"{MAILING}::test_one_stop_counts_for_everybody_who_is_reached_there_or_for_nobody",
    ),
    Guard(
        "no-referral-slips-past-a-restriction", 10, f"{PEOPLE}/person.py",
        "if command.standing != state.standing:", "if False:",
        "tests/integration/test_rights.py::test_a_restriction_and_a_new_referral_at_once_never_pass_each_other",
    ),
    Guard(
        "what-is-refused-of-somebody-erased-is-destroyed", 10, f"{GATEWAY}/queries.sql",
        "where r.code = 'person-erased'", "where false",
        "tests/integration/test_erasure.py::"
        "test_what_is_sent_again_under_the_id_of_somebody_erased_is_destroyed_by_itself", 300,
    ),
    Guard(
        "what-came-after-an-erasure-may-go-too", 10, f"{PEOPLE}/person.py",
        "if state.erased and not (isinstance(command, Erase) and command.submission_ids):", "if state.erased:",
        f"{PERSON}::test_what_was_sent_of_somebody_erased_later_may_be_destroyed_too_and_nothing_twice",
    ),
    # Safeguarding: no concern is lost, late, or seen by whom it is not for; nothing is said for anybody.
    Guard(
        "a-notice-is-sent-by-one-at-a-time", 8, f"{SAFEGUARDING}/notices/notices.sql",
        "where c.claimed_at < clock_timestamp() - make_interval(secs => $3)", "where $3::float is not null",
        f"{CONCERNS}::test_two_instances_send_each_notice_once",
    ),
    Guard(
        "a-notice-of-whoever-died-is-sent-again", 8, f"{SAFEGUARDING}/notices/notices.sql",
        "make_interval(secs => $3)", "make_interval(secs => 1000 * $3)",
        f"{CONCERNS}::test_a_sender_killed_between_sending_and_saying_so_is_followed_by_one_that_sends_again",
    ),
    Guard(
        "a-way-that-is-down-has-failed-at-once", 8, f"{SAFEGUARDING}/notices/sending.py",
        "return \"later\" if self._may_wait(state, notice, engine.clock.now()) else \"failed\"", "return \"later\"",
        f"{CONCERNS}::test_a_way_that_is_down_is_answered_by_the_other_way_and_the_next_in_line_at_once",
    ),
    Guard(
        "without-a-receipt-another-way-is-tried", 8, f"{SAFEGUARDING_DOMAIN}/escalating.py",
        "due[f\"lapse:{id}\"] = notice.notified_at + wait", "pass",
        f"{CONCERNS}::test_without_a_receipt_in_a_minute_the_other_way_is_tried_and_the_next_in_line_told",
    ),
    Guard(
        "the-next-in-line-is-told", 8, f"{SAFEGUARDING_DOMAIN}/escalating.py",
        "for s in steps_of(state) if s.step not in state.reached}", "for s in ()}",
        f"{CONCERNS}::test_nobody_answers_and_each_next_one_is_told_until_operations_are_alarmed_in_time",
    ),
    Guard(
        "nobody-answers-is-alarmed", 8, f"{SAFEGUARDING_DOMAIN}/escalating.py",
        "= {\"not-acknowledged\": state.times.alarm_at}", "= {}",
        f"{CONCERNS}::test_nobody_answers_and_each_next_one_is_told_until_operations_are_alarmed_in_time",
    ),
    Guard(
        "operations-see-an-alarm", 12, f"{SAFEGUARDING}/notices/sending.py",
        "engine.metrics.own(*ALARMED).set(len(rows))", "pass",
        f"{CONCERNS}::test_nobody_answers_and_each_next_one_is_told_until_operations_are_alarmed_in_time",
    ),
    Guard(
        "an-empty-rota-is-alarmed-at-once", 8, f"{SAFEGUARDING_DOMAIN}/escalating.py",
        "due[\"nobody-on-duty\"] = state.round_at", "pass",
        f"{CONCERNS}::test_an_empty_rota_is_alarmed_at_once_and_the_raiser_reads_that_nobody_will_see_it",
    ),
    Guard(
        "in-hand-is-not-done", 8, f"{SAFEGUARDING_DOMAIN}/escalating.py",
        "due[f\"late:{state.round}:outcome\"] = state.outcome_by", "pass",
        f"{CONCERNS}::test_what_is_in_hand_has_a_second_clock_and_the_service_lead_hears_when_it_runs_out",
    ),
    Guard(
        "one-concern-by-whatever-door", 3, f"{SAFEGUARDING_DOMAIN}/noticing.py",
        "return c.concern_about(sign.person_id, sign.about)", "return fresh_id",
        f"{CONCERNS}::test_the_same_item_by_two_doors_is_one_concern_and_a_corrected_score_leaves_it_open",
    ),
    Guard(
        "only-a-clinician-lowers", 11, f"{SAFEGUARDING_DOMAIN}/noticing.py",
        "if not may_lower(wish.by_role, state.setting, command.policy):", "if False:",
        f"{CONCERNS}::test_nobody_speaks_in_a_role_that_is_not_theirs_or_sets_the_clock",
    ),
    Guard(
        "nobody-speaks-in-anothers-role", 11, f"{SAFEGUARDING}/asking.py",
        "if by_role not in call.principal.roles:", "if False:",
        f"{CONCERNS}::test_nobody_speaks_in_a_role_that_is_not_theirs_or_sets_the_clock",
    ),
    Guard(
        "nobody-sets-the-clock-of-a-concern", 8, f"{SAFEGUARDING}/asking.py",
        "if wish.at is not None:", "if False:",
        f"{CONCERNS}::test_nobody_speaks_in_a_role_that_is_not_theirs_or_sets_the_clock",
    ),
    Guard(
        "nothing-is-closed-without-an-outcome", 8, f"{SAFEGUARDING_DOMAIN}/answering.py",
        "if state.outcome is None:", "if False:",
        f"{CONCERNS}::test_a_concern_is_told_to_whoever_is_on_duty_and_ends_with_whoever_takes_it_in_hand",
    ),
    Guard(
        "a-concern-of-a-colleague-is-an-officers-alone", 11, f"{SAFEGUARDING}/asking.py",
        "if found.audience not in audiences_of(call.principal.roles):", "if False:",
        f"{CONCERNS}::test_a_concern_about_a_colleague_is_an_officers_alone",
    ),
    Guard(
        "no-list-shows-a-concern-of-a-colleague", 11, f"{SAFEGUARDING}/concerns.sql",
        "where open and audience = any($1)", "where open and $1::text[] is not null",
        f"{CONCERNS}::test_a_concern_about_a_colleague_is_an_officers_alone",
    ),
    Guard(
        "a-wrong-id-costs-no-concern", 11, f"{SAFEGUARDING}/raising.py",
        "if body.person_id is None or refusal.code not in _OF_NOBODY_HERE:", "if True:",
        f"{CONCERNS}::test_a_person_of_another_organisation_costs_no_concern",
    ),
    Guard(
        "what-is-urgent-and-unread-is-a-concern", 4, f"{SAFEGUARDING}/unheard.py",
        "if is_urgent(row[\"type\"])]", "if False]",
        f"{CONCERNS}::test_an_urgent_record_that_nobody_can_read_is_a_concern_once",
    ),
    Guard(
        "what-is-unread-is-one-concern", 4, f"{SAFEGUARDING}/unheard.sql",
        "md5(i.topic || '/' || i.partition || '/' || i.\"offset\")::uuid as id", "gen_random_uuid() as id",
        f"{CONCERNS}::test_an_urgent_record_that_nobody_can_read_is_a_concern_once",
    ),
    Guard(
        "a-peers-key-speaks-for-that-peer-alone", 11, f"{PEERS}/telling.py",
        "if call.role == \"peer\" and call.principal.name != str(peer_id):", "if False:",
        f"{OF_PEERS}::test_a_peers_key_speaks_for_that_peer_alone",
    ),
    Guard(
        "whoever-says-a-role-has-it", 11, f"{PEERS}/telling.py",
        "if by_role := getattr(wish, \"by_role\", None):", "if by_role := None:",
        f"{OF_PEERS}::test_nobody_speaks_in_a_role_that_is_not_theirs",
    ),
    Guard(
        "who-supports-whom-is-heard", 3, f"{PEERS}/reactions.py",
        "r.PeerMatched.type(): Reaction(_support, _began),", "",
        f"{OF_PEERS}::test_a_loss_is_told_to_whoever_supports_the_client_by_their_supervisor_who_offers_to_talk",
    ),
    Guard(
        "a-supervisor-hears-with-the-peer", 3, f"{PEERS_DOMAIN}/following.py",
        "return [replace(command, seen=state.supervised), *with_supervisor(state, command)]", "return [command]",
        f"{OF_PEERS}::test_a_supervisor_of_many_who_is_away_is_one_finding_and_somebody_stands_in_the_same_day",
    ),
    Guard(
        "who-supervises-has-not-changed-meanwhile", 3, f"{PEERS_DOMAIN}/peer.py",
        "if command.seen is not None and command.seen != state.supervised:", "if False:",
        "tests/unit/supervision/test_following.py::test_what_was_made_for_a_peer_who_stood_otherwise_is_refused_as_a_whole",
    ),
    Guard(
        "rest-looks-like-full-places", 11, f"{PEERS}/questions.py",
        "room = 0 if peer.resting else max(", "room = max(",
        f"{OF_PEERS}::test_who_rests_is_no_candidate_until_they_are_back",
    ),
    Guard(
        "who-is-not-back-is-overdue-at-that-moment", 8, f"{PEERS_DOMAIN}/peer.py",
        "found = {**visiting.deadlines(state), **advising.deadlines(state)}", "found = {}",
        f"{OUT_ALONE}::test_at_the_moment_a_peer_is_expected_back_and_is_not_they_are_overdue",
    ),
    Guard(
        "who-is-not-back-is-a-concern-once", 8, f"{PEERS_DOMAIN}/visiting.py",
        "if visit is None or not visit.overdue or visit.alarmed:", "if visit is None:",
        f"{OUT_ALONE}::test_whoever_is_on_duty_is_told_once_and_not_of_somebody_who_is_back",
    ),
    Guard(
        "where-somebody-went-is-forgotten-once-they-are-back", 10, f"{PEERS}/visits.py",
        ", forgets=((call.path[\"peer_id\"], f\"{VISIT}{wish.visit_id}\"),)", "",
        f"{OF_PEERS}::test_who_is_not_back_from_a_lone_visit_is_a_concern_and_where_they_went_is_read_only_then",
    ),
    Guard(
        "the-same-news-is-told-once", 3, f"{PEERS_DOMAIN}/support.py",
        "if state.peer_id is None or event_id in state.news:", "if state.peer_id is None:",
        f"{SUPPORT}::test_the_same_news_is_noted_once",
    ),
    Guard(
        "an-earlier-match-does-not-end-the-next", 3, f"{PEERS_DOMAIN}/support.py",
        "if over or peer_id == state.peer_id:", "if peer_id == state.peer_id:",
        f"{SUPPORT}::test_the_end_of_an_earlier_match_does_not_end_the_next",
    ),
    Guard(
        "no-course-is-the-providers-gap", 11, f"{PEERS}/views.py",
        "gap=\"provider\" if each.unavailable or each.not_offered else \"none\"", "gap=\"none\"",
        "tests/unit/supervision/test_peer_views.py::"
        "test_a_course_that_nobody_gives_or_offered_is_the_providers_gap_and_one_that_was_offered_is_not",
    ),
)  # fmt: skip
