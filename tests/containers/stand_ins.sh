#!/bin/sh
# Usage: stand_ins.sh FOLDER
# Makes images of Python, PostgreSQL and nginx from Debian's packages, for where no registry of images is reached, and
# prints the variables by which `make image-test` takes them. They are like the official ones in what compose.yaml uses.
# Needs root, debootstrap, and a Docker daemon.
set -eu
folder=$1
mkdir -p "$folder"
cd "$folder"

debian() { # NAME PACKAGES: a small Debian with these in a folder
	[ -e "$1/etc/debian_version" ] || debootstrap --variant=minbase --include="$2" bookworm "$1" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} >&2
	rm -rf "$1/var/cache/apt/archives" "$1/var/lib/apt/lists"
}

import() { # NAME INSTRUCTIONS: an image of the folder
	tar -C "$1" -c . | docker import - "stand-in-$1" >&2
	printf 'FROM stand-in-%s\n%s\n' "$1" "$2" | docker build --quiet --tag "stand-in-$1" - >&2
}

debian python python3,python3-venv,ca-certificates
ln -sf python3 python/usr/bin/python
import python 'CMD ["python3"]'

debian postgres postgresql-15,gosu
cat >postgres/entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
PATH=/usr/lib/postgresql/15/bin:$PATH
if [ ! -s "$PGDATA/PG_VERSION" ]; then
	mkdir -p "$PGDATA"
	chown postgres:postgres "$PGDATA" /var/run/postgresql
	chmod 700 "$PGDATA"
	password=$(mktemp)
	if [ -n "$POSTGRES_PASSWORD_FILE" ]; then
		cat "$POSTGRES_PASSWORD_FILE" >"$password"
	else
		printf '%s\n' "${POSTGRES_PASSWORD:?}" >"$password"
	fi
	chown postgres "$password"
	gosu postgres initdb --username="$POSTGRES_USER" --pwfile="$password" --encoding=UTF8 --locale=C.UTF-8 \
		--auth-local=trust --auth-host=scram-sha-256
	rm "$password"
	echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
	gosu postgres pg_ctl -w -o "-c listen_addresses=''" start
	gosu postgres createdb --username="$POSTGRES_USER" "$POSTGRES_DB"
	gosu postgres pg_ctl -w -m fast stop
fi
chown postgres:postgres /var/run/postgresql
exec gosu postgres postgres -c listen_addresses='*'
SCRIPT
chmod +x postgres/entrypoint.sh
import postgres 'ENTRYPOINT ["/entrypoint.sh"]
STOPSIGNAL SIGINT
ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

debian nginx nginx-light,gettext-base
cat >nginx/entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
names=$(env | sed -n 's/^\([A-Za-z_0-9]*\)=.*/${\1}/p' | tr '\n' ' ')
for template in /etc/nginx/templates/*.template; do
	envsubst "$names" <"$template" >"/etc/nginx/conf.d/$(basename "$template" .template)"
done
exec nginx -g 'daemon off;'
SCRIPT
chmod +x nginx/entrypoint.sh
cat >nginx/etc/nginx/nginx.conf <<'CONFIGURATION'
user www-data;
worker_processes auto;
error_log /dev/stderr notice;
pid /var/run/nginx.pid;
events {
	worker_connections 1024;
}
http {
	include /etc/nginx/mime.types;
	default_type application/octet-stream;
	access_log /dev/stdout;
	sendfile on;
	keepalive_timeout 65;
	client_body_temp_path /var/cache/nginx/client_temp;
	proxy_temp_path /var/cache/nginx/proxy_temp;
	fastcgi_temp_path /var/cache/nginx/fastcgi_temp;
	uwsgi_temp_path /var/cache/nginx/uwsgi_temp;
	scgi_temp_path /var/cache/nginx/scgi_temp;
	include /etc/nginx/conf.d/*.conf;
}
CONFIGURATION
mkdir -p nginx/var/cache/nginx
import nginx 'ENTRYPOINT ["/entrypoint.sh"]
STOPSIGNAL SIGQUIT'

echo 'export PYTHON_IMAGE=stand-in-python POSTGRES_IMAGE=stand-in-postgres NGINX_IMAGE=stand-in-nginx'
