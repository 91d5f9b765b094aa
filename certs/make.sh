#!/bin/sh
# Makes a CA and a serving certificate for the webhook and writes what the cluster needs of them, ready to apply.
#
#   certs/make.sh [-o DIR] [-s SERVICE] [-n NAMESPACE] [-r | -k OLD_CA]
#
#   -o DIR        where everything goes (default certs/out, which git ignores)
#   -s SERVICE    name of the webhook's Service (default backstop)
#   -n NAMESPACE  its namespace (default backstop)
#   -r            renew: sign with the CA that is in DIR, so that the caBundle stays as it is
#   -k OLD_CA     replace the CA, and go on trusting this one too (see README.md)
#
# The program is $BACKSTOP, else `backstop` on PATH, else `cargo run` in this checkout. The CA's private key is never
# stored in the cluster: keep it elsewhere, or delete it and make a new CA next time. Without -r and -k nothing is overwritten.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
dir=$root/certs/out
service=backstop
namespace=backstop
old_ca=
renew=

usage() {
	sed -n '2,/^set -eu/{/^#/{s/^# \{0,1\}//;p;};}' "$0" >&2
	exit 2
}

while getopts :o:s:n:rk: option; do
	case $option in
	o) dir=$OPTARG ;;
	s) service=$OPTARG ;;
	n) namespace=$OPTARG ;;
	r) renew=yes ;;
	k) old_ca=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 0 ] || usage
[ -z "$renew" ] || [ -z "$old_ca" ] || usage

generate() {
	set -- certs generate --out "$dir" --service "$service" --namespace "$namespace"
	if [ -n "$renew" ]; then
		set -- "$@" --force --ca-cert "$dir/ca.crt" --ca-key "$dir/ca.key"
	elif [ -n "$old_ca" ]; then
		set -- "$@" --force
	fi
	if [ -n "${BACKSTOP-}" ]; then
		"$BACKSTOP" "$@"
	elif command -v backstop >/dev/null; then
		backstop "$@"
	else
		cargo run --quiet --locked --manifest-path "$root/Cargo.toml" --bin backstop -- "$@"
	fi
}

# Base64 on one line; `base64 -w0` is not portable.
one_line() {
	base64 | tr -d '\n'
}

# Read before the new ones are written: OLD_CA may be DIR/ca.crt itself.
old_bundle=
if [ -n "$old_ca" ]; then
	old_bundle=$(cat "$old_ca")
fi

# The keys are readable for their owner alone. Not set for the program, which sees to its own files: `cargo run` would make a
# target folder that nobody else can read.
(umask 077 && mkdir -p "$dir")
generate
umask 077

cat >"$dir/secret.yaml" <<EOF
apiVersion: v1
kind: Secret
metadata:
  name: backstop-tls
  namespace: $namespace
type: kubernetes.io/tls
data:
  tls.crt: $(one_line <"$dir/tls.crt")
  tls.key: $(one_line <"$dir/tls.key")
EOF

bundle=$({
	cat "$dir/ca.crt"
	[ -z "$old_bundle" ] || printf '%s\n' "$old_bundle"
} | one_line)
# The test keeps the patch from landing on another webhook, should somebody have added one in front.
cat >"$dir/ca-bundle.json" <<EOF
[
  {"op": "test", "path": "/webhooks/0/name", "value": "ingress.backstop.dev"},
  {"op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": "$bundle"}
]
EOF

cat <<EOF
Certificates for $service.$namespace.svc are in $dir. To use them:

  kubectl apply -f $dir/secret.yaml
  kubectl patch validatingwebhookconfiguration backstop --type=json --patch-file=$dir/ca-bundle.json
EOF
