-- The catalogue of metadata definitions. What is described in JSON is kept as it came.

CREATE TABLE metadef_namespaces (
  namespace VARCHAR(80) PRIMARY KEY,
  display_name VARCHAR(80),
  description VARCHAR(65535),
  visibility VARCHAR(20) NOT NULL,
  protected BOOLEAN NOT NULL,
  owner VARCHAR(255) NOT NULL,
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP(6) WITH TIME ZONE NOT NULL
);

-- kind: property, object, tag
CREATE TABLE metadef_items (
  namespace VARCHAR(80) NOT NULL REFERENCES metadef_namespaces (namespace) ON DELETE CASCADE ON UPDATE CASCADE,
  kind VARCHAR(10) NOT NULL,
  name VARCHAR(80) NOT NULL,
  document VARCHAR(1048576) NOT NULL,
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  PRIMARY KEY (namespace, kind, name)
);

CREATE TABLE metadef_resource_types (
  name VARCHAR(80) PRIMARY KEY,
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP(6) WITH TIME ZONE NOT NULL
);

CREATE TABLE metadef_associations (
  namespace VARCHAR(80) NOT NULL REFERENCES metadef_namespaces (namespace) ON DELETE CASCADE ON UPDATE CASCADE,
  resource_type VARCHAR(80) NOT NULL REFERENCES metadef_resource_types (name),
  prefix VARCHAR(80),
  properties_target VARCHAR(80),
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  PRIMARY KEY (namespace, resource_type)
);
