#!/usr/bin/env bash
# The packages' tests on other versions of Node than the one that runs npm: the `node` package of npm brings the binaries.
#
#   scripts/test-node-versions.sh [VERSION…]      # 22 and 24 unless given; build first
#
# AUTODRAG_NODE_PACKAGES says which packages (folders of packages/); by default those that people import into programs of their own.
set -euo pipefail
cd "$(dirname "$0")/.."
versions=("$@")
[ $# -gt 0 ] || versions=(22 24)
read -ra packages <<<"${AUTODRAG_NODE_PACKAGES:-nn latent-regularizer latent-predictor}"

for version in "${versions[@]}"; do
  home="$PWD/node_modules/.cache/node-versions/$version"
  mkdir -p "$home"
  [ -x "$home/node_modules/node/bin/node" ] || npm install --prefix "$home" --no-save --no-audit --no-fund "node@$version" >/dev/null
  node="$home/node_modules/node/bin/node"
  echo "=== Node $("$node" --version)"
  for package in "${packages[@]}"; do
    [ -d "packages/$package/src" ] || continue
    (cd "packages/$package" && PATH="$home/node_modules/node/bin:$PATH" "$node" ../../node_modules/vitest/vitest.mjs run --reporter=dot)
  done
done
