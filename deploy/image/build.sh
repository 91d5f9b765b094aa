#!/bin/sh
# The cargo steps of the image, here and not in the Dockerfile so that tests/deploy runs the same lines without a
# container engine. Run it in the root of the package.
#
#   build.sh deps     compiles the dependencies, from the manifest and the lock file alone
#   build.sh app      compiles Backstop and puts it into BACKSTOP_OUT
#   build.sh verify   fails unless that program is static and starts
set -eu

profile=${BACKSTOP_BUILD_PROFILE:-release}
target=${CARGO_TARGET_DIR:-target}
out=${BACKSTOP_OUT:-/out}

build() {
	cargo build --locked --profile "$profile" --features mimalloc --bin backstop
}

# Prints the source file of every target that the manifest names: cargo insists that they exist.
named_targets() {
	awk -F '"' '
		function flush() {
			if (path != "") print path
			else if (name != "" && dir != "") print dir "/" name ".rs"
			path = ""; name = ""; dir = ""
		}
		/^\[/ { flush(); named = 0 }
		/^\[lib\]/ { named = 1 }
		/^\[\[bin\]\]/ { named = 1; dir = "src/bin" }
		/^\[\[bench\]\]/ { named = 1; dir = "benches" }
		/^\[\[test\]\]/ { named = 1; dir = "tests" }
		/^\[\[example\]\]/ { named = 1; dir = "examples" }
		named && /^name *=/ { name = $2 }
		named && /^path *=/ { path = $2 }
		END { flush() }
	' Cargo.toml
}

deps() {
	named_targets | while read -r file; do
		mkdir -p "$(dirname "$file")"
		[ -e "$file" ] || echo 'fn main() {}' >"$file"
	done
	build
}

app() {
	# COPY keeps the times of the files, which are older than what was just built from the stubs: cargo would
	# call the stubs up to date.
	find src -name '*.rs' -exec touch {} +
	build
	case $profile in
	dev) from=$target/debug ;;
	*) from=$target/$profile ;;
	esac
	mkdir -p "$out"
	cp "$from/backstop" "$out/backstop"
}

verify() {
	headers=$(readelf --program-headers --wide "$out/backstop")
	if printf '%s\n' "$headers" | grep -q INTERP; then
		echo "build.sh: $out/backstop needs a dynamic loader, which the image does not have" >&2
		exit 1
	fi
	"$out/backstop" --version
}

case ${1-} in
deps | app | verify) "$1" ;;
*)
	echo "usage: build.sh deps|app|verify" >&2
	exit 2
	;;
esac
