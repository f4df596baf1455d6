"""Every metric of a service, in one catalogue: base units, no label that could hold an id."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# Visible within a minute is the promise to coordinators, so the buckets are dense below it and stop an hour above.
END_TO_END = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
REQUEST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The metrics of one process, on a registry of its own."""

    def __init__(self, service: str, version: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)

        def counter(name: str, says: str, *labels: str) -> Counter:
            return Counter(name, says, labels, registry=registry)

        def gauge(name: str, says: str, *labels: str) -> Gauge:
            return Gauge(name, says, labels, registry=registry)

        gauge("kith_build_info", "Which service and version this is.", "service", "version").labels(
            service, version
        ).set(1)

        self.journal_appended = counter("kith_journal_appended_total", "Events this service decided.")
        self.relay_sent = counter("kith_relay_sent_total", "Events acknowledged by Kafka.")
        self.relay_failures = counter("kith_relay_failures_total", "Rounds of the relay that ended in an error.")
        self.relay_unsent = gauge("kith_relay_unsent", "Events in the journal that are not yet on Kafka.")
        self.relay_oldest_unsent = gauge(
            "kith_relay_oldest_unsent_seconds", "Age of the oldest event that is not yet on Kafka."
        )
        self.relay_refused = gauge(
            "kith_relay_refused", "Events that Kafka refuses now: each stands still, and its stream behind it."
        )
        self.relay_leader = gauge("kith_relay_leader", "1 while this process is the one that sends.")

        self.inbox_records = counter(
            "kith_inbox_records_total", "Records heard, by the fate they were given.", "topic", "fate"
        )
        self.inbox_duplicates = counter("kith_inbox_duplicates_total", "Exact copies that were counted.", "topic")
        self.inbox_parked = gauge("kith_inbox_parked", "Records parked or held now.")
        self.inbox_urgent_unheard = gauge(
            "kith_inbox_urgent_unheard", "Urgent records parked or held now: each is a safety check."
        )

        self.consumer_seconds_behind = gauge(
            "kith_consumer_seconds_behind", "Age of the oldest record not yet heard.", "topic"
        )
        self.consumer_lag = gauge("kith_consumer_lag_messages", "Records not yet heard.", "topic", "partition")
        self.consumer_retries = counter(
            "kith_consumer_retries_total", "Batches thought again after a transient error.", "topic"
        )
        self.end_to_end = Histogram(
            "kith_event_end_to_end_seconds",
            "From the time an event was recorded by its owner until it was visible here.",
            ("topic",),
            buckets=END_TO_END,
            registry=registry,
        )
        self.breaker_open = gauge("kith_breaker_open", "1 while reading of a topic is stopped.", "topic")

        self.http_requests = counter("kith_http_requests_total", "Requests answered.", "route", "status")
        self.http_seconds = Histogram(
            "kith_http_request_seconds", "Time to answer a request.", buckets=REQUEST, registry=registry
        )

        self._own: dict[str, Gauge] = {}

    def own(self, name: str, says: str) -> Gauge:
        """A gauge of what the service is about, under a name of its own."""
        if name not in self._own:
            self._own[name] = Gauge(name, says, registry=self.registry)
        return self._own[name]

    def render(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self.registry)
