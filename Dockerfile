# The image holds the program, the C library that it links, and nothing else:
# no shell, no package manager, no setuid file.

FROM docker.io/library/rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked --bin porteiro

# Everything the image will hold, laid out under /image.
RUN set -eu; \
    install -D target/release/porteiro /image/usr/local/bin/porteiro; \
    ldd target/release/porteiro | grep -o '/[^ ]*' | while read -r library; do \
        install -D "$library" "/image$library"; \
    done; \
    install -d -m 0700 -o 65532 -g 65532 /image/var/lib/porteiro; \
    install -d /image/etc/porteiro; \
    echo 'database.url = "sqlite:/var/lib/porteiro/porteiro.db"' >/image/etc/porteiro/porteiro.toml; \
    echo 'porteiro:x:65532:65532::/var/lib/porteiro:/nonexistent' >/image/etc/passwd; \
    echo 'porteiro:x:65532:' >/image/etc/group

FROM scratch
COPY --from=build /image /
USER 65532:65532
WORKDIR /var/lib/porteiro
VOLUME /var/lib/porteiro
EXPOSE 8080
ENV PATH=/usr/local/bin \
    PORTEIRO_SERVER__LISTEN=0.0.0.0:8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["/usr/local/bin/porteiro", "health"]
ENTRYPOINT ["/usr/local/bin/porteiro"]
CMD ["serve"]
