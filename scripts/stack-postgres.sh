# shellcheck shell=bash
# PostgreSQL for scripts/stack, which sources it: one folder a cluster below $DIR/postgres, with its
# data, port and log. It knows of no other service.

# postgres_template: makes the cluster that all are copied from, unless it is there: a copy takes a
# tenth of the time. Its path is then in TEMPLATE.
postgres_template() {
    local version
    version=$("$POSTGRES_BIN/postgres" --version | sed 's/.* \([0-9][0-9.]*\).*/\1/')
    TEMPLATE=$STACKS/postgres-$version
    mkdir -p "$STACKS"
    # Those who start together wait for the first.
    (flock 9 && { [ -e "$TEMPLATE/data" ] || new_postgres_template; }) 9>>"$STACKS/lock"
}

new_postgres_template() {
    local made=$TEMPLATE.part
    rm -rf "$made"
    mkdir -p "$made"
    (umask 077 && head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"$made/password")
    [ "$(id -u)" -ne 0 ] || chown -R postgres: "$made"
    # fsync is off: what is kept here must live through the death of a process, not of the machine.
    unprivileged "$POSTGRES_BIN/initdb" --pgdata "$made/data" --username ivendor \
        --auth scram-sha-256 --pwfile "$made/password" --encoding UTF8 --locale C.UTF-8 \
        --no-sync >/dev/null || fail 1 "initdb failed in $made"
    cat >>"$made/data/postgresql.conf" <<'CONF'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
shared_buffers = 64MB
max_wal_size = 256MB
fsync = off
CONF
    printf 'create database ivendor\n' |
        unprivileged "$POSTGRES_BIN/postgres" --single -D "$made/data" postgres \
            >"$made/log" 2>&1 ||
        fail 1 "the database cannot be made: see $made/log"
    mv "$made" "$TEMPLATE"
}

# postgres_pid FOLDER: the process of a cluster, where it runs.
postgres_pid() {
    local pid
    pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) || return 1
    is_running "$pid" "$1/data" && printf '%s\n' "$pid"
}

# start_postgres FOLDER: makes the cluster where there is none, and starts it where it does not run.
start_postgres() {
    local i folder=$1 fresh=false
    if [ ! -e "$folder/port" ]; then
        fresh=true
        rm -rf "$folder"
        mkdir -p "$folder"
        cp -a "$TEMPLATE/data" "$folder/data"
        [ "$(id -u)" -ne 0 ] || chown postgres: "$folder"
        free_port >"$folder/port"
    fi
    postgres_pid "$folder" >/dev/null && return
    # A new cluster tries other ports. One whose process was killed waits for the last of that one's
    # children, and stays where it was: others know its address.
    for ((i = 0; i < 100; i++)); do
        # Not the lock: it would be held for as long as the cluster runs.
        unprivileged "$POSTGRES_BIN/pg_ctl" start --pgdata "$folder/data" --silent --wait \
            --timeout 60 --log "$folder/log" --options "-p $(cat "$folder/port")" \
            >/dev/null 2>&1 9>&- && return
        case $fresh:$(tail -n 4 "$folder/log") in
        true:*"could not bind"*) free_port >"$folder/port" ;;
        *'"postmaster.pid" already exists'* | *"pre-existing shared memory"*) sleep 0.1 ;;
        *) break ;;
        esac
    done
    not_started "$folder/log" PostgreSQL
}

stop_postgres() {
    local pid
    pid=$(postgres_pid "$1") || return 0
    end "$1" "$pid" INT QUIT
}

status_postgres() {
    local pid state=up
    pid=$(postgres_pid "$1") || state=down
    printf '%s 127.0.0.1:%s/ivendor %s %s\n' "$(basename "$1")" "$(cat "$1/port")" "$state" "$pid"
}
