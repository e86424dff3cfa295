# shellcheck shell=bash
# Apache Kafka for scripts/stack, which sources it: a broker that is its own controller, in
# $DIR/kafka/broker, with its settings, data, ports and log. It runs as whoever calls. It knows of
# no other service.

# kafka_library: fetches the jars, and makes what all brokers start from, unless it is there: data
# that is formatted, and an archive of the loaded classes, which halves the time of a start. Its
# path is then in LIBRARY, that of the archive, which holds for one Java only, in ARCHIVE.
kafka_library() {
    local java pom=scripts/kafka.pom.xml
    need_packages default-jre-headless
    java=$(java -version 2>&1 | sed -n 's/.* version "\([^"]*\)".*/\1/p')
    is_at_least 17 "$java" || fail 2 "Java 17 or later is wanted, $(command -v java) is $java"
    LIBRARY=$STACKS/kafka-$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$pom")
    ARCHIVE=$LIBRARY/classes-$java.jsa
    mkdir -p "$STACKS"
    (
        flock 9
        [ -e "$LIBRARY" ] || new_kafka_library "$pom"
        [ -e "$ARCHIVE" ] || new_kafka_archive
    ) 9>>"$STACKS/lock"
}

new_kafka_library() {
    local made=$LIBRARY.part
    need_packages ca-certificates maven
    rm -rf "$made"
    mkdir "$made"
    say "fetching $(basename "$LIBRARY")"
    mvn --batch-mode --quiet --strict-checksums --file "$1" dependency:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$made/jars" >"$made/log" 2>&1 || {
        tail -n 20 "$made/log" >&2
        fail 3 "Maven could not fetch Apache Kafka"
    }
    kafka_settings "$made" 1 2
    (cd "$made" && java -cp "$made/jars/*" kafka.tools.StorageTool format \
        --cluster-id ivendor-stack-broker-0 --config "$made/settings" >"$made/log" 2>&1) ||
        fail 1 "the broker's data cannot be formatted: see $made/log"
    mv "$made" "$LIBRARY"
}

# new_kafka_archive: lets a broker start and stop, who writes down what it loaded.
new_kafka_archive() {
    local folder=$LIBRARY/first
    stop_kafka "$folder"
    rm -rf "$folder"
    start_kafka "$folder" "-XX:ArchiveClassesAtExit=$ARCHIVE.part"
    stop_kafka "$folder"
    mv "$ARCHIVE.part" "$ARCHIVE"
    rm -rf "$folder"
}

# kafka_settings FOLDER PORT CONTROLLER_PORT: one broker has nobody to copy to, and makes no topic
# unasked. A message may take 20 MiB. The short session lets it come back soon after it was killed:
# it waits for the end of the one before.
kafka_settings() {
    cat >"$1/settings" <<SETTINGS
process.roles=broker,controller
node.id=0
controller.quorum.voters=0@127.0.0.1:$3
listeners=BROKER://127.0.0.1:$2,CONTROLLER://127.0.0.1:$3
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=BROKER
log.dirs=data
auto.create.topics.enable=false
message.max.bytes=20971520
log.cleaner.dedupe.buffer.size=16777216
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
SETTINGS
}

# kafka_pid FOLDER: the process of a broker, where it runs.
kafka_pid() {
    local pid
    pid=$(cat "$1/pid" 2>/dev/null) || return 1
    is_running "$pid" "$1/settings" && printf '%s\n' "$pid"
}

# start_kafka FOLDER OPTION...: makes the broker where there is none, and starts it where it does
# not run, with these options of Java.
start_kafka() {
    local i folder=$1 fresh=false
    shift
    if [ ! -e "$folder/port" ]; then
        fresh=true
        rm -rf "$folder"
        (umask 077 && mkdir -p "$folder/tmp")
        cp -a "$LIBRARY/data" "$folder/data"
        free_port >"$folder/controller-port"
        free_port >"$folder/port"
    fi
    # One that runs may be starting, or ending since it was killed.
    ! kafka_pid "$folder" >/dev/null || ! wait_kafka "$folder" || return 0
    stop_kafka "$folder"
    for ((i = 0; i < 100; i++)); do
        run_kafka "$folder" "$@"
        wait_kafka "$folder" && return
        # A new broker tries other ports, another stays where it was: others know its address.
        $fresh || break
        grep -q 'Address already in use' "$folder/log" || break
        free_port >"$folder/controller-port"
        free_port >"$folder/port"
    done
    stop_kafka "$folder"
    # What it says while it stops would hide the cause, and so would the frames of an exception.
    grep -vE ' INFO |^[[:space:]]' "$folder/log" >"$folder/log.short" || true
    not_started "$folder/log.short" "Apache Kafka"
}

# run_kafka FOLDER OPTION...: starts the process. Only the simple compiler: it starts sooner.
run_kafka() {
    local folder=$1 options=(
        -Xms64m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData
        "-Djava.io.tmpdir=$1/tmp" -Dorg.slf4j.simpleLogger.showDateTime=true
        '-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS'
    )
    shift
    [ ! -e "$ARCHIVE" ] || options+=("-XX:SharedArchiveFile=$ARCHIVE")
    kafka_settings "$folder" "$(cat "$folder/port")" "$(cat "$folder/controller-port")"
    [ ! -e "$folder/log" ] || mv "$folder/log" "$folder/log.before"
    (
        cd "$folder" || exit 1
        # Not the lock: it would be held for as long as the broker runs.
        exec setsid java "${options[@]}" "$@" -cp "$LIBRARY/jars/*" kafka.Kafka \
            "$folder/settings" </dev/null >"$folder/log" 2>&1 9>&-
    ) &
    printf '%s\n' $! >"$folder/pid"
}

# wait_kafka FOLDER: until the broker answers, for two minutes at most.
wait_kafka() {
    local i port
    port=$(cat "$1/port")
    for ((i = 0; i < 1200; i++)); do
        grep -q 'Kafka Server started' "$1/log" 2>/dev/null &&
            (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
        kill -0 "$(cat "$1/pid")" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

stop_kafka() {
    local pid
    pid=$(kafka_pid "$1") || return 0
    end "$1" "$pid" TERM KILL
}

status_kafka() {
    local pid state=up
    pid=$(kafka_pid "$1") || state=down
    printf '%s 127.0.0.1:%s %s %s\n' "$(basename "$1")" "$(cat "$1/port")" "$state" "$pid"
}
