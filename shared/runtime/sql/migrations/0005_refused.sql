-- What Kafka refuses for what it is stays unsent, and says so.

alter table unsent add column refused text;
create index unsent_refused on unsent (stream, sequence) where refused is not null;
comment on column unsent.refused is 'The code under which Kafka refused this event when it was sent by itself.';
grant update (refused) on unsent to {worker};
