"""Cheats about Docker and Kubernetes."""

from application.demo.cheat import DemoCheat

CONTAINER_CHEATS = (
    DemoCheat(
        key="dockeroneoff",
        title="Run a tool in a container on the files here",
        language="bash",
        platforms=("Docker",),
        topics=("Files", "Scripting"),
        owner="user",
        also_in_bag_of=("admin",),
        notes="""
            Nothing to install and nothing left behind. Without `--user` the files it writes would belong to root.
            A user without a name in the image has no home either, so point HOME to a place that is writable.
        """,
        code=r"""
            docker run --rm --interactive \
                --user "$(id -u):$(id -g)" --env HOME=/tmp \
                --volume "$PWD":/work --workdir /work \
                python:3.13-slim python -m compileall src
        """,
    ),
    DemoCheat(
        key="dockerclean",
        title="Get back the disk that Docker fills",
        language="bash",
        platforms=("Docker",),
        topics=("Files", "Monitoring"),
        owner="admin",
        notes="""
            The first line says what takes the room. The next ones remove stopped containers, images that no
            container uses and were made more than a week ago, and the build cache of that age. Volumes hold data
            and are never touched here: think twice before `docker volume prune`.
        """,
        code=r"""
            docker system df
            docker container prune --force --filter until=168h
            docker image prune --all --force --filter until=168h
            docker builder prune --force --filter until=168h
        """,
    ),
    DemoCheat(
        key="dockerlogs",
        title="Keep container logs from filling the disk",
        language="json",
        platforms=("Docker", "Linux"),
        topics=("Deployment", "Monitoring"),
        owner="admin",
        notes="""
            The default driver, json-file, never throws anything away. Save this as `/etc/docker/daemon.json`,
            check it with `dockerd --validate` (Docker 23 and later), and restart the daemon. It holds for
            containers made from then on: existing ones keep their driver.
        """,
        code=r"""
            {
              "log-driver": "local",
              "log-opts": {
                "max-size": "20m",
                "max-file": "5"
              }
            }
        """,
    ),
    DemoCheat(
        key="dockerinspect",
        title="Ask a container why it stopped",
        language="bash",
        platforms=("Docker",),
        topics=("Debugging", "Processes"),
        owner="user",
        notes="""
            137 is 128 + 9: it was killed, and `OOMKilled` tells whether for want of memory. 143 is an ordinary
            SIGTERM; 126 and 127 mean that the command cannot be run or does not exist.
        """,
        code=r"""
            name=web
            docker inspect --format '{{.State.ExitCode}} {{.State.OOMKilled}} {{.State.Error}}' "$name"
            docker logs --tail 50 --timestamps "$name"
            docker events --since 1h --until "$(date +%s)" --filter "container=$name"
        """,
    ),
    DemoCheat(
        key="composehealth",
        title="Start the app only when its database answers",
        language="yaml",
        platforms=("Docker", "PostgreSQL"),
        topics=("Deployment",),
        owner="user",
        also_in_bag_of=("admin",),
        notes="""
            Plain `depends_on` waits for the container to start, which is long before PostgreSQL takes
            connections. `-h 127.0.0.1` matters: while the image prepares a new database it listens on a socket
            alone. The app still has to cope with a database that goes away later.
        """,
        code=r"""
            services:
              database:
                image: postgres:17
                environment:
                  POSTGRES_PASSWORD_FILE: /run/secrets/database_password
                secrets: [database_password]
                healthcheck:
                  test: ["CMD", "pg_isready", "-h", "127.0.0.1", "-U", "postgres"]
                  interval: 2s
                  timeout: 3s
                  retries: 30
              app:
                image: example/app:1.4
                depends_on:
                  database:
                    condition: service_healthy
            secrets:
              database_password:
                file: ./database_password.txt
        """,
    ),
    DemoCheat(
        key="k8swhy",
        title="Find out why a pod does not run",
        language="bash",
        platforms=("Kubernetes",),
        topics=("Debugging", "Deployment"),
        owner="admin",
        also_in_bag_of=("user",),
        notes="""
            `describe` ends with the events: no node with room, an image that cannot be pulled, a probe that
            fails. In a crash loop the interesting log is that of the run before, hence `--previous`. Events are
            forgotten after an hour by default.
        """,
        code=r"""
            pod=web-5d9c7b6f4-x2x7k
            kubectl describe pod "$pod"
            kubectl logs "$pod" --all-containers --previous --tail=50
            kubectl get events --sort-by=.lastTimestamp
        """,
    ),
    DemoCheat(
        key="k8srollout",
        title="Roll out, watch and take back a deployment",
        language="bash",
        platforms=("Kubernetes",),
        topics=("Deployment", "Undo"),
        owner="admin",
        notes="""
            `status` waits, and fails if the rollout does not succeed in time, so a pipeline can rely on it.
            `undo` goes back to the template before; it cannot know whether a database migration went with it.
        """,
        code=r"""
            kubectl set image deployment/web web=registry.example.org/web:1.4.2
            if ! kubectl rollout status deployment/web --timeout=5m; then
                kubectl rollout undo deployment/web
            fi
        """,
    ),
    DemoCheat(
        key="k8smanifest",
        title="Let kubectl write the first draft of a manifest",
        language="bash",
        platforms=("Kubernetes",),
        topics=("Deployment", "Scripting"),
        owner="user",
        notes="""
            Quicker than remembering where each field belongs, and nothing is sent to the cluster. `diff` shows
            what applying the file would change there; its exit code is 1 if there is a difference.
        """,
        code=r"""
            kubectl create deployment web --image=registry.example.org/web:1.4.2 --replicas=2 \
                --dry-run=client --output=yaml > web.yaml
            kubectl diff --filename=web.yaml
        """,
    ),
)
