#!/bin/sh
# Make .venv ready, in under a second when it already is.
#   packaging/setup.sh        what the application needs
#   packaging/setup.sh dev    what its tests need, too
#   packaging/setup.sh bench  .venv-bench as well: what it is measured against
set -eu
cd "$(dirname "$0")/.."
purpose=${1:-run}
rivals=no
[ "$purpose" = bench ] && purpose=run rivals=yes

say() { printf '%s\n' "$*" >&2; }

python_of_system() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    say 'Finetune Studio needs Python 3.11 or newer; none was found.'
    say 'On Debian and Ubuntu: sudo apt-get install python3 python3-venv'
    exit 1
}

make_venv() {
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        "$python" packaging/system_libraries.py --packages python3-venv
    fi
    "$python" -m venv --clear .venv
}

# torch and torchvision are built for each other: one command, one pair, or they fail to load.
torch_pair() {
    case "$(uname -sm)" in
    'Linux aarch64') echo 'torch==2.9.1 torchvision==0.24.1' ;;
    *) echo 'torch==2.14.1 torchvision==0.29.1' ;;
    esac
}

install_packages() {
    extras=starter
    [ "$purpose" = dev ] && extras=starter,dev
    say "Setting up .venv ($extras). The first time takes some minutes."
    # Somebody who watches sees the downloads move; a log keeps to errors.
    talk=-qq
    [ -t 2 ] && talk=--progress-bar=on
    # shellcheck disable=SC2046  # the pair is two words
    .venv/bin/python -m pip install $talk $(torch_pair)
    .venv/bin/python -m pip install $talk --editable ".[$extras]"
}

# The rivals and all they need stay out of .venv, whose packages, torch before all, they share.
install_rivals() {
    bench=.venv-bench
    [ "$(cat $bench/ready 2>/dev/null)" = "$wanted" ] && return
    say "Setting up $bench."
    .venv/bin/python -m venv --clear $bench
    shared=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    own=$($bench/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    printf '%s\n' "$shared" >"$own/shared.pth"
    # shellcheck disable=SC2046  # the pair is two words
    $bench/bin/python -m pip install -qq $(torch_pair) --editable '.[bench]'
    printf '%s\n' "$wanted" >$bench/ready
}

# Python writes the compiled files that let the next start be a quick one.
unset PYTHONDONTWRITEBYTECODE

if .venv/bin/python -c '' 2>/dev/null; then
    python=.venv/bin/python
else
    python=$(python_of_system)
    make_venv
fi
case "$(uname -s)" in
Linux) "$python" packaging/system_libraries.py --for "$purpose" ;;
esac

wanted="$(cksum <pyproject.toml) $(torch_pair) $PWD $(.venv/bin/python -V)"
stamp=.venv/ready-$purpose
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    install_packages
    printf '%s\n' "$wanted" >"$stamp"
    # Whatever the tests need includes what the application needs.
    [ "$purpose" = dev ] && cp "$stamp" .venv/ready-run
fi
if [ $rivals = yes ]; then
    install_rivals
fi
exit 0
