-- A deadline that was heard and comes again is another, though it has the same name and time.

alter table deadline add column id uuid not null default gen_random_uuid();
comment on column deadline.id is 'Under which it is heard: made when it is set, so that one setting is heard once and the next anew.';
