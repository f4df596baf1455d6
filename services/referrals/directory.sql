-- What is asked of the directory of services. Row-level security leaves only the caller's organisation.

-- name: services
-- Every service, those that are open first.
select * from service order by status = 'closed', title, id;

-- name: one_service
-- One service.
-- $1 service
select * from service where id = $1;

-- name: wish_to_stay_together
-- Who was with a service that closed, wishes to stay together, and waits again; longest waiting first.
-- $1 service
select id, person_id from referral
where past_service_id = $1 and stay_together and stage = 'waiting'
order by listed_on, id;
