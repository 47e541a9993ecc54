-- Several processes, called nodes, over one database. Runs on H2 and on PostgreSQL alike.

-- Work that waits for a node, or has one: the table that db-scheduler asks for, by its names.
CREATE TABLE scheduled_tasks (
  task_name VARCHAR(100) NOT NULL,
  -- The task (tasks.id) that tells of the work.
  task_instance VARCHAR(100) NOT NULL,
  task_data BYTEA,
  execution_time TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  picked BOOLEAN NOT NULL,
  -- The node (nodes.id) that is at work.
  picked_by VARCHAR(50),
  last_success TIMESTAMP(6) WITH TIME ZONE,
  last_failure TIMESTAMP(6) WITH TIME ZONE,
  consecutive_failures INTEGER,
  last_heartbeat TIMESTAMP(6) WITH TIME ZONE,
  version BIGINT NOT NULL,
  PRIMARY KEY (task_name, task_instance)
);
CREATE INDEX scheduled_tasks_due ON scheduled_tasks (execution_time);
CREATE INDEX scheduled_tasks_heartbeat ON scheduled_tasks (last_heartbeat);

-- The nodes. A process that starts anew under the same name is another one.
CREATE TABLE nodes (
  id VARCHAR(50) PRIMARY KEY,
  name VARCHAR(255) NOT NULL,
  -- Where other nodes and callers reach it; NULL where it does not say.
  url VARCHAR(2048),
  -- Whether it runs any import, and not only those of what is staged with it.
  works BOOLEAN NOT NULL,
  ended BOOLEAN NOT NULL,
  seen_at TIMESTAMP(6) WITH TIME ZONE NOT NULL
);
CREATE INDEX nodes_name ON nodes (name);

DROP TABLE cache_nodes;

-- How often work on the task was begun: whoever began it last may go on, and nobody else.
ALTER TABLE tasks ADD COLUMN attempt INTEGER DEFAULT 0 NOT NULL;
-- The name of the only node that can do it; NULL: any can.
ALTER TABLE tasks ADD COLUMN bound_to VARCHAR(255);
CREATE INDEX tasks_owner ON tasks (owner, status);

-- The name of the node that has the staged data; NULL: all nodes see them, or there are none.
ALTER TABLE images ADD COLUMN staged_on VARCHAR(255);

-- When a project (tasks.owner; '' for none) had its last turn.
CREATE TABLE project_turns (
  project VARCHAR(255) PRIMARY KEY,
  taken_at TIMESTAMP(6) WITH TIME ZONE NOT NULL
);
