"""What holds for every test: hypothesis has no clock, so that a busy machine fails nothing."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "house",
    deadline=None,
    database=None,  # nothing is written beside the tests
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")
