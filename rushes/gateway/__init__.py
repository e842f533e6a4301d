"""The gateway: one engine behind HTTP. Keys never leave its machine; who has no token gets nothing.

Needs the extra `serve`. `rushes serve` starts it; `application` is the ASGI application of an engine that is open.
"""
