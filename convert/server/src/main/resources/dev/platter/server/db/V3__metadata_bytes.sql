-- How many bytes of UTF-8 users say about an image: its name, properties and tags.

ALTER TABLE images ADD COLUMN metadata_bytes BIGINT DEFAULT 0 NOT NULL;

UPDATE images SET metadata_bytes = COALESCE(OCTET_LENGTH(name), 0)
  + (SELECT COALESCE(SUM(OCTET_LENGTH(p.name) + OCTET_LENGTH(p.content)), 0)
       FROM image_properties p WHERE p.image_id = images.id)
  + (SELECT COALESCE(SUM(OCTET_LENGTH(t.tag)), 0)
       FROM image_tags t WHERE t.image_id = images.id);
