-- Where the nodes are reached that share the database and have caches.
CREATE TABLE cache_nodes (
  node VARCHAR(255) PRIMARY KEY,
  url VARCHAR(2048) NOT NULL
);
