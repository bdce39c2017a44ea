#!/usr/bin/env bash
# Installs a release of Loadpath, unless a program of that name is there already.
set -euo pipefail

if command -v loadpath >/dev/null; then
    loadpath --version
    exit 0
fi
version=${LOADPATH_VERSION:-latest}
case $(uname -sm) in
    "Linux x86_64") target=x86_64-unknown-linux-gnu ;;
    "Linux aarch64") target=aarch64-unknown-linux-gnu ;;
    *)
        echo "::error::loadpath: there is no release for $(uname -sm); install it with cargo before this step" >&2
        exit 2
        ;;
esac
if [[ $version == latest ]]; then
    from=https://github.com/loadpath/loadpath/releases/latest/download
else
    from=https://github.com/loadpath/loadpath/releases/download/$version
fi
folder=${RUNNER_TEMP:?}/loadpath-bin
mkdir -p "$folder"
cd "$folder"
archive=loadpath-$target.tar.gz
curl --fail --silent --show-error --location --retry 3 --remote-name-all "$from/$archive" "$from/$archive.sha256"
sha256sum --check --quiet "$archive.sha256"
tar --extract --gzip --file "$archive"
echo "$folder" >>"${GITHUB_PATH:?}"
./loadpath --version
