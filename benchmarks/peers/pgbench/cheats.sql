\set viewer random(1, 32)
SELECT id, key, title, notes, code, language,
       ARRAY(SELECT platform_id FROM cheat_platforms WHERE cheat_id = cheats.id ORDER BY platform_id),
       ARRAY(SELECT topic_id FROM cheat_topics WHERE cheat_id = cheats.id ORDER BY topic_id),
       owner_id, created_at, updated_at, version,
       EXISTS (SELECT FROM user_cheat WHERE cheat_id = cheats.id AND user_id = :viewer)
FROM cheats ORDER BY created_at DESC, id DESC LIMIT 21;
