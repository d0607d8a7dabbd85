# Two stages: wheels are built in the first, and only they reach the second.
FROM python:3.12-slim AS wheels
COPY requirements.txt /
RUN pip wheel --no-cache-dir --wheel-dir /wheels -r /requirements.txt

FROM python:3.12-slim
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DIGEST_DATA_DIR=/data \
    STATIC_ROOT=/app/static-collected \
    HOST=0.0.0.0 \
    PORT=8000
RUN useradd --system --uid 10001 --home-dir /data --no-create-home digest \
    && install -d -o digest -g digest -m 0750 /data
COPY requirements.txt /
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels -r /requirements.txt
WORKDIR /app
COPY . .
# The static files belong to the image: a volume on /data would hide them. The folder for the
# secret key that this command makes is thrown away, so that no image carries a key.
RUN DIGEST_DATA_DIR=/tmp/build python manage.py setup --static && rm -rf /tmp/build
USER digest
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://localhost:' + os.environ['PORT'] + '/healthz', timeout=4)"]
CMD ["sh", "-c", "python manage.py setup && exec gunicorn digestsite.wsgi"]
