"""Files of cheats: JSON for programs, CSV for spreadsheets, Markdown for people.

Each format has a module, which writes it cheat by cheat and reads it record by record; `catalogue` has them all.
"""
