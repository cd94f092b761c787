#!/usr/bin/env bash
# Installs the Debian packages that are missing: tests/deps.sh run|test|bench|lint
set -euo pipefail
run="gcc g++ make pkg-config libmicrohttpd-dev libuv1-dev libjansson-dev libcurl4-openssl-dev libssl-dev libpq-dev libtalloc-dev
	libutf8proc-dev libicu-dev libglib2.0-dev libyaml-dev zlib1g-dev libphonenumber-dev tzdata postgresql"
test="$run clang libclang-rt-14-dev libcmocka-dev kannel kannel-extras prometheus nodejs npm procps curl"
bench="$run kannel kannel-extras nodejs npm wrk"
lint="$run clang-format clang-tidy cppcheck"
missing=()
for p in ${!1}; do
	dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$p")
done
# Node.js may be there without Debian's package
if command -v node >/dev/null && command -v npm >/dev/null; then
	missing=($(printf '%s\n' "${missing[@]:-}" | grep -vxE 'nodejs|npm' || true))
fi
[ ${#missing[@]} -gt 0 ] || exit 0
sudo=()
[ "$(id -u)" = 0 ] || sudo=(sudo)
echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
# no default cluster and no services: we start what we need ourselves
"${sudo[@]}" mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' | "${sudo[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
