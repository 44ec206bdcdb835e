"""One citizen's browser over uvloop: connections, cookies, redirects, content; free of gevent and locust."""
