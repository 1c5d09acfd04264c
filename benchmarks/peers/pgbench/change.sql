\set id 32 + :client_id + 16 * random(0, 31)
SELECT id, title, description, priority, status, deadline, creator_id, assignee_id, created_at, updated_at, version
FROM tasks WHERE id = :id;
UPDATE tasks
SET title = concat('Feed the cat, plan ', version), title_key = concat('feed the cat, plan ', version),
    search_text = concat('feed the cat, plan ', version, E'\n'), status = 'done', updated_at = now(),
    version = version + 1
WHERE id = :id;
