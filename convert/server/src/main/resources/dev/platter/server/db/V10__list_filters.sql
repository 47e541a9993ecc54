-- What lists are filtered by, so that few that are found among many are not looked for in all.
CREATE INDEX images_by_visibility ON images (visibility, created_at, id);
CREATE INDEX image_tags_tag ON image_tags (tag, image_id);

-- Of values of any length the beginning; an index has no room for more.
ALTER TABLE image_properties ADD COLUMN content_start VARCHAR(100)
  GENERATED ALWAYS AS (LEFT(content, 100)) ${stored};
CREATE INDEX image_properties_content ON image_properties (name, content_start);
