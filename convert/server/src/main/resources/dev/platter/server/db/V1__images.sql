-- The records of images, and what belongs to them. Runs on H2 and on PostgreSQL alike.

CREATE TABLE images (
  id VARCHAR(36) PRIMARY KEY,
  name VARCHAR(255),
  status VARCHAR(30) NOT NULL,
  visibility VARCHAR(20) NOT NULL,
  owner VARCHAR(255),
  disk_format VARCHAR(20),
  container_format VARCHAR(20),
  size BIGINT,
  virtual_size BIGINT,
  checksum VARCHAR(32),
  os_hash_algo VARCHAR(64),
  os_hash_value VARCHAR(128),
  min_disk BIGINT NOT NULL,
  min_ram BIGINT NOT NULL,
  protected BOOLEAN NOT NULL,
  os_hidden BOOLEAN NOT NULL,
  -- The node that works on the data right now; NULL when nobody does.
  busy_node VARCHAR(255),
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP(6) WITH TIME ZONE NOT NULL
);
CREATE INDEX images_created ON images (created_at, id);
CREATE INDEX images_owner ON images (owner);
CREATE INDEX images_name ON images (name);

-- An identifier that was used once names no other image later.
CREATE TABLE deleted_images (
  id VARCHAR(36) PRIMARY KEY,
  deleted_at TIMESTAMP(6) WITH TIME ZONE NOT NULL
);

CREATE TABLE image_properties (
  image_id VARCHAR(36) NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  name VARCHAR(255) NOT NULL,
  content VARCHAR(65535) NOT NULL,
  PRIMARY KEY (image_id, name)
);

CREATE TABLE image_tags (
  image_id VARCHAR(36) NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  tag VARCHAR(255) NOT NULL,
  PRIMARY KEY (image_id, tag)
);

CREATE TABLE image_members (
  image_id VARCHAR(36) NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  member VARCHAR(255) NOT NULL,
  status VARCHAR(20) NOT NULL,
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  PRIMARY KEY (image_id, member)
);
CREATE INDEX image_members_member ON image_members (member);

CREATE TABLE image_locations (
  image_id VARCHAR(36) NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  url VARCHAR(2048) NOT NULL,
  store VARCHAR(255),
  metadata VARCHAR(65535) NOT NULL,
  PRIMARY KEY (image_id, place)
);

-- Data in stores that nobody's record speaks of any more, and that are still to be deleted.
CREATE TABLE doomed_data (
  store VARCHAR(255) NOT NULL,
  url VARCHAR(2048) NOT NULL,
  since TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  PRIMARY KEY (store, url)
);

CREATE TABLE tasks (
  id VARCHAR(36) PRIMARY KEY,
  type VARCHAR(30) NOT NULL,
  status VARCHAR(30) NOT NULL,
  owner VARCHAR(255),
  image_id VARCHAR(36),
  user_id VARCHAR(255),
  request_id VARCHAR(64),
  node VARCHAR(255) NOT NULL,
  input VARCHAR(1048576) NOT NULL,
  result VARCHAR(1048576),
  message VARCHAR(65535) NOT NULL,
  expires_at TIMESTAMP(6) WITH TIME ZONE,
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP(6) WITH TIME ZONE NOT NULL
);
CREATE INDEX tasks_image ON tasks (image_id);
CREATE INDEX tasks_created ON tasks (created_at, id);

CREATE TABLE cached_images (
  node VARCHAR(255) NOT NULL,
  image_id VARCHAR(36) NOT NULL,
  size BIGINT NOT NULL,
  hits BIGINT NOT NULL,
  checksum VARCHAR(32),
  last_accessed TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  last_modified TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  PRIMARY KEY (node, image_id)
);

CREATE TABLE queued_images (
  node VARCHAR(255) NOT NULL,
  image_id VARCHAR(36) NOT NULL,
  queued_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  PRIMARY KEY (node, image_id)
);
