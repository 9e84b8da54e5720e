"""The floor to compare with: Django's own stack around a view that makes one INSERT, behind the same server."""

from django.db import connection
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from banqup import urls

TABLE = "bench_floor"


@csrf_exempt
def insert(_request):
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} (text) VALUES (%s)", ["one row"])  # noqa: S608
    return HttpResponse(status=204)


def create_table():
    key = "INTEGER PRIMARY KEY" if connection.vendor == "sqlite" else "BIGSERIAL PRIMARY KEY"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        cursor.execute(f"CREATE TABLE {TABLE} (id {key}, text VARCHAR(40))")


# Read as a URL configuration by the benchmark's server.
urlpatterns = [path("bench/floor/", insert), *urls.urlpatterns]
