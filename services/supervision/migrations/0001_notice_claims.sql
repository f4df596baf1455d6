-- A notice is sent by one instance at a time, and sent anew by whoever comes after an instance that died over it.

create table notice_claim (
    notice_id uuid primary key,
    organisation text not null,
    claimed_at timestamptz not null default clock_timestamp()
);
comment on table notice_claim is 'Notices that somebody is sending at this moment; a row that grows old is anybody''s to take.';

alter table notice_claim enable row level security;
alter table notice_claim force row level security;
create policy everything on notice_claim to {owner}, {worker} using (true) with check (true);
grant select, insert, update, delete on notice_claim to {worker};
