"""Cheats about the shell and the tools that filter text."""

from application.demo.cheat import DemoCheat

SHELL_CHEATS = (
    DemoCheat(
        key="bashstrict",
        title="Begin a script that stops at the first error and tidies up",
        language="bash",
        platforms=("Bash",),
        topics=("Files", "Scripting"),
        owner="admin",
        also_in_bag_of=("user",),
        notes="""
            Without these options a script carries on after a failed command, an unset variable or a broken first
            half of a pipe. The trap runs however the script ends, Ctrl-C included. Mind that `set -e` takes no
            notice inside conditions: a function called in `if f; then` runs on after errors.
        """,
        code=r"""
            #!/usr/bin/env bash
            set -euo pipefail

            work=$(mktemp -d)
            trap 'rm -rf -- "$work"' EXIT

            printf 'working in %s\n' "$work" >&2
        """,
    ),
    DemoCheat(
        key="bashfilenames",
        title="Loop over files whatever their names",
        language="bash",
        platforms=("Bash", "Linux"),
        topics=("Files", "Scripting"),
        owner="user",
        notes="""
            Names may hold blanks, quotes and even line breaks; the one byte they cannot hold is NUL, so let that
            separate them. Read from a process substitution rather than a pipe: the last part of a pipe runs in a
            subshell, and variables set there are lost.
        """,
        code=r"""
            count=0
            while IFS= read -r -d '' file; do
                printf '%q\n' "$file"
                count=$((count + 1))
            done < <(find . -type f -name '*.log' -print0)
            printf '%d files\n' "$count"
        """,
    ),
    DemoCheat(
        key="bashretry",
        title="Try a command again, waiting twice as long each time",
        language="bash",
        platforms=("Bash",),
        topics=("Networking", "Scripting"),
        owner="admin",
        notes="""
            For what fails now and then: registries, name servers, services that are just starting. Repeat only
            what may safely happen twice.
        """,
        code=r"""
            retry() {
                local attempts=$1 delay=1
                shift
                until "$@"; do
                    attempts=$((attempts - 1))
                    if ((attempts <= 0)); then
                        return 1
                    fi
                    sleep "$delay"
                    delay=$((delay * 2))
                done
            }

            retry 5 curl --fail --silent --show-error --output /dev/null https://example.org/
        """,
    ),
    DemoCheat(
        key="bashoptions",
        title="Read the options of a script",
        language="bash",
        platforms=("Bash",),
        topics=("Scripting",),
        owner="user",
        notes="""
            `getopts` knows short options only; this loop takes long ones, too, and leaves the other arguments in
            `"$@"`. It reads `--output FILE`, not `--output=FILE`.
        """,
        code=r"""
            verbose=false
            output=/dev/stdout
            while (($# > 0)); do
                case $1 in
                    -v | --verbose) verbose=true ;;
                    -o | --output) output=${2:?"$1 wants a file"}; shift ;;
                    --) shift; break ;;
                    -*) printf 'unknown option: %s\n' "$1" >&2; exit 2 ;;
                    *) break ;;
                esac
                shift
            done
            printf 'verbose=%s output=%s arguments=%d\n' "$verbose" "$output" "$#"
        """,
    ),
    DemoCheat(
        key="flock",
        title="Let only one instance of a script run",
        language="bash",
        platforms=("Bash", "Linux"),
        topics=("Concurrency", "Scripting"),
        owner="admin",
        notes="""
            For jobs that a timer starts while the last run may still be busy. The kernel lets the lock go when
            the process ends, even if it crashes, so no stale lock file is ever in the way. Children inherit the
            open file: a daemon started from the script would keep the lock.
        """,
        code=r"""
            exec 9> "${XDG_RUNTIME_DIR:-/tmp}/nightly-report.lock"
            if ! flock --nonblock 9; then
                echo 'already running' >&2
                exit 0
            fi
        """,
    ),
    DemoCheat(
        key="xargsparallel",
        title="Use every core for many files",
        language="bash",
        platforms=("Bash", "Linux"),
        topics=("Concurrency", "Files", "Performance"),
        owner="user",
        also_in_bag_of=("admin",),
        notes="""
            Twenty files a process, as many processes as there are cores. `-r` starts none where nothing was
            found. What the processes print may be mixed, so let each write a file of its own.
        """,
        code=r"""
            find . -type f -name '*.log' -mtime +7 -print0 |
                xargs -0 -r -n 20 -P "$(nproc)" gzip -9
        """,
    ),
    DemoCheat(
        key="awksum",
        title="Sum a column by the values of another",
        language="bash",
        platforms=("Bash", "Linux"),
        topics=("Data", "Text processing"),
        owner="admin",
        notes="""
            The first column is the group, the third is summed, the heading is left out. Commas inside quoted
            fields are beyond this: then take a real CSV reader.
        """,
        code=r"""
            awk -F, '
                NR > 1 { sum[$1] += $3; count[$1]++ }
                END { for (name in sum) printf "%s\t%d\t%.2f\n", name, count[name], sum[name] }
            ' sales.csv | sort -t $'\t' -k 3,3nr
        """,
    ),
    DemoCheat(
        key="sedlines",
        title="Pick, change and drop lines with sed",
        language="bash",
        platforms=("Bash", "Linux"),
        topics=("Text processing",),
        owner="user",
        notes="""
            `-n` with `p` prints only what matches, here from one pattern to another. A suffix right behind `-i`
            keeps the original; it is also the spelling that GNU and BSD sed both understand. `-E` spares most
            backslashes.
        """,
        code=r"""
            sed -n '/BEGIN CERTIFICATE/,/END CERTIFICATE/p' chain.pem
            sed -i.bak -E 's/^#?PermitRootLogin .*/PermitRootLogin no/' sshd_config
            sed -E '/^[[:space:]]*(#|$)/d' app.conf    # without comments and empty lines
        """,
    ),
    DemoCheat(
        key="comparecommands",
        title="Compare what two commands print",
        language="bash",
        platforms=("Bash",),
        topics=("Data", "Debugging", "Text processing"),
        owner="admin",
        notes="""
            `<(...)` hands a command's output over as if it were a file. `comm` wants both sides sorted in the
            same locale; -23 leaves the lines that only the first has, -13 those of the second, -12 what both
            have.
        """,
        code=r"""
            diff -u <(sort expected.txt) <(sort actual.txt)
            LC_ALL=C comm -13 <(LC_ALL=C sort -u old.txt) <(LC_ALL=C sort -u new.txt)
        """,
    ),
    DemoCheat(
        key="jqtable",
        title="Turn a JSON array into a table or into counts",
        language="bash",
        platforms=("jq",),
        topics=("Data", "Text processing"),
        owner="user",
        also_in_bag_of=("admin",),
        notes="""
            `-r` prints bare text, without which the CSV would be quoted once more as JSON. `//` stands in for
            what is null or missing, and for false. Hand values in with `--arg`, never by pasting them into the
            program.
        """,
        code=r"""
            jq -r --arg wanted high '
                .[] | select(.priority == $wanted) | [.id, .title, .deadline // "none"] | @csv
            ' tasks.json

            jq 'group_by(.status) | map({status: .[0].status, count: length})' tasks.json
        """,
    ),
)
