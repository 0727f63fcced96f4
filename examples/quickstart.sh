#!/usr/bin/env bash
# Replicates SQLite databases through a Kafka broker and a Kafka Connect worker, all started here
# and stopped again. Needs a JDK 17 or newer (JAVA_HOME, or java on the PATH) and nothing else.
# See --help.
set -euo pipefail

home="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
stamp="$home/examples/target/.quickstart-built"
classpath="$home/examples/target/classpath"

fail() {
  echo "quickstart: $*" >&2
  exit 1
}

find_java() {
  if [[ -n "${JAVA_HOME:-}" ]]; then
    java="$JAVA_HOME/bin/java"
    [[ -x "$java" ]] || fail "JAVA_HOME is $JAVA_HOME, but there is no bin/java in it"
  else
    java="$(command -v java)" || fail "no java on the PATH and no JAVA_HOME; install a JDK 17 or newer"
  fi
  local version
  version="$("$java" -XshowSettings:properties -version 2>&1 |
    sed -n 's/^ *java\.specification\.version = //p')"
  [[ "$version" =~ ^[0-9]+$ && "$version" -ge 17 ]] ||
    fail "$java is Java ${version:-unknown}; a JDK 17 or newer is needed"
}

is_built() {
  [[ -f "$stamp" && -f "$classpath" ]] || return 1
  local newer entry
  newer="$(find "$home/pom.xml" "$home"/*/pom.xml "$home"/*/src -newer "$stamp" -print -quit)"
  [[ -z "$newer" ]] || return 1
  # Somebody may have cleaned a module or the local Maven repository since.
  local IFS=:
  for entry in $(<"$classpath"); do
    [[ -e "$entry" ]] || return 1
  done
  [[ -d "$home/connector/target/walcast-connector-plugin" ]]
}

build() {
  has_compiler || fail "$java comes without a compiler; install a JDK, not a JRE"
  # Without the tests and what only they need.
  echo "Building Walcast (the first time this downloads Maven, Kafka and SQLite; some minutes)."
  (cd "$home" && ./mvnw -q -B -ntp -Dmaven.test.skip=true -Dspotless.check.skip=true -pl examples -am package) || fail "the build failed"
  touch "$stamp"
}

has_compiler() {
  "$java" --list-modules 2>/dev/null | grep -q '^jdk\.compiler'
}

usage() {
  cat <<'TEXT'
Usage: quickstart.sh [--seconds N]
       quickstart.sh --databases DIR --replicas DIR [--once]

Replicates SQLite databases through a Kafka broker and a Kafka Connect worker that it starts
itself, and stops again.

  (no option)       a demo: makes a few databases, lets another process write to them with stock
                    SQLite, and compares every replica with its primary at the end
  --seconds N       how long the demo writes; 15 if not given
  --databases DIR   replicate every SQLite database below DIR, until Ctrl-C
  --replicas DIR    where the replicas appear: DIR/shop/orders.db for <databases>/shop/orders.db.
                    What Kafka and the connectors have to remember goes to DIR/.quickstart, so
                    that a second run goes on where the first one stopped
  --once            stop when the replicas hold everything that was committed at the start, and
                    compare them
  --help            this text

Exit code: 0 if every replica equals its primary, 1 if not or if something fails, 2 for a command
line that makes no sense.
TEXT
}

for argument in "$@"; do
  if [[ "$argument" == --help || "$argument" == -h ]]; then
    usage
    exit 0
  fi
done
find_java
if ! is_built; then
  build
fi
terminal=false
if [[ -t 1 ]]; then
  terminal=true
fi
# exec, so that signals reach the one process that stops everything.
exec "$java" -Xshare:auto -XX:+UseSerialGC -XX:-UsePerfData -Xmx1g \
  -Dwalcast.quickstart.home="$home" -Dwalcast.quickstart.terminal="$terminal" \
  -cp "$home/examples/target/classes:$(<"$classpath")" io.walcast.examples.QuickStart "$@"
