\set creator random(1, 32)
INSERT INTO tasks (id, title, title_key, description, search_text, priority, status, creator_id, created_at, updated_at,
                   version)
VALUES (nextval('task_ids'), 'Water the plants of floor 7', 'water the plants of floor 7',
        'All of them, also the one behind the printer.',
        E'water the plants of floor 7\nall of them, also the one behind the printer.',
        'medium', 'todo', :creator, now(), now(), 1);
