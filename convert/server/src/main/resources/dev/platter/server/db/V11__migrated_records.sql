-- What was taken over from a Glance, and as what: later runs tell by it what has changed since, there or here.
CREATE TABLE migrated_records (
  -- image, task, namespace, resource_type
  kind VARCHAR(20) NOT NULL,
  id VARCHAR(80) NOT NULL,
  -- SHA-256 in hexadecimal of the record as it was written.
  digest VARCHAR(64) NOT NULL,
  PRIMARY KEY (kind, id)
);
