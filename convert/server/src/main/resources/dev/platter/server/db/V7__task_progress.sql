-- How far the work of a task is, as JSON; null unless it is under way.
ALTER TABLE tasks ADD COLUMN progress VARCHAR(1000);
