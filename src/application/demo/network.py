"""Cheats about HTTP, certificates and connections."""

from application.demo.cheat import DemoCheat

NETWORK_CHEATS = (
    DemoCheat(
        key="curltiming",
        title="See where the time of a request goes",
        language="bash",
        platforms=("curl",),
        topics=("Debugging", "HTTP", "Performance"),
        owner="admin",
        also_in_bag_of=("user",),
        notes="""
            Each figure counts from the start, so the share of a phase is the difference to the one before it. A
            long way from `tls` to `first byte` is the server thinking; a long `lookup` is the name server.
        """,
        code=r"""
            curl --silent --show-error --output /dev/null --write-out '
            lookup      %{time_namelookup}
            connect     %{time_connect}
            tls         %{time_appconnect}
            first byte  %{time_starttransfer}
            total       %{time_total}
            status      %{http_code}
            ' https://example.org/
        """,
    ),
    DemoCheat(
        key="curljson",
        title="Send JSON from a script and notice when it fails",
        language="bash",
        platforms=("curl", "jq"),
        topics=("HTTP", "Scripting"),
        owner="user",
        also_in_bag_of=("admin",),
        notes="""
            Without `--fail-with-body` curl takes an error page for success. `--json` is POST with both headers
            set (curl 7.82). Let jq build the body, then quotes in a title break nothing. The token comes from a
            file, since arguments can be seen by every user of the machine.
        """,
        code=r"""
            # api.header holds one line: Authorization: Bearer ...
            jq --null-input --arg title 'Renew the "wildcard" certificate' '{title: $title}' |
                curl --fail-with-body --silent --show-error --max-time 10 \
                    --header @api.header --json @- http://127.0.0.1:8080/api/v1/tasks
        """,
    ),
    DemoCheat(
        key="curlresolve",
        title="Try a new server before the name points to it",
        language="bash",
        platforms=("curl",),
        topics=("Certificates", "Deployment", "HTTP"),
        owner="admin",
        notes="""
            The request goes to the given address, while the Host header, the name in the TLS handshake and the
            check of the certificate stay those of the name. No need to edit `/etc/hosts`.
        """,
        code=r"""
            curl --resolve shop.example.org:443:192.0.2.10 --head https://shop.example.org/
        """,
    ),
    DemoCheat(
        key="opensslcheck",
        title="Look at the certificate a server shows",
        language="bash",
        platforms=("OpenSSL",),
        topics=("Certificates", "Debugging", "Security"),
        owner="user",
        also_in_bag_of=("admin",),
        notes="""
            Without `-servername` a server of many names may show the certificate of another. `-checkend` takes
            seconds and exits with 1 if the certificate ends within them, which makes a monitoring check of one
            line.
        """,
        code=r"""
            host=example.org
            openssl s_client -connect "$host:443" -servername "$host" < /dev/null 2> /dev/null > shown.pem
            openssl x509 -in shown.pem -noout -subject -issuer -dates -ext subjectAltName
            openssl x509 -in shown.pem -noout -checkend $((14 * 24 * 3600))
        """,
    ),
    DemoCheat(
        key="opensslselfsigned",
        title="Make a certificate for tests on this machine",
        language="bash",
        platforms=("OpenSSL",),
        topics=("Certificates", "Testing"),
        owner="admin",
        notes="""
            Clients look at the alternative names and no longer at the common name, so those are what counts. The
            key is not encrypted (`-nodes`): good for tests, and for nothing else.
        """,
        code=r"""
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
                -keyout localhost.key -out localhost.pem -subj /CN=localhost \
                -addext subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1
        """,
    ),
    DemoCheat(
        key="opensslmatch",
        title="Check that a key belongs to a certificate",
        language="bash",
        platforms=("OpenSSL",),
        topics=("Certificates", "Debugging"),
        owner="user",
        notes="""
            The usual reason for a web server that will not start after a renewal. Comparing the public keys works
            for every kind of key; comparing the modulus, as often advised, only for RSA.
        """,
        code=r"""
            if cmp --silent \
                <(openssl x509 -in localhost.pem -noout -pubkey) \
                <(openssl pkey -in localhost.key -pubout); then
                echo 'they match'
            else
                echo 'they do not match' >&2
            fi
        """,
    ),
    DemoCheat(
        key="sshtunnel",
        title="Reach a database behind a firewall",
        language="bash",
        platforms=("OpenSSH", "PostgreSQL"),
        topics=("Networking", "Security"),
        owner="admin",
        also_in_bag_of=("user",),
        notes="""
            Port 5433 here leads to port 5432 of the database, as seen from the bastion. Naming 127.0.0.1 keeps
            the tunnel to this machine. With `-f` ssh goes to the background once the tunnel stands, and
            `ExitOnForwardFailure` lets it fail instead if the port is taken; the control socket is there to end
            it.
        """,
        code=r"""
            ssh -f -N -M -S ~/.ssh/tunnel -o ExitOnForwardFailure=yes \
                -L 127.0.0.1:5433:database.internal:5432 bastion.example.org
            pg_isready -h 127.0.0.1 -p 5433
            ssh -S ~/.ssh/tunnel -O exit bastion.example.org
        """,
    ),
    DemoCheat(
        key="sshconfig",
        title="Give servers short names and one shared connection",
        language="ssh-config",
        platforms=("OpenSSH",),
        topics=("Networking", "Security"),
        owner="user",
        also_in_bag_of=("admin",),
        notes="""
            This goes into `~/.ssh/config`. For every option the first value found counts, so what holds for all
            hosts comes last. Further sessions to a host use the connection that is open, for ten minutes after
            the last one closed. `ssh -G web1` prints what is in force.
        """,
        code=r"""
            Host web1 web2
                HostName %h.internal.example.org
                User deploy
                ProxyJump bastion.example.org

            Host *
                IdentitiesOnly yes
                IdentityFile ~/.ssh/id_ed25519
                ControlMaster auto
                ControlPath ~/.ssh/control-%C
                ControlPersist 10m
                ServerAliveInterval 30
        """,
    ),
    DemoCheat(
        key="nginxproxy",
        title="Put a service behind nginx, streams included",
        language="nginx",
        platforms=("nginx",),
        topics=("Deployment", "HTTP", "Networking"),
        owner="admin",
        notes="""
            The service must trust the forwarded headers from nginx alone, since anyone can send them. With
            buffering off on the path of the events they are not held back, and the longer time-out leaves quiet
            streams open. Test with `nginx -t` before `nginx -s reload`.
        """,
        code=r"""
            server {
                listen 80;
                server_name app.example.org;
                client_max_body_size 1m;

                proxy_set_header Host $host;
                proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                proxy_set_header X-Forwarded-Proto $scheme;
                proxy_http_version 1.1;
                proxy_set_header Connection "";

                location / {
                    proxy_pass http://127.0.0.1:8080;
                }

                location /api/v1/events {
                    proxy_pass http://127.0.0.1:8080;
                    proxy_buffering off;
                    proxy_read_timeout 1h;
                }
            }
        """,
    ),
)
