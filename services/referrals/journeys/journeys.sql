-- What is asked of journeys. Row-level security leaves the caller's own parts, and those it was granted.

-- name: journey
-- Every part of a journey that the caller may see, in the order in which they began.
-- $1 journey
select * from journey_part where journey_id = $1 order by received_at, id;

-- name: handovers
-- Every hand-over that nobody has accepted yet, the most urgent first.
select handover_id, id as referral_id, organisation as from_organisation, handover_to as to_organisation,
    handover_setting as to_setting, setting as from_setting, accept_by, handover_status as status, parent_role, language,
    interpreter_needed, formats_wanted
from journey_part
where handover_status in ('proposed', 'escalated')
order by accept_by, handover_id;

-- name: asked_of
-- The part of the journey whose hand-over an organisation was asked to accept; with the organisation's own record of the
-- person, where the client was with it anywhere before.
-- $1 hand-over, $2 organisation
with recursive before as (
    select id, previous_id, organisation, person_id, 0 as steps from journey_part
    where handover_id = $1 and handover_to = $2
    union all
    select p.id, p.previous_id, p.organisation, p.person_id, steps + 1
    from before b join journey_part p on p.id = b.previous_id where steps < 50
)
select p.*, (select own.person_id from before own where own.organisation = $2 order by steps limit 1) as known_person_id
from journey_part p
where p.handover_id = $1 and p.handover_to = $2;
