"""The catalogue follows the naming rules, and can hold no id."""

import re

from shared.runtime.metrics import Metrics

LABELS = {"topic", "partition", "fate", "loop", "route", "status", "service", "version"}


def test_every_metric_is_named_and_described_by_the_rules() -> None:
    metrics = Metrics("referrals", "1.2")
    ours = [family for family in metrics.registry.collect() if family.name.startswith("kith_")]
    assert len(ours) > 15
    for family in ours:
        assert re.fullmatch(r"kith_[a-z0-9_]+", family.name)
        assert family.documentation.endswith(".")
        assert not family.name.endswith(("_ms", "_milliseconds", "_minutes", "_kb"))
        for sample in family.samples:
            assert set(sample.labels) - {"le"} <= LABELS


def test_each_process_counts_for_itself() -> None:
    first, second = Metrics("a", "1.2"), Metrics("b", "1.2")
    first.inbox_records.labels("kith.gateway", "done").inc(3)
    assert 'kith_inbox_records_total{fate="done",topic="kith.gateway"} 3.0' in first.render().decode()
    assert "kith.gateway" not in second.render().decode()
    assert "process_resident_memory_bytes" in first.render().decode()
    assert 'kith_build_info{service="a",version="1.2"} 1.0' in first.render().decode()
