# shellcheck shell=bash
# The end of scripts/demo: the page on which people decide what the machine was not sure of. Sourced
# by it.

# Seconds after which the services end although nobody has pressed Enter.
STAY_S=3600
# Seconds that the review server may take to answer for the first time.
READY_S=30

start_review() {
    local program="$RELEASE/ivendor-review" i
    REVIEW=$(setting review listen)
    "$program" serve --config "$DEMO/ivendor.toml" >"$DEMO/review.log" 2>&1 &
    REVIEWER=$!
    $KEEP || STOP+=("$REVIEWER")
    TOKEN=$("$program" token create --reviewer ann --scope review --days 1 \
        --config "$DEMO/ivendor.toml")
    for ((i = 0; i < READY_S * 10; i++)); do
        ! (exec 3<>"/dev/tcp/${REVIEW/:/\/}") 2>/dev/null || break
        kill -0 "$REVIEWER" 2>/dev/null || break
        sleep 0.1
    done
    CASES=$(ask "select count(*) from review_case where state = 'open'" |
        awk '{ cases += $1 } END { print cases }')
    python3 scripts/demo_review.py "$REVIEW" "$CASES" <<<"$TOKEN" ||
        fail 1 "the review server does not work; see $DEMO/review.log"
}

# Whether somebody is there who could look at the page.
is_watched() { [ -t 0 ] && [ -t 2 ]; }

tell_review() {
    local waiting="$CASES cases wait"
    [ "$CASES" -ne 1 ] || waiting="1 case waits"
    say ""
    $KEEP || is_watched || {
        say "$waiting for a person. On a terminal, or with --keep, their page stays open."
        return
    }
    say "$waiting for a person:

  open     http://$REVIEW
  sign in  $TOKEN
  press    n for the first case, then a to approve or r to reject; ? shows every key"
    $KEEP || stay
}

# Keeps the services until somebody has seen enough.
stay() {
    say "
Enter or Ctrl-C ends the demo with its services; in $((STAY_S / 60)) minutes it ends by itself."
    trap 'say ""; exit 0' INT
    read -r -t "$STAY_S" || true
    trap - INT
}
