-- A read model is made once, so one that stands already is given what it lacks; one yet to be made has it from the first.

do $$
begin
    if to_regclass('public.submission') is not null then
        alter table submission add column if not exists awaits uuid;
        create index on submission (awaits) where awaits is not null;
    end if;
end $$;
