#!/usr/bin/env bash
# The counter example and the project form of it, end to end: serve each on a free
# loopback port with a fresh data directory, ask it, stop the daemon, start it
# again, and see that the count goes on. Leaves no process and no file behind.
#
# The daemon runs as root, through sudo where the caller is somebody else: only
# root can give each facet a user id and a cgroup of its own. Without sudo it
# runs as the caller, who is told what is lost.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
facetd=${FACETD:-bin/facetd}
app=testdata/counter/app.js data=counter-data

as=() options=()
if [ "$(id -u)" != 0 ]; then
	if sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }; then
		as=(sudo)
		echo "The daemon runs through sudo, so that a facet gets a user id and a cgroup of its own."
	else
		options=(--accept-missing no-cgroup,no-distinct-uid)
		echo "Neither root nor sudo: the facet runs as your user and without a memory limit of its own."
		echo "That risk is accepted here because the app is known: ${options[*]}"
	fi
fi

work=$(mktemp -d)
daemon=
# sudo does not pass on a signal that comes from its own process group, so the
# daemon itself gets it; from a shell, whose kill is built in.
signal() { "${as[@]}" sh -c 'kill -TERM "$1"' sh "$(cat "$work/pid")"; }
cleanup() {
	status=$?
	trap - EXIT INT TERM
	if [ -n "$daemon" ]; then
		# Where the signal fails it has ended already.
		if signal 2>/dev/null; then wait "$daemon" || true; fi
	fi
	"${as[@]}" rm -rf "$work"
	exit $status
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '\n%s\n' "$*"; }

start() {
	say "\$ facetd serve $app --listen 127.0.0.1:0 --data DIR"
	: >"$work/log"
	"${as[@]}" sh -c 'echo $$ >"$1"; shift; exec "$@"' sh "$work/pid" \
		"$facetd" serve "$app" --listen 127.0.0.1:0 --data "$work/$data" "${options[@]}" 2>"$work/log" &
	daemon=$!
	url=
	for _ in $(seq 300); do # 30 s
		url=$(sed -n 's/^.*listening on \(http:[^ ]*\).*$/\1/p' "$work/log" | head -n 1)
		[ -z "$url" ] || break
		[ -e "/proc/$daemon" ] || break
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
	signal
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

run() { # run FILE...: shows the files, then serves $app
	local file
	for file in "$@"; do
		say "$file:"
		sed 's/^/    /' "$file"
	done
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
}

say "An app is one class, and runs as one facet."
run "$app"

say "A project brings its own supervisor: a class that loads code and runs it as a facet."
app=testdata/projects/facets data=project-data
run "$app/wrangler.jsonc" "$app/src/index.ts" "$app/src/visitor.js.txt"

cat <<END

The count went on: each answer left only after its write was on disk.
Run them yourself:

    ${as[*]}${as:+ }bin/facetd serve testdata/counter/app.js --listen 127.0.0.1:8787 --data ./counter-data${options:+ }${options[*]}
    ${as[*]}${as:+ }bin/facetd serve $app --listen 127.0.0.1:8787 --data ./$data${options:+ }${options[*]}
    curl http://127.0.0.1:8787/
END
