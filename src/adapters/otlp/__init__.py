"""Traces for a collector, by OpenTelemetry's protocol over HTTP; an extra of Satchel's, `tracing`.

Without a collector nothing here is made, and OpenTelemetry itself is not even imported.
"""
