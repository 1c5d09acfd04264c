import pytest
from tests.contracts.http_service import *
class TestX:
    @pytest.mark.anyio
    async def test_a(self, ada, service):
        t = await ada.creates_task()
        print(t)
        r = await service.http.get("/api/v1/tasks")
        print(r.headers)
        problem(r, 401, "unauthenticated")
    @pytest.mark.anyio
    async def test_b(self, ada):
        assert len(await ada.lists()) == 1
