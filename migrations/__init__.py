"""How a database's schema came to be what it is: one script a step, in `versions`, run by Alembic.

`satchel migrate` runs them; a script that was released is never changed, since databases have been through it.
"""
