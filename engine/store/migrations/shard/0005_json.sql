-- Requests and verdicts are written all the time, and only ever read as a whole: kept as the text
-- that was written, they cost a third to half of what the parsed form takes. A long one is packed
-- with lz4 where the server knows it; rows that were there keep the way in which they were packed.

alter table verification
    alter column request type json using request::text::json,
    alter column verdict type json using verdict::text::json;

do $$
begin
    alter table verification alter column verdict set compression lz4;
exception when feature_not_supported then
    raise notice 'this server is built without lz4';
end
$$;
