# Backstop's image: one static program and the public CA certificates, nothing else.
#
#   docker build -t backstop:0.1.0 --build-arg REVISION="$(git rev-parse HEAD)" .
#
# The builder is Alpine because Rust links statically against musl there without further arguments, on x86_64 and
# aarch64 alike: build each platform on a machine of its own kind, or slowly by emulation with `docker buildx`. The result
# needs no libc, so that it can stand on `scratch`: no shell, no package manager, no base image whose fixes have to be
# followed. The price is musl's slow allocator, which the feature `mimalloc` replaces.

# The version is the one of rust-toolchain.toml, which is not copied: rustup would install clippy and rustfmt for it.
FROM rust:1.95.0-alpine3.23 AS builder
# aws-lc-rs compiles C and reads <linux/random.h>; the compiler itself is in the base image, and CMake is not needed. Not pinned: Alpine
# deletes the old revision of a package when it publishes the next, and a pinned one would stop the build.
# hadolint ignore=DL3018
RUN apk add --no-cache linux-headers
WORKDIR /build
ENV CARGO_TARGET_DIR=/build/target BACKSTOP_OUT=/out
# This layer holds the compiled dependencies and is built again only when one of them changes.
COPY Cargo.toml Cargo.lock ./
COPY deploy/image/build.sh deploy/image/build.sh
RUN sh deploy/image/build.sh deps
COPY src src
RUN sh deploy/image/build.sh app && sh deploy/image/build.sh verify

FROM scratch
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="backstop" \
      org.opencontainers.image.description="Refuses an Ingress whose Service or port does not exist" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Only for `backstop check --cluster` against an API server with a public certificate; inside a cluster the CA is mounted.
COPY --from=builder /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=builder /out/backstop /backstop
# By number, because there is no /etc/passwd, and because runAsNonRoot cannot judge a name.
USER 65532:65532
EXPOSE 8443 8080
ENTRYPOINT ["/backstop"]
CMD ["serve"]
