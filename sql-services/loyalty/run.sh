#!/bin/sh
# Runs the service loyalty: service.sql again and again, with a rest when there was nothing to do.
# Kill it whenever you like: a batch is one transaction.
#
#   run.sh         until it is stopped
#   run.sh once    until there is nothing to do
#
# With psql on the PATH, psql runs it, by the usual PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD
# (or the home of an embedded server, if PGHOST is not set); without, ./commondata sql does.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
home=${COMMONDATA_HOME:-$project/.commondata}

if [ -z "${PGHOST:-}" ] && [ -r "$home/postgres/port" ]; then
  PGHOST=127.0.0.1
  PGPORT=$(cat "$home/postgres/port")
  PGDATABASE=commondata
  PGUSER=loyalty_service
  PGPASSWORD=$(cat "$home/secrets/loyalty_service")
  export PGHOST PGPORT PGDATABASE PGUSER PGPASSWORD
fi
export PGAPPNAME="loyalty-$$"

if command -v psql >/dev/null 2>&1; then
  service() { psql -X -q -A -t -v ON_ERROR_STOP=1 -f "$here/service.sql"; }
else
  service() { "$project/commondata" sql --login loyalty_service --file "$here/service.sql"; }
fi

mode=${1:-}
while :; do
  if answer=$(service); then
    # Without events, but something waits: others have it, or more is to be numbered first.
    # shellcheck disable=SC2046
    set -- $(printf '%s\n' "$answer" | tail -n 1 | tr '|' ' ')
  else
    # It has said why; whatever it was, nothing was done.
    set -- 0 true
    [ "$mode" != once ] || exit 1
  fi
  if [ "$1" -eq 0 ]; then
    [ "$mode$2" != oncefalse ] || exit 0
    sleep 1
  fi
done
