-- People who have signed in at the page: each session belongs to a token and ends with it.

create table session (
    -- SHA-256 of the session's identifier, which the browser alone has.
    hash bytea primary key check (length(hash) = 32),
    token_hash bytea not null references token on delete cascade,
    -- What a page must send beside the cookie to change anything.
    csrf text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);

create index session_expires on session (expires_at);
create index session_token on session (token_hash, created_at);

-- How moments leave and enter the database: as microseconds since 1970.
create function epoch_us(moment timestamptz) returns bigint language sql stable parallel safe
    return (extract(epoch from moment) * 1000000)::bigint;

create function from_epoch_us(us bigint) returns timestamptz language sql stable parallel safe
    return timestamptz 'epoch' + us * interval '1 microsecond';
