#!/bin/sh
# Usage: install.sh VENV LOCKFILE
# Makes VENV from Python 3.11 or later and installs LOCKFILE, hashes checked, and Satchel itself into it.
# Uses uv where it is on the PATH, and pip where it is not.
set -eu
venv=$1
lockfile=$2

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "Satchel needs Python 3.11 or later, and none is on the PATH." >&2
    exit 1
}

if [ ! -x "$venv/bin/python" ]; then
    python=$(find_python)
    echo "Making $venv with $("$python" --version)"
    if command -v uv >/dev/null 2>&1; then
        uv venv --quiet --python "$python" "$venv"
    elif ! "$python" -m venv "$venv"; then
        rm -rf "$venv"
        echo "$python has no venv module (Debian and Ubuntu: apt-get install python3-venv); uv works too." >&2
        exit 1
    fi
fi

echo "Installing $lockfile and Satchel"
if command -v uv >/dev/null 2>&1; then
    uv pip install --quiet --python "$venv/bin/python" --require-hashes -r "$lockfile"
    uv pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation --editable .
else
    pip="$venv/bin/python -m pip install --quiet --disable-pip-version-check"
    $pip --require-hashes -r "$lockfile"
    $pip --no-deps --no-build-isolation --editable .
fi
