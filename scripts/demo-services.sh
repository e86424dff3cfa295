# shellcheck shell=bash
# The part of scripts/demo that needs services: the stack, the worker, and what they hold at the
# end. Sourced by it.

# shellcheck disable=SC2153
STACK="$STACKS/demo"

stack() { ./scripts/stack "$@" --dir "$STACK"; }

# address NAME: host:port/database or host:port of a service.
address() { awk -v name="$1" '$1 == name { print $2 }' "$DEMO/services"; }

# The value of a key in a section of the demo's configuration.
setting() {
    awk -v section="[$1]" -v key="$2" \
        '/^\[/ { here = $1 == section } here && $1 == key { gsub(/"/, "", $3); print $3 }' \
        "$DEMO/ivendor.toml"
}

# The services end with this script, however it ends, unless they are to stay.
start_services() {
    local owner=(--owner $$)
    ! $KEEP || owner=()
    stack wipe
    stack up --shards 2 --brokers 1 "${owner[@]}" >"$DEMO/services"
    cat "$DEMO/services" >&2
    cat >"$DEMO/ivendor.toml" <<EOF
[kafka]
brokers = "$(address broker)"
instance = "demo"
commit_s = 0.2

[batch]                # small, so that something is to be seen soon
documents_max = 8

[store]
reference = "$(address reference)"
password_file = "$STACK/password"

[fetch]
roots = ["$DEMO"]

[worker]
listen = "$(free_address)"

[review]
listen = "$(free_address)"
EOF
    "$RELEASE/ivendor-worker" migrate --config "$DEMO/ivendor.toml" \
        --shard "0=$(address shard-0)" --shard "1=$(address shard-1)" >&2
}

# An address of this machine that nobody listens at.
free_address() {
    python3 -c 'import socket
with socket.socket() as taken:
    taken.bind(("127.0.0.1", 0))
    print("127.0.0.1:%d" % taken.getsockname()[1])'
}

start_worker() {
    "$RELEASE/ivendor-worker" run --config "$DEMO/ivendor.toml" >"$DEMO/worker.log" 2>&1 &
    WORKER=$!
    $KEEP || STOP+=("$WORKER")
}

# verify_by_queue [REQUESTS]: sends the requests, shows how they are worked off until there are
# COUNT verdicts, and takes these out of the shards.
verify_by_queue() {
    local start=$EPOCHREALTIME backfill="$RELEASE/ivendor-backfill" us
    "$backfill" enqueue "${1:-$DEMO/requests.jsonl}" --force --config "$DEMO/ivendor.toml"
    python3 scripts/demo_watch.py "$COUNT" "$WORKER" \
        "$backfill" status --watch --json --config "$DEMO/ivendor.toml" ||
        fail 1 "the worker did not end its work; see $DEMO/worker.log"
    us=$((${EPOCHREALTIME/[.,]/} - ${start/[.,]/}))
    say "$COUNT documents in $(seconds "$start"), $((COUNT * 10000000 / us / 10)).$((
        COUNT * 10000000 / us % 10)) a second"
    ask 'select verdict from verification where is_current' >"$DEMO/verdicts.jsonl"
}

# ask QUERY: its rows from each shard, columns parted by a blank.
ask() {
    local shard
    for shard in shard-0 shard-1; do
        PGPASSWORD=$(cat "$STACK/password") "$POSTGRES_BIN/psql" --no-psqlrc -At -F ' ' \
            -d "postgres://ivendor@$(address $shard)" -c "${1//SHARD/$shard}"
    done
}

tell_stored() {
    local query="select 'SHARD', v.tenant_id, count(*), count(c.case_id) from verification v
        left join review_case c using (tenant_id, document_id, result_key)
        where v.is_current group by 2 order by 2"
    say ""
    printf '%-10s %-12s %10s %14s\n' shard tenant verdicts 'review cases' >&2
    ask "$query" | while read -r shard tenant verdicts cases; do
        printf '%-10s %-12s %10s %14s\n' "$shard" "$tenant" "$verdicts" "$cases" >&2
    done
}

tell_further() {
    $KEEP || {
        say "the logs   $DEMO/worker.log, review.log   (with --keep everything goes on running)"
        return
    }
    say "settings   $DEMO/ivendor.toml
queue      $RELEASE/ivendor-backfill status --config $DEMO/ivendor.toml
metrics    curl http://$(setting worker listen)/metrics
rows       PGPASSWORD=\$(cat $STACK/password) psql postgres://ivendor@$(address shard-0)
the end    kill $WORKER $REVIEWER; ./scripts/stack wipe --dir $STACK"
}
