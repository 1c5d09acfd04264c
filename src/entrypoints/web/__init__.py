"""The pages that Satchel renders itself, with their templates and static files.

They call the same use cases as the API and share its problem kinds; no page loads anything from elsewhere.
"""
