"""What has to differ from everything made elsewhere, drawn at random.

From the operating system's source, which is good enough for secrets, too.
"""
