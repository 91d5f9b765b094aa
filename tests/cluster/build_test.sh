#!/usr/bin/env bash
# Holds build.sh to what it promises, with a stand-in for go that only writes
# the file it is asked for. Takes a second; needs neither Go nor a network.
set -euo pipefail

build=$(cd "${BASH_SOURCE[0]%/*}" && pwd)/build.sh
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
unset KUBEBUILDER_ASSETS XDG_CACHE_HOME
failures=0

# A PATH with the tools that build.sh uses and, by choice, go and kubectl.
path_with() {
  local dir=$tmp/path-$1 tool
  mkdir -p "$dir"
  for tool in bash cat chmod cp flock mkdir mktemp mv rm sleep tail wc; do
    ! type -P "$tool" >/dev/null || ln -sf "$(type -P "$tool")" "$dir/$tool"
  done
  echo "$dir"
}

fake_go() {
  cat >"$1/go" <<'GO'
#!/usr/bin/env bash
echo "$*" >>"$GO_CALLS"
if [ "$1" = list ]; then
  echo "$GO_MODULES"
  exit
fi
if [ "$1" = env ]; then
  [ -z "${GO_REFUSES:-}" ] || [ -n "${GOTOOLCHAIN:-}" ] || exit 1
  echo "go$GO_VERSION"
  exit
fi
while [ "$1" != -o ]; do shift; done
echo '#!/bin/true' >"$2"
chmod +x "$2"
sleep "${GO_TAKES:-0}"
case $2 in */"${GO_BREAKS:-none}") echo 'undefined: thing' >&2; exit 1 ;; esac
GO
  chmod +x "$1/go"
}

bare=$(path_with bare)
with_go=$(path_with go)
fake_go "$with_go"
export GO_CALLS=$tmp/calls GO_VERSION=1.26.8

# run CASE PATH [VARIABLE=VALUE ...]: one run with a cache of the case's own.
run() {
  current=$1
  local path=$2
  shift 2
  : >"$tmp/out"
  : >"$GO_CALLS"
  status=0
  env PATH="$path" BACKSTOP_CACHE="$tmp/cache of $current" "$@" "$build" >"$tmp/out" 2>"$tmp/err" || status=$?
}

# expect WHAT STATUS BUILDS: exit status and number of go builds of the last
# run; a run that succeeds prints all five, any other prints nothing.
expect() {
  local builds printed
  builds=$(grep -c '^build' "$GO_CALLS" || true)
  [ "$status" = "$2" ] || report "$1: exit status $status instead of $2"
  [ "$builds" = "$3" ] || report "$1: $builds builds instead of $3"
  printed=$(while IFS='=' read -r name path; do [ -x "$path" ] && printf '%s ' "$name"; done <"$tmp/out")
  if [ "$2" = 0 ]; then
    [ "$printed" = 'etcd kube-apiserver kube-controller-manager kwok kubectl ' ] || report "$1: stdout has $printed"
  elif [ -s "$tmp/out" ]; then
    report "$1: a failed run printed to stdout"
  fi
}

prints() { grep -qxF "$1" "$tmp/out" || report "stdout lacks $1"; }
says() { grep -qF "$1" "$tmp/err" || report "stderr lacks $1"; }
says_lines() { [ "$(wc -l <"$tmp/err")" -eq "$1" ] || report "stderr should have $1 lines"; }

report() {
  failures=$((failures + 1))
  echo "FAILED ($current) $1"
  sed 's/^/  | /' "$tmp/out" "$tmp/err"
}

run all "$with_go"
expect 'the first run builds all five' 0 5
says_lines 6
run all "$with_go"
expect 'the second run builds nothing' 0 0
says_lines 0
[ ! -s "$GO_CALLS" ] || report 'the second run called go'
run all "$bare"
expect 'what is cached needs no Go' 0 0

run no-go "$bare"
expect 'no Go' 2 0
says 'built with Go (1.26 or newer), which is not on PATH: install it, or point KUBEBUILDER_ASSETS at'
says_lines 1
run old-go "$with_go" GO_VERSION=1.20.1
expect 'a Go that does not read the version in go.mod' 2 0
says 'the one on PATH is 1.20.1'
says_lines 1
run refusing-go "$with_go" GO_VERSION=1.24.3 GO_REFUSES=1
expect 'a Go that refuses go.mod' 2 0
says 'the one on PATH is 1.24.3'
says_lines 1
run candidate "$with_go" GO_VERSION=1.27rc1
expect 'a newer release candidate' 0 5
run major "$with_go" GO_VERSION=2.0
expect 'a newer major version' 0 5

run broken "$with_go" GO_BREAKS=kwok
expect 'a failing build' 1 4
says 'undefined: thing'
says 'building kwok failed'
run broken "$with_go"
expect 'a run after a failure keeps what was built' 0 2

executable() { printf '#!/bin/sh\n' >"$1" && chmod +x "$1"; }
mkdir "$tmp/own" "$tmp/assets"
executable "$tmp/own/kubectl"
run kubectl "$with_go:$tmp/own"
expect 'kubectl on PATH' 0 4
prints "kubectl=$tmp/own/kubectl"

for file in etcd kube-apiserver kubectl; do executable "$tmp/assets/$file"; done
run assets "$with_go:$tmp/own" KUBEBUILDER_ASSETS="$tmp/assets"
expect 'KUBEBUILDER_ASSETS without controller manager and kwok' 0 2
prints "etcd=$tmp/assets/etcd"
prints "kubectl=$tmp/assets/kubectl"
rm "$tmp/assets/kube-apiserver"
run incomplete "$with_go" KUBEBUILDER_ASSETS="$tmp/assets"
expect 'KUBEBUILDER_ASSETS without kube-apiserver' 2 0
says "KUBEBUILDER_ASSETS is $tmp/assets, which has no kube-apiserver"
run absent "$with_go" KUBEBUILDER_ASSETS="$tmp/nowhere"
expect 'KUBEBUILDER_ASSETS that does not exist' 2 0
says "KUBEBUILDER_ASSETS is $tmp/nowhere, which has no etcd"

# Programs of the judge, by name only.
modules=$tmp/modules
mkdir -p "$modules/examples/contour" "$modules/rootfs/etc/nginx/template"
: >"$modules/examples/contour/01-crds.yaml"
: >"$modules/rootfs/etc/nginx/template/nginx.tmpl"
# names NAME...: as run and expect, for these programs.
names() {
  : >"$GO_CALLS"
  status=0
  env PATH="$with_go" BACKSTOP_CACHE="$tmp/cache of judges" GO_MODULES="$modules" "$build" "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
  current="names $*"
}
names traefik contour ingress-nginx
[ "$status" = 0 ] && [ "$(cut -d= -f1 "$tmp/out" | tr '\n' ' ')" = 'traefik contour ingress-nginx ' ] ||
  report 'three programs by name'
[ "$(grep -c '^build' "$GO_CALLS")" = 3 ] || report 'what was not asked for was built'
for file in contour-*/01-crds.yaml ingress-nginx-*/etc/template/nginx.tmpl; do
  compgen -G "$tmp/cache of judges/cluster/$file" >/dev/null || report "$file is missing"
done
names contour
[ "$status" = 0 ] && [ ! -s "$GO_CALLS" ] || report 'a cached program was built again'
names nothing
[ "$status" = 2 ] || report "an unknown name: exit status $status instead of 2"
says 'there is nothing to build that is called nothing'

# Two at once: both write to the same list of calls.
if type -P flock >/dev/null; then
  : >"$GO_CALLS"
  for run in 1 2; do
    env PATH="$with_go" BACKSTOP_CACHE="$tmp/cache of two" GO_TAKES=0.1 "$build" >"$tmp/out$run" 2>"$tmp/err" &
  done
  wait
  current=two
  status=0
  cp "$tmp/out1" "$tmp/out"
  expect 'two runs at once' 0 5
  cmp "$tmp/out1" "$tmp/out2" || report 'two runs at once printed different paths'
fi

[ "$failures" = 0 ] || exit 1
echo 'build.sh: all cases pass'
