"""Real PostgreSQL and Redis servers, private to one test run.

Order: the server named by `TEST_DATABASE_URL` or `TEST_REDIS_URL`, then the programs of this
machine, then a skip that says what is missing; with `CI=true` the skip is a failure.
"""
