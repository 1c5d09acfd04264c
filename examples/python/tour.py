"""A tour of the API with the generated client: python tour.py http://127.0.0.1:8080."""

import re
import sys
import uuid

from satchel_client import AuthenticatedClient, Client
from satchel_client.api.accounts_and_sessions import me, sign_up
from satchel_client.api.tasks import create_task, list_tasks
from satchel_client.models import NewTask, Problem, SignedIn, SignUp, Task, TaskPriority, User
from satchel_client.types import UNSET, Unset

address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"

# Signing up. What comes back is the answer or a Problem, and a type checker knows both.
newcomer = SignUp(username=f"tourist-{uuid.uuid4().hex[:8]}", password="correct horse battery staple")
signed_in = sign_up.sync(client=Client(address), body=newcomer)
assert isinstance(signed_in, SignedIn)
assert not isinstance(signed_in.access_token, Unset), "this service wants newcomers to be approved"
client = AuthenticatedClient(address, token=signed_in.access_token)
person = me.sync(client=client)
assert isinstance(person, User)
print(f"signed in as {person.role.value}")

# Creating, twice with one key: the second request gets the answer of the first.
key = str(uuid.uuid4())
task = NewTask(title="Water the plants", priority=TaskPriority.HIGH)
first = create_task.sync_detailed(client=client, body=task, idempotency_key=key)
again = create_task.sync_detailed(client=client, body=task, idempotency_key=key)
assert isinstance(first.parsed, Task)
assert isinstance(again.parsed, Task)
print(f"one task: {first.parsed.id == again.parsed.id}, replayed: {again.headers['Idempotent-Replayed']}")

# Reading a list to its end: the Link header of each page leads to the next one.
create_task.sync(client=client, body=NewTask(title="Feed the cat"))
tasks: list[Task] = []
cursor: str | Unset = UNSET
while True:
    page = list_tasks.sync_detailed(client=client, limit=1, creator_id="me", cursor=cursor)
    assert isinstance(page.parsed, list)
    tasks += page.parsed
    following = re.search(r'[?&]cursor=([^&>]+)[^>]*>; rel="next"', page.headers.get("Link", ""))
    if following is None:
        break
    cursor = following[1]
print(f"read: {', '.join(task.title for task in tasks)}")

# Being refused. Nothing is raised: the Problem is the answer.
problem = create_task.sync(client=client, body=NewTask(title=""))
if isinstance(problem, Problem):
    for fault in problem.errors or ():
        print(f"{problem.status}: {fault.field} {fault.message}")
