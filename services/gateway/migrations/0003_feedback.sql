-- What a sender may know ends when the client says no to it.

drop function what_became(uuid);

create function what_became(p_submission uuid)
returns table (state text, since timestamptz, grounds text[], actions text[], signposted_to text[], review_on date,
               not_known text[], returns bigint, feedback text)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
    return query
        select
            case when quiet.is_so then 'received' else f.state end,
            case when quiet.is_so then s.received_at else f.since end,
            case when quiet.is_so then '{}' else f.grounds end,
            case when quiet.is_so then '{}' else f.actions end,
            case when quiet.is_so then '{}' else f.signposted_to end,
            case when not quiet.is_so then f.review_on end,
            case when quiet.is_so then '{}' else f.not_known end,
            case when quiet.is_so then 0 else f.returns end,
            case when quiet.is_so then 'none' else 'state' end
        from submission s
        join referral_fate f on f.id = s.referral_id
        left join submission made on made.id = f.submission_id
        cross join lateral (select f.referrer_role in ('self', 'family') or f.feedback_refused as is_so) quiet
        where s.id = p_submission
            and s.organisation = organisation()
            and organisation() in (f.organisation, made.organisation);
end $$;
comment on function what_became is 'The referral may belong to another organisation than the submission, so this reads past '
    'row-level security, and checks itself: the submission is the caller''s, and the referral was sent or is held by the '
    'caller. Nothing is told of what a client referred herself to, nor to a family, nor once the client has said no to it.';

revoke all on function what_became(uuid) from public;
grant execute on function what_became(uuid) to {api}, {worker};
