-- Whoever is found by a new fact is compared with those who are found by it already.

create table to_compare (
    person_id uuid primary key,
    organisation text not null,
    asked bigint not null default 1
);
comment on table to_compare is 'Of whom something was kept by which another may be found as well; a loop compares and takes out.';

alter table to_compare enable row level security;
alter table to_compare force row level security;
create policy everything on to_compare to {owner}, {worker} using (true) with check (true);
grant select, delete on to_compare to {worker};

create function ask_to_compare() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into to_compare as t (person_id, organisation)
    select distinct person_id, organisation from found order by person_id
    on conflict (person_id) do update set asked = t.asked + 1;
    return null;
end $$;
comment on function ask_to_compare is 'Runs as the owner, since the api role neither sees nor writes the list.';

create trigger ask_to_compare after insert on keys.found_by
    referencing new table as found for each statement execute function ask_to_compare();
