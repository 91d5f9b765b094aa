#!/usr/bin/env bash
# Builds the control plane that the tests start and prints where it is: nothing
# but NAME=PATH lines go to stdout, everything else goes to stderr.
#
#   KUBEBUILDER_ASSETS  folder of ready binaries; only what it lacks is built
#   BACKSTOP_CACHE      where built binaries are kept, $XDG_CACHE_HOME/backstop
#                       or ~/.cache/backstop when unset
#
# Exit codes: 0 all binaries exist, 1 a build failed, 2 something has to be set
# right first (no Go, a Go too old, an incomplete KUBEBUILDER_ASSETS).
set -euo pipefail

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)

# One table for everything that is known about a binary: the module (a folder
# here) and the package that make it.
package_of() {
  case $1 in
    etcd) echo 'etcd go.etcd.io/etcd/server/v3' ;;
    kwok) echo 'kwok sigs.k8s.io/kwok/cmd/kwok' ;;
    *) echo "kubernetes k8s.io/kubernetes/cmd/$1" ;;
  esac
}

say() { printf 'backstop: %s\n' "$*" >&2; }
fail() { code=$1; shift; say "$@"; exit "$code"; }

# go_mod FOLDER WORD: the last field of the line of FOLDER/go.mod that starts
# with WORD, which is a module's version or the Go version it needs.
go_mod() {
  local words
  while read -r -a words; do
    [ "${words[0]:-}" = require ] && words=("${words[@]:1}")
    if [ "${words[0]:-}" = "$2" ]; then
      echo "${words[1]}"
      return
    fi
  done <"$here/$1/go.mod"
  fail 1 "$here/$1/go.mod names no version of $2"
}

# The versions, and with them the cache key, are what the go.mod files say.
kubernetes_version=$(go_mod kubernetes k8s.io/kubernetes)
etcd_version=$(go_mod etcd go.etcd.io/etcd/server/v3)
kwok_version=$(go_mod kwok sigs.k8s.io/kwok)
key=k8s-${kubernetes_version#v}_etcd-${etcd_version#v}_kwok-${kwok_version#v}

cache=${BACKSTOP_CACHE:-${XDG_CACHE_HOME:-${HOME:?is not set, set BACKSTOP_CACHE}/.cache}/backstop}
case $cache in /*) ;; *) cache=$PWD/$cache ;; esac
bin=$cache/cluster/$key

assets=${KUBEBUILDER_ASSETS:-}
if [ -n "$assets" ]; then
  case $assets in /*) ;; *) assets=$PWD/$assets ;; esac
  for name in etcd kube-apiserver; do
    [ -x "$assets/$name" ] ||
      fail 2 "KUBEBUILDER_ASSETS is $assets, which has no $name: point it at a folder that has etcd and kube-apiserver, or unset it"
  done
fi

# find_binary NAME: where it is; fails when it has to be built.
find_binary() {
  if [ -n "$assets" ] && [ -x "$assets/$1" ]; then
    echo "$assets/$1"
  elif [ "$1" = kubectl ] && type -P kubectl; then
    : # any kubectl will do, and type has printed it
  elif [ -x "$bin/$1" ]; then
    echo "$bin/$1"
  else
    return 1
  fi
}

find_missing() {
  missing=()
  local name
  for name in etcd kube-apiserver kube-controller-manager kwok kubectl; do
    find_binary "$name" >/dev/null || missing+=("$name")
  done
}

# Go itself may fetch the release that go.mod asks for (GOTOOLCHAIN), so it is
# asked inside the module; Go before 1.21 does not compare, so it is done here.
require_go() {
  local needed found
  needed=$(go_mod kubernetes go)
  local cure="install it, or point KUBEBUILDER_ASSETS at a folder with etcd, kube-apiserver, kube-controller-manager and kwok"
  type -P go >/dev/null ||
    fail 2 "the test control plane is built with Go ($needed or newer), which is not on PATH: $cure"
  found=$(cd "$here/kubernetes" && go env GOVERSION 2>/dev/null) || found=
  if [ -z "$found" ] || ! at_least "${found#go}" "$needed"; then
    found=$(cd / && GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) || found='unknown version'
    fail 2 "the test control plane is built with Go ($needed or newer), and the one on PATH is ${found#go}: $cure"
  fi
}

# at_least 1.26.8 1.26: compares major and minor numbers.
at_least() {
  local have want
  IFS=. read -r -a have <<<"${1%%[!0-9.]*}"
  IFS=. read -r -a want <<<"$2"
  [ "${have[0]:-0}" -gt "${want[0]}" ] ||
    { [ "${have[0]:-0}" -eq "${want[0]}" ] && [ "${have[1]:-0}" -ge "${want[1]}" ]; }
}

# The version that clients and logs report; without it, it is v0.0.0-master.
ld_flags() {
  local flags='-s -w' package major minor
  if [ "$1" = kubernetes ]; then
    IFS=. read -r major minor _ <<<"${kubernetes_version#v}"
    for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
      flags+=" -X $package.gitVersion=$kubernetes_version"
      flags+=" -X $package.gitMajor=$major -X $package.gitMinor=$minor"
    done
  fi
  echo "$flags"
}

build() {
  local name=$1 module package started=$SECONDS
  read -r module package <<<"$(package_of "$name")"
  printf 'backstop: building %s ... ' "$name" >&2
  if ! (cd "$here/$module" && CGO_ENABLED=0 GOWORK=off GOOS='' GOARCH='' \
    go build -mod=readonly -trimpath -ldflags "$(ld_flags "$module")" \
    -o "$work/$name" "$package") >"$work/log" 2>&1 9>&-; then
    printf 'failed\n' >&2
    tail -n 20 "$work/log" >&2
    fail 1 "go build of $name failed after $((SECONDS - started)) s; its last lines are above"
  fi
  local size
  size=$(wc -c <"$work/$name")
  mv -f "$work/$name" "$bin/$name"
  printf 'took %d s, %d MB\n' "$((SECONDS - started))" "$((size / 1000000))" >&2
}

build_missing() {
  require_go
  mkdir -p "$bin"
  # Two runs at once would only do the work twice, each rename is atomic: so
  # a system without flock goes on without a lock.
  exec 9>"$bin/.lock"
  if type -P flock >/dev/null; then
    if ! flock -n 9; then
      say "another build is running, waiting for it"
      flock 9
      find_missing
    fi
    rm -rf "$bin"/.build.* # left by a run that was killed
  fi
  [ "${#missing[@]}" -gt 0 ] || return 0
  work=$(mktemp -d "$bin/.build.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  say "building ${missing[*]} into $bin (everything, the first time: about 7 minutes on two cores)"
  local name
  for name in "${missing[@]}"; do
    build "$name"
  done
}

find_missing
[ "${#missing[@]}" -eq 0 ] || build_missing
for name in etcd kube-apiserver kube-controller-manager kwok kubectl; do
  echo "$name=$(find_binary "$name")"
done
