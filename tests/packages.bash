# What a test needs of Debian. To be sourced.

# Installs these packages; whoever may not is told their names.
install_packages() {
    [ $# -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "$0: missing: $* (Debian's names); install them, or run this as root on Debian" >&2
        return 1
    fi
    apt-get update -q </dev/null
    # RUNLEVEL=1 keeps the packages from starting servers of their own.
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "$@" </dev/null
}

has_postgres() {
    command -v initdb postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}
