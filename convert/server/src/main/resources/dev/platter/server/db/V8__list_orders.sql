-- What lists may be sorted by, each with the two keys that make the order a total one: a page is read off its index.
-- Null is the least of each.
ALTER TABLE images ADD COLUMN sort_name VARCHAR(255) GENERATED ALWAYS AS (COALESCE(name, '')) ${stored};
ALTER TABLE images ADD COLUMN sort_size BIGINT GENERATED ALWAYS AS (COALESCE(size, -1)) ${stored};
ALTER TABLE images ADD COLUMN sort_disk_format VARCHAR(20)
  GENERATED ALWAYS AS (COALESCE(disk_format, '')) ${stored};
ALTER TABLE images ADD COLUMN sort_container_format VARCHAR(20)
  GENERATED ALWAYS AS (COALESCE(container_format, '')) ${stored};

CREATE INDEX images_by_name ON images (sort_name, created_at, id);
CREATE INDEX images_by_size ON images (sort_size, created_at, id);
CREATE INDEX images_by_disk_format ON images (sort_disk_format, created_at, id);
CREATE INDEX images_by_container_format ON images (sort_container_format, created_at, id);
CREATE INDEX images_by_status ON images (status, created_at, id);
CREATE INDEX images_by_updated_at ON images (updated_at, created_at, id);
