\set id random(1, :tasks)
SELECT id, title, description, priority, status, deadline, creator_id, assignee_id, created_at, updated_at, version
FROM tasks WHERE id = :id;
