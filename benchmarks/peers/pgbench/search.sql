SELECT id, title, description, priority, status, deadline, creator_id, assignee_id, created_at, updated_at, version
FROM tasks WHERE search_text LIKE '%harbor%' ORDER BY created_at DESC, id DESC LIMIT 21;
