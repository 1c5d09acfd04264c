# Satchel in an image: docker build --tag satchel . ; docs/deploying.md tells how to run it.
#
# To pin the base wholly, name it with its digest: --build-arg PYTHON_IMAGE=python:3.13-slim-trixie@sha256:…
ARG PYTHON_IMAGE=python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS build
# Another index than pip's own, for example a mirror.
ARG PIP_INDEX_URL
ARG SOURCE_DATE_EPOCH=0
# Sets are compiled in the order of their hashes: with a seed, two builds write the same bytes.
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_ROOT_USER_ACTION=ignore PYTHONHASHSEED=0
WORKDIR /build
COPY requirements/build.txt requirements/production.txt requirements/
RUN python3 -m venv tools \
    && tools/bin/pip install --require-hashes --requirement requirements/build.txt \
    && python3 -m venv --without-pip /opt/satchel \
    && tools/bin/pip --python /opt/satchel/bin/python install \
        --require-hashes --only-binary :all: --requirement requirements/production.txt
COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY src src
RUN tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir wheels . \
    && tools/bin/pip --python /opt/satchel/bin/python install --no-deps --no-index wheels/*.whl \
    # Compiled here, since the file system may be read-only later. Files are not compared with their sources again.
    && /opt/satchel/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/satchel/lib \
    && find /opt -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +

FROM ${PYTHON_IMAGE}
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Satchel" \
    org.opencontainers.image.description="Accounts, tasks, cheats and posts of a small team, over HTTP and in the browser." \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
COPY --from=build /opt /opt
ENV PATH=/opt/satchel/bin:$PATH PYTHONDONTWRITEBYTECODE=1 ENVIRONMENT=production HOST=0.0.0.0 PORT=8080
# Where a name server does not answer, whoever looks for the database waits, the end of an instance included: with
# these a few seconds, rather than 10 for each domain that is searched.
ENV RES_OPTIONS="timeout:1 attempts:2"
# A number, so that Kubernetes sees that it is not root. Nothing is written but to /tmp.
USER 10001:10001
EXPOSE 8080
# Ready, rather than alive: an instance that cannot reach its database is of no use to a proxy.
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s --retries=2 CMD ["python", "-c", "\
import http.client, os, sys; \
probe = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=3); \
probe.request('GET', '/health/ready'); \
sys.exit(probe.getresponse().status != 200)"]
ENTRYPOINT ["satchel"]
CMD ["serve"]
