#!/usr/bin/env bash
# Packs every package as it would be published, installs the tarballs into a fresh project outside this repository, and
# uses them there as a third party would. What it does with them is in e2e/packed/.
#
#   e2e/packed.sh              # builds first
#   e2e/packed.sh --no-build   # packs what is in dist
#
# Ends with status 1 and one line that says what failed. AUTODRAG_PACKED_SECONDS bounds what comes after the build (180 by default).
set -euo pipefail
cd "$(dirname "$0")/.."
export TURBO_TELEMETRY_DISABLED=1 DO_NOT_TRACK=1
root=$PWD

if [ "${1:-}" != --no-build ]; then
  npx turbo run build --filter='./packages/*' --output-logs=errors-only || { echo 'packed: FAILED: the build' >&2; exit 1; }
fi

limit=${AUTODRAG_PACKED_SECONDS:-180}
SECONDS=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Runs a command in what is left of the time; says what it is for, and prints its output only if it fails.
step() {
  local what=$1 left=$((limit - SECONDS)) status=0
  shift
  if [ "$left" -le 0 ]; then echo "packed: FAILED: ${limit} s were over before: $what" >&2; exit 1; fi
  timeout --kill-after=5 "$left" "$@" >"$work/output" 2>&1 || status=$?
  if [ "$status" -eq 0 ]; then
    printf 'packed: %s (%s s)\n' "$what" "$SECONDS"
    sed -n 's/^NOTE /packed:   /p' "$work/output"
    return
  fi
  cut -c 1-300 "$work/output" | tail -n 60 >&2
  if [ "$status" -eq 124 ]; then echo "packed: FAILED: $what: not done after ${limit} s in all" >&2
  else echo "packed: FAILED: $what (status $status)" >&2; fi
  exit 1
}

for package in packages/*/; do
  [ -f "$package/dist/index.d.ts" ] || { echo "packed: FAILED: ${package}dist is not built: npm run build" >&2; exit 1; }
done

mkdir "$work/tarballs"
step 'npm pack' npm pack --silent --pack-destination "$work/tarballs" $(printf './%s ' packages/*)

# The third party's project: nothing above it, its own copy of everything.
app="$work/app"
cp -r e2e/packed "$app"
cd "$app"
printf '{ "name": "third-party", "private": true, "type": "module" }\n' >package.json
version() { node -p "require('$root/package.json').devDependencies['$1']"; }
peers=()
for name in @tensorflow/tfjs-core @tensorflow/tfjs @tensorflow/tfjs-backend-wasm typescript @types/node; do
  peers+=("$name@$(version "$name")")
done
peers+=('react@^19.2.0') # optional, of the editor's wrapper
step 'npm install of the tarballs and their peers' \
  npm install --prefer-offline --no-audit --no-fund --strict-peer-deps "$work"/tarballs/*.tgz "${peers[@]}"

step 'npm ls: nothing missing or invalid, and one tfjs-core' node one-version.mjs @tensorflow/tfjs-core
step 'each export of each package can be imported, and none starts a backend' node imports.mjs
step 'types, strict, moduleResolution NodeNext' node_modules/.bin/tsc --project tsconfig.json

# The default model, or, where its weights are not all in the repository, a random one of the same kinds.
model=()
absent=()
for name in generator regularizer predictor; do
  [ -f "$root/packages/avatars/weights/$name.safetensors" ] || absent+=("$name.safetensors")
done
if [ "${#absent[@]}" -eq 0 ]; then
  step 'the default weights are in the package' \
    ls node_modules/@autodrag/avatars/weights/{generator,regularizer,predictor}.safetensors
else
  echo "packed: packages/avatars/weights lacks ${absent[*]}: SKIPPED the default model; a tiny random one stands in for it"
  step 'a tiny random model, made and saved' node tiny-model.mjs model
  model=(model)
fi
step 'sample and drag from a script' node drag.mjs "${model[@]}"
step 'the command line' node command-line.mjs "${model[@]}"

echo "packed: all passed in $SECONDS s"
