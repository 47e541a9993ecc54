-- What was loaded from files was not changed since.
ALTER TABLE metadef_namespaces ALTER COLUMN updated_at DROP NOT NULL;
ALTER TABLE metadef_items ALTER COLUMN updated_at DROP NOT NULL;
ALTER TABLE metadef_resource_types ALTER COLUMN updated_at DROP NOT NULL;
ALTER TABLE metadef_associations ALTER COLUMN updated_at DROP NOT NULL;
