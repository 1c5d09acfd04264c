\set assignee random(1, 32)
SELECT id, title, description, priority, status, deadline, creator_id, assignee_id, created_at, updated_at, version
FROM tasks
WHERE status = ANY ('{todo,in_progress}'::task_status[]) AND priority = ANY ('{high}'::task_priority[])
  AND assignee_id = :assignee
ORDER BY created_at DESC, id DESC LIMIT 21;
