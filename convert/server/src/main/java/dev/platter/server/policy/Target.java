package dev.platter.server.policy;

import java.util.Optional;

/** What a request is about, as rules see it: values by name. */
@FunctionalInterface
public interface Target {
  /** A request that is about nothing in particular. */
  Target NONE = name -> Optional.empty();

  /** The value; nothing matches a value that is not there. */
  Optional<String> value(String name);

  /** What belongs to a project. */
  static Target ofProject(String projectId) {
    return name -> name.equals("project_id") ? Optional.ofNullable(projectId) : Optional.empty();
  }
}
