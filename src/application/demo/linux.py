"""Cheats about Linux, systemd and what runs in a terminal."""

from application.demo.cheat import DemoCheat

LINUX_CHEATS = (
    DemoCheat(
        key="diskfull",
        title="Find out what fills the disk",
        language="bash",
        platforms=("Linux",),
        topics=("Debugging", "Files", "Monitoring"),
        owner="admin",
        also_in_bag_of=("user",),
        notes="""
            Look at the inodes, too: millions of tiny files exhaust them while there seems to be room. `-x` stays
            on one file system. If `du` finds less than `df` reports, a process still holds deleted files open:
            restart it to get the room back.
        """,
        code=r"""
            df -h /
            df -i /
            sudo du -xh --max-depth=2 /var | sort -h | tail -n 20
            sudo lsof -nP +L1    # deleted, yet still open
        """,
    ),
    DemoCheat(
        key="whoseport",
        title="See who listens on a port",
        language="bash",
        platforms=("Linux",),
        topics=("Debugging", "Networking"),
        owner="user",
        also_in_bag_of=("admin",),
        notes="""
            For “address already in use”. Without root, the processes of other users are listed but not named. A
            local address of 127.0.0.1 means that no other machine can reach it; 0.0.0.0 and [::] mean all
            interfaces.
        """,
        code=r"""
            sudo ss -ltnp 'sport = :8080'
            sudo lsof -nP -iTCP:8080 -sTCP:LISTEN
        """,
    ),
    DemoCheat(
        key="recentfiles",
        title="List the files that changed in the last two hours",
        language="bash",
        platforms=("Linux",),
        topics=("Debugging", "Files", "Search"),
        owner="user",
        notes="""
            What did that installer touch? `-newermt` takes any date that GNU `date` understands. It goes by the
            time of modification, which unpacking an archive sets to the past: `-newerct` goes by the time when
            the inode last changed, which nobody can set.
        """,
        code=r"""
            find . -xdev -type f -newermt '2 hours ago' -printf '%TY-%Tm-%Td %TH:%TM\t%s\t%p\n' | sort
        """,
    ),
    DemoCheat(
        key="strace",
        title="Watch which files and addresses a program asks for",
        language="bash",
        platforms=("Linux",),
        topics=("Debugging", "Processes"),
        owner="admin",
        notes="""
            The quickest way to learn which configuration file a program really reads, or what it waits for. `-f`
            follows its children. Tracing slows the program down a lot, so be careful in production.
        """,
        code=r"""
            strace -f -e trace=openat,connect -o trace.txt ls /
            grep ENOENT trace.txt               # what it looked for in vain
            strace -f -c -o times.txt ls /      # calls, errors and time by kind of call
        """,
    ),
    DemoCheat(
        key="tarone",
        title="Pack a folder, look inside, take one file out",
        language="bash",
        platforms=("Linux",),
        topics=("Backup", "Files"),
        owner="user",
        notes="""
            With `-C` the archive holds paths relative to a folder instead of absolute ones. The name of what is
            taken out has to be spelled as the listing shows it. As root add `--no-same-owner`, unless files shall
            belong to whom they belonged.
        """,
        code=r"""
            tar -czf backup.tar.gz --exclude='.git' -C /srv app
            tar -tzf backup.tar.gz
            mkdir -p restored
            tar -xzf backup.tar.gz -C restored app/config.toml
        """,
    ),
    DemoCheat(
        key="systemdservice",
        title="Run a program as a service with few rights",
        language="ini",
        platforms=("Linux", "systemd"),
        topics=("Deployment", "Security"),
        owner="admin",
        also_in_bag_of=("user",),
        notes="""
            Save it as `/etc/systemd/system/app.service`, then `systemctl daemon-reload` and `systemctl enable
            --now app`. `DynamicUser` makes a user for the time it runs, `StateDirectory` a folder `/var/lib/app`
            that is all it may write to. `systemd-analyze security app` tells what is left to close.
        """,
        code=r"""
            [Unit]
            Description=The app
            Wants=network-online.target
            After=network-online.target

            [Service]
            ExecStart=/usr/bin/python3 -m http.server --bind 127.0.0.1 8000
            WorkingDirectory=/var/lib/app
            StateDirectory=app
            DynamicUser=yes
            Restart=on-failure
            RestartSec=2
            NoNewPrivileges=yes
            ProtectSystem=strict
            ProtectHome=yes
            PrivateTmp=yes

            [Install]
            WantedBy=multi-user.target
        """,
    ),
    DemoCheat(
        key="systemdtimer",
        title="Start something every night with a timer",
        language="ini",
        platforms=("Linux", "systemd"),
        topics=("Deployment", "Time"),
        owner="admin",
        notes="""
            Save it as `report.timer` beside a `report.service` of `Type=oneshot`, and enable the timer, not the
            service. `Persistent` makes up for a run that was missed while the machine was off. Check the times
            with `systemd-analyze calendar`, and what comes next with `systemctl list-timers`.
        """,
        code=r"""
            [Unit]
            Description=The nightly report

            [Timer]
            OnCalendar=*-*-* 03:30:00
            RandomizedDelaySec=10min
            Persistent=true

            [Install]
            WantedBy=timers.target
        """,
    ),
    DemoCheat(
        key="journalctl",
        title="Read the logs of one service",
        language="bash",
        platforms=("Linux", "systemd"),
        topics=("Debugging", "Monitoring"),
        owner="user",
        also_in_bag_of=("admin",),
        notes="""
            `-b -1` is the boot before this one, which only a journal that is kept on disk remembers. Priorities
            include the graver ones: `warning` shows errors, too. Services that write plain lines to standard
            output log everything as `info`.
        """,
        code=r"""
            journalctl -u nginx -f
            journalctl -u nginx -p warning --since '1 hour ago' --no-pager
            journalctl -b -1 -p err
            journalctl --disk-usage
            sudo journalctl --vacuum-time=2weeks
        """,
    ),
    DemoCheat(
        key="tmux",
        title="Keep a long job alive when the connection breaks",
        language="bash",
        platforms=("Linux", "tmux"),
        topics=("Processes",),
        owner="user",
        notes="""
            Start it on the server, not on your own machine. `-A` attaches to the session if it is there and makes
            it otherwise, so one command serves both. Ctrl-B then D leaves it running; Ctrl-B then [ scrolls, and
            Q ends scrolling.
        """,
        code=r"""
            tmux new-session -A -s deploy
            tmux list-sessions
            tmux kill-session -t deploy
        """,
    ),
    DemoCheat(
        key="vimreplace",
        title="Search and replace in Vim, one file or many",
        language="vim",
        platforms=("Vim",),
        topics=("Editing", "Search"),
        owner="admin",
        notes=r"""
            `\<` and `\>` stand for the bounds of a word, `g` for every place in a line, `c` asks each time. For
            many files name them with `:args` first; `e` keeps quiet about files without a match, and `update`
            writes only those that changed.
        """,
        code=r"""
            :%s/\<old_name\>/new_name/gc
            :g/TODO/p
            :args src/*.py
            :argdo %s/\<old_name\>/new_name/ge | update
        """,
    ),
    DemoCheat(
        key="vimrescue",
        title="Go back in time and save as root in Vim",
        language="vim",
        platforms=("Vim",),
        topics=("Editing", "Undo"),
        owner="user",
        notes="""
            Undo in Vim is a tree: `:earlier` also reaches states that ordinary undo has left behind. The last
            line writes a file that was opened without the right to write it; answer `L` when Vim asks whether to
            load it again.
        """,
        code=r"""
            :earlier 10m
            :later 2m
            :set undofile
            :w !sudo tee % > /dev/null
        """,
    ),
)
