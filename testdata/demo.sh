#!/usr/bin/env bash
# The counter example, end to end: serve it on a free loopback port with a fresh
# data directory, ask it, stop the daemon, start it again, and see that the
# count goes on. Leaves no process and no file behind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
facetd=${FACETD:-bin/facetd}
app=testdata/counter/app.js

work=$(mktemp -d)
daemon=
cleanup() {
	status=$?
	trap - EXIT INT TERM
	if [ -n "$daemon" ]; then
		kill -TERM "$daemon" 2>/dev/null || true
		wait "$daemon" 2>/dev/null || true
	fi
	rm -rf "$work"
	exit $status
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '\n%s\n' "$*"; }

start() {
	say "\$ facetd serve $app --listen 127.0.0.1:0 --data DIR"
	: >"$work/log"
	"$facetd" serve "$app" --listen 127.0.0.1:0 --data "$work/data" 2>"$work/log" &
	daemon=$!
	url=
	for _ in $(seq 300); do # 30 s
		url=$(sed -n 's/^.*listening on \(http:[^ ]*\).*$/\1/p' "$work/log" | head -n 1)
		[ -z "$url" ] || break
		if ! kill -0 "$daemon" 2>/dev/null; then break; fi
		sleep 0.1
	done
	if [ -z "$url" ]; then
		echo "demo: facetd did not start; it said:" >&2
		cat "$work/log" >&2
		exit 1
	fi
	echo "listening on $url"
}

stop() {
	say "stopping the daemon"
	kill -TERM "$daemon"
	local status=0
	wait "$daemon" || status=$?
	daemon=
	if [ $status -ne 0 ]; then
		echo "demo: facetd ended with status $status; it said:" >&2
		cat "$work/log" >&2
		exit 1
	fi
}

ask() { # ask N: the answer must be the Nth
	local answer
	echo "\$ curl $url/"
	if ! answer=$(curl --silent --show-error --fail-with-body --max-time 30 "$url/") ||
		[ "$answer" != "You have made $1 requests." ]; then
		echo "demo: expected \"You have made $1 requests.\", got \"$answer\"; facetd said:" >&2
		cat "$work/log" >&2
		exit 1
	fi
	echo "$answer"
}

say "The app ($app):"
sed 's/^/    /' "$app"
start
ask 1
ask 2
ask 3
stop
say "the same data directory again:"
start
ask 4
ask 5
stop

cat <<END

The count went on: each answer left only after its write was on disk.
Run it yourself:

    bin/facetd serve $app --listen 127.0.0.1:8787 --data ./counter-data
    curl http://127.0.0.1:8787/
END
