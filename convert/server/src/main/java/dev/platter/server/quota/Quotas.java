package dev.platter.server.quota;

import dev.platter.server.db.Database;
import dev.platter.server.db.Session;
import dev.platter.server.http.ApiException;
import dev.platter.server.keystone.KeystoneException;
import dev.platter.server.keystone.KeystoneLimits;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Refuses with 413 what would be more than a project may have: by Keystone's unified limits where
 * they are used, else by one number of bytes for each project. An image counts for the project that
 * owns it. For any thread.
 */
public final class Quotas {
  private static final System.Logger LOG = System.getLogger(Quotas.class.getName());

  private final Database database;
  private final long bytes;
  private final Optional<KeystoneLimits> limits;

  /**
   * How much of a resource there is.
   *
   * @param limit -1: as much as one likes
   */
  public record Usage(long limit, long used) {}

  /**
   * @param bytes what each project may store; 0: as much as it likes; means nothing beside limits
   */
  public Quotas(Database database, long bytes, Optional<KeystoneLimits> limits) {
    this.database = database;
    this.bytes = bytes;
    this.limits = limits;
  }

  /** Before a record is made. */
  public void admitImage(String project) {
    enforce(project, Resource.COUNT, 1);
  }

  /**
   * Before data go to a store.
   *
   * @param size how many bytes, if that is known
   * @return how many bytes may come
   */
  public long admitData(String project, String imageId, OptionalLong size) {
    enforce(project, Resource.SIZE, size.orElse(0) >> 20);
    long left = left(project, imageId);
    if (left <= 0 || size.isPresent() && size.getAsLong() > left) {
      throw full(left);
    }
    return left;
  }

  /**
   * Before data go to the staging area.
   *
   * @return how many bytes may come
   */
  public long admitStaging(String project, String imageId, OptionalLong size) {
    enforce(project, Resource.STAGED, size.orElse(0) >> 20);
    return left(project, imageId);
  }

  /** When an image's data have begun to come, which has just been written down. */
  public void admitTransfer(String project) {
    enforce(project, Resource.UPLOADING, 0);
  }

  /**
   * In the transaction that writes down the size and how many copies there are to be: there may
   * have been others meanwhile. Of two who want the last room, one gets it, and nobody counts what
   * was refused.
   */
  public void checkStored(Session session, String project) throws SQLException {
    if (bytes > 0 && limits.isEmpty() && project != null) {
      UsageTable.lock(session, project);
      long used = UsageTable.storedBytes(session, project, null);
      if (used > bytes) {
        throw full(bytes - used);
      }
    }
  }

  private long left(String project, String imageId) {
    if (bytes == 0 || limits.isPresent() || project == null) {
      return Long.MAX_VALUE;
    }
    return bytes - database.read(session -> UsageTable.storedBytes(session, project, imageId));
  }

  private static ApiException full(long left) {
    return ApiException.tooLarge(
        "The size of the data exceeds the storage quota of the project: %d bytes are left."
            .formatted(Math.max(0, left)));
  }

  private void enforce(String project, Resource resource, long more) {
    if (limits.isEmpty() || project == null) {
      return;
    }
    long limit = limit(project, resource);
    long used = database.read(session -> UsageTable.used(session, resource, project));
    if (limit >= 0 && used + more > limit) {
      throw ApiException.tooLarge(
          "Project %s is over the limit of %d for %s: %d are used, %d more are asked for."
              .formatted(project, limit, resource.limitName(), used, more));
    }
  }

  private long limit(String project, Resource resource) {
    try {
      return limits.orElseThrow().of(project, resource.limitName());
    } catch (KeystoneException e) {
      LOG.log(System.Logger.Level.WARNING, "limits cannot be asked for: {0}", e.getMessage());
      throw new ApiException(503, "The project's limits cannot be asked for; try again later.");
    }
  }

  /** What a project uses; nothing where there are no unified limits. */
  public Map<Resource, Usage> usage(String project) {
    Map<Resource, Usage> usage = new EnumMap<>(Resource.class);
    if (limits.isPresent() && project != null) {
      for (Resource resource : Resource.values()) {
        long used = database.read(session -> UsageTable.used(session, resource, project));
        usage.put(resource, new Usage(limit(project, resource), used));
      }
    }
    return usage;
  }
}
