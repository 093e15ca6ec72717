"""A web server that slow clients do not stall: gunicorn's processes, waitress's buffers.

Threads only ever meet whole requests, and hand over what they made. A process's main thread reads
requests and sends responses, as slowly as a client likes, within limits.
"""
