"""Cheats about Git."""

from application.demo.cheat import DemoCheat

GIT_CHEATS = (
    DemoCheat(
        key="gitundocommit",
        title="Take back the last commit and keep the work",
        language="bash",
        platforms=("Git",),
        topics=("Undo", "Version control"),
        owner="user",
        also_in_bag_of=("admin",),
        notes="""
            For a commit that came too early or with the wrong files. Only before it is pushed: what others may
            have fetched is better undone with `git revert`, which adds a commit instead of removing one.
        """,
        code=r"""
            git reset --soft HEAD~1    # the changes stay staged
            git reset HEAD~1           # instead: they stay in the files, unstaged
        """,
    ),
    DemoCheat(
        key="gitbisect",
        title="Let a test find the commit that broke it",
        language="bash",
        platforms=("Git",),
        topics=("Debugging", "Testing", "Version control"),
        owner="admin",
        also_in_bag_of=("user",),
        notes="""
            Bisecting halves the suspects with every run: ten runs search a thousand commits. The command has to
            exit with 0 where all is well and with 1 where it is not; 125 says that this commit cannot be judged,
            for instance because it does not build. Keep the test outside the repository, or it changes with the
            commits.
        """,
        code=r"""
            git bisect start HEAD v1.4.0    # bad first, then good
            git bisect run ../check.sh
            git bisect reset                # back to where you were
        """,
    ),
    DemoCheat(
        key="gitpickaxe",
        title="Find the commit that added or removed a line",
        language="bash",
        platforms=("Git",),
        topics=("Debugging", "Search", "Version control"),
        owner="admin",
        notes="""
            `-S` finds commits after which the text occurs more or less often than before, so it skips those that
            only moved it within a file. `-G` takes a regular expression and looks at every changed line. `-L`
            follows a range of lines back through all that happened to it, and cannot be combined with paths.
        """,
        code=r"""
            git log -S 'connect_timeout' --oneline -- src
            git log -G 'timeout *= *[0-9]+' --patch -- src
            git log -L 10,25:src/client.py
        """,
    ),
    DemoCheat(
        key="gitfixup",
        title="Put a correction into an older commit",
        language="bash",
        platforms=("Git",),
        topics=("Undo", "Version control"),
        owner="user",
        notes="""
            The correction is committed on its own and then melted into the commit it belongs to. Setting the
            sequence editor to `:` accepts the prepared list of steps without opening it. All commits from there
            on get new ids, so do this on branches that nobody else builds upon.
        """,
        code=r"""
            commit=HEAD~3    # the commit to be corrected
            commit=$(git rev-parse "$commit")
            git commit --fixup="$commit"
            git -c sequence.editor=: rebase --interactive --autosquash --autostash "$commit~1"
        """,
    ),
    DemoCheat(
        key="gitreflog",
        title="Get back commits that seem lost",
        language="bash",
        platforms=("Git",),
        topics=("Backup", "Undo", "Version control"),
        owner="admin",
        also_in_bag_of=("user",),
        notes="""
            After a hard reset, a failed rebase or a deleted branch the commits are still there: the reflog knows
            every place where HEAD has been. Unreachable entries are kept for 30 days by default, and only in the
            clone where it happened. Work that was never committed or staged is gone.
        """,
        code=r"""
            git reflog --date=relative
            git branch rescued 'HEAD@{1}'      # a branch at the place before the last move
            git fsck --no-reflogs --lost-found # what no branch, tag or other ref leads to
        """,
    ),
    DemoCheat(
        key="gitworktree",
        title="Work on two branches at once",
        language="bash",
        platforms=("Git",),
        topics=("Files", "Version control"),
        owner="user",
        notes="""
            A worktree is a second folder on the same repository: no stash, no second clone, and the build of the
            first folder goes on undisturbed. One branch can be checked out in one worktree at a time.
        """,
        code=r"""
            git worktree add -b hotfix ../hotfix main
            git worktree list
            git worktree remove ../hotfix    # refuses while changes are uncommitted; the branch stays
        """,
    ),
    DemoCheat(
        key="gitforcelease",
        title="Overwrite a pushed branch without overwriting others",
        language="bash",
        platforms=("Git",),
        topics=("Security", "Version control"),
        owner="admin",
        notes="""
            After a rebase the branch has to be forced. The lease refuses if the branch on the server is not where
            you last saw it; the second option also refuses if a background fetch saw new commits that you never
            worked into yours. Git 2.30 and later know both.
        """,
        code=r"""
            git push --force-with-lease --force-if-includes origin feature
        """,
    ),
    DemoCheat(
        key="gitblame",
        title="Look through reformatting to who wrote a line",
        language="bash",
        platforms=("Git",),
        topics=("Debugging", "Version control"),
        owner="user",
        notes="""
            List the full ids of commits that only reformatted in a file, one a line, and blame passes over them.
            `-w` ignores blanks, `-C` recognises lines that came from another file changed in the same commit.
        """,
        code=r"""
            git rev-parse HEAD >> .git-blame-ignore-revs    # right after the reformatting commit
            git config blame.ignoreRevsFile .git-blame-ignore-revs
            git blame -w -C -L 10,30 src/client.py
        """,
    ),
)
