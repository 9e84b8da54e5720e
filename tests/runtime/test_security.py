"""What every answer tells the browser, and a cache that may go away."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from redis import Redis

from banqup.runtime.cache import ForgivingRedisCache
from banqup.runtime.security import ContentSecurityPolicy


def policy(content_type, status=200):
    answer = ContentSecurityPolicy(lambda request: HttpResponse(content_type=content_type, status=status))
    return answer(RequestFactory().get("/")).headers.get("Content-Security-Policy", "")


def test_a_page_runs_only_our_own_scripts():
    assert "default-src 'self'" in policy("text/html; charset=utf-8")
    assert "unsafe-inline" not in policy("text/html")
    assert "object-src 'none'" in policy("text/html")
    assert "frame-ancestors 'self'" in policy("text/html")


@pytest.mark.parametrize("content_type", ["application/xml", "image/svg+xml", "text/plain", "application/octet-stream"])
def test_a_file_somebody_sent_never_runs(content_type):
    assert "sandbox" in policy(content_type) and "default-src 'none'" in policy(content_type)


def test_a_pdf_may_use_the_viewer_of_the_browser():
    assert policy("application/pdf") == "frame-ancestors 'self'"


def test_the_error_page_for_developers_is_left_alone(settings):
    settings.DEBUG = True
    assert policy("text/html", status=500) == ""


def test_the_cache_survives_its_redis(own_redis):
    cache = ForgivingRedisCache(own_redis.url, {"OPTIONS": {"socket_connect_timeout": 1}})
    cache.set("a", [1, 2])
    assert cache.get("a") == [1, 2]
    own_redis.kill()
    assert cache.get("a", "gone") == "gone"
    assert cache.add("b", 1) is True
    assert cache.get_or_set("c", lambda: 5) == 5
    cache.set("a", 1)
    cache.delete("a")
    assert cache.incr("n") == 1


def test_clearing_the_cache_leaves_the_queues_of_the_broker(own_redis):
    cache = ForgivingRedisCache(own_redis.url, {"KEY_PREFIX": "banqup:"})
    with Redis.from_url(own_redis.url) as client:
        client.rpush("banqup:celery", "a task")
        cache.set("counted", 3)
        assert cache.clear() is True
        assert (cache.get("counted"), client.lrange("banqup:celery", 0, -1)) == (None, [b"a task"])
