#!/usr/bin/env bash
# Makes the `node` backend (@tensorflow/tfjs-node) run where its own installer cannot download libtensorflow:
# takes headers and libraries from the `tensorflow-cpu` wheel of PyPI and compiles the addon with g++.
#
#   scripts/install-libtensorflow.sh        # needs: npm ci done, python3 with pip, unzip, g++, Node's headers; about 1.2 GB of disk
#
# Everything goes to .libtensorflow/ (ignored by git); one link in node_modules/@tensorflow makes it importable.
# Run it again after `npm ci`, which removes the link: nothing is downloaded or compiled twice.
set -euo pipefail
cd "$(dirname "$0")/.."

tfjs_version=4.22.0
wheel_version=2.21.0
home="$PWD/.libtensorflow"
package="$home/node_modules/@tensorflow/tfjs-node"
addon="$package/lib/napi-v8/tfjs_binding.node"

link() {
  mkdir -p node_modules/@tensorflow
  rm -rf node_modules/@tensorflow/tfjs-node
  ln -s ../../.libtensorflow/node_modules/@tensorflow/tfjs-node node_modules/@tensorflow/tfjs-node
}

check() {
  node --input-type=module -e "
    const tf = await import('@tensorflow/tfjs-node');
    const product = tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).dataSync();
    if (product[0] !== 3) throw new Error('libtensorflow computed ' + product[0] + ' for 1+1+1');
    console.log('tfjs-node', tf.version['tfjs-node'] ?? '', 'on libtensorflow', tf.node.getTFVersion?.() ?? '$wheel_version');
  " 2>/dev/null
}

if [ -f "$addon" ]; then
  link
  if check; then exit 0; fi
  echo 'the present build does not load: building anew' >&2
fi

node_headers=''
for candidate in "$(dirname "$(dirname "$(node -p process.execPath)")")/include/node" /usr/include/node /usr/local/include/node; do
  if [ -f "$candidate/node_api.h" ]; then node_headers="$candidate"; break; fi
done
if [ -z "$node_headers" ]; then
  echo "no node_api.h found beside $(command -v node): install Node's headers (Debian: libnode-dev, or the archive of nodejs.org, which has them)" >&2
  exit 1
fi

rm -rf "$home"
mkdir -p "$home/wheel"
echo "fetching tensorflow-cpu $wheel_version (270 MB)" >&2
python3 -m pip download --quiet --no-deps --only-binary=:all: --dest "$home/wheel" "tensorflow-cpu==$wheel_version"

# The addon's own dependencies; @tensorflow/tfjs is found in the project's node_modules, so that there is one copy of tfjs-core.
cat > "$home/package.json" <<JSON
{ "private": true, "dependencies": { "@mapbox/node-pre-gyp": "1.0.9", "adm-zip": "^0.5.2", "google-protobuf": "^3.9.2", "https-proxy-agent": "^2.2.1", "progress": "^2.0.0", "rimraf": "^2.6.2", "tar": "^6.2.1" } }
JSON
npm install --prefix "$home" --ignore-scripts --no-audit --no-fund --silent
(cd "$home" && npm pack --silent "@tensorflow/tfjs-node@$tfjs_version" >/dev/null)
mkdir -p "$package"
tar -xzf "$home"/tensorflow-tfjs-node-*.tgz -C "$package" --strip-components=1
rm "$home"/tensorflow-tfjs-node-*.tgz

mkdir -p "$package/deps/lib" "$package/deps/include" "$(dirname "$addon")"
unzip -q -o "$home"/wheel/*.whl 'tensorflow/libtensorflow_framework.so.2' 'tensorflow/libtensorflow_cc.so.2' \
  'tensorflow/include/tensorflow/c/*' 'tensorflow/include/tensorflow/core/platform/*' 'tensorflow/include/xla/tsl/*' 'tensorflow/include/tsl/*' \
  'tensorflow/include/tensorflow/compiler/xla/tsl/*' -d "$home/unpacked" || [ $? -eq 11 ] # 11: a pattern matched nothing; releases move their headers
mv "$home"/unpacked/tensorflow/libtensorflow*.so.2 "$package/deps/lib/"
cp -r "$home"/unpacked/tensorflow/include/. "$package/deps/include/"
ln -sf libtensorflow_cc.so.2 "$package/deps/lib/libtensorflow.so"
rm -rf "$home/wheel" "$home/unpacked"

echo 'compiling the addon' >&2
g++ -O2 -shared -fPIC -std=c++17 -DNAPI_VERSION=8 -DNODE_GYP_MODULE_NAME=tfjs_binding -w \
  -I"$node_headers" -I"$package/deps/include" -I"$package" "$package"/binding/*.cc \
  -L"$package/deps/lib" -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2 '-Wl,-rpath,$ORIGIN/../../deps/lib' \
  -o "$addon"
link
check
