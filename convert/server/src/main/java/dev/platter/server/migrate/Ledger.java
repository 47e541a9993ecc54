package dev.platter.server.migrate;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.db.Session;
import dev.platter.server.http.Json;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/**
 * What was taken over before, and as what: a digest of each record as it was written. By it a later
 * run knows what has changed since, there or here.
 */
final class Ledger {
  private Ledger() {}

  /** What is to be done about a record. */
  enum Step {
    /** It is new. */
    ADD,
    /** It has changed there, and not here. */
    UPDATE,
    /** It is here as it is there. */
    SAME,
    /** It has changed here, and not there. */
    CHANGED_HERE,
    /** It has changed here and there. */
    CHANGED_BOTH,
    /** It was taken over, and has been deleted here since. */
    DELETED_HERE,
    /** There is one here that never came from there. */
    FOREIGN
  }

  /**
   * @param wanted the digest of the record as it would be written now
   * @param recorded the digest of what was written before; null: nothing was
   * @param own the digest of what is here; null: there is nothing
   */
  static Step decide(String wanted, String recorded, String own) {
    if (own == null) {
      return recorded == null ? Step.ADD : Step.DELETED_HERE;
    }
    if (own.equals(wanted)) {
      return Step.SAME;
    }
    if (recorded == null) {
      return Step.FOREIGN;
    }
    if (own.equals(recorded)) {
      return Step.UPDATE;
    }
    return recorded.equals(wanted) ? Step.CHANGED_HERE : Step.CHANGED_BOTH;
  }

  /** SHA-256, in hexadecimal, of a record as JSON. */
  static String digest(JsonNode record) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(Json.bytes(record)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }

  /** The digests of what was written, by identifier. */
  static Map<String, String> find(Session session, String kind, Collection<String> ids)
      throws SQLException {
    Map<String, String> digests = new HashMap<>();
    if (!ids.isEmpty()) {
      Object[] parameters = new Object[ids.size() + 1];
      parameters[0] = kind;
      System.arraycopy(ids.toArray(), 0, parameters, 1, ids.size());
      session.list(
          "SELECT id, digest FROM migrated_records WHERE kind = ? AND id IN (?"
              + ", ?".repeat(ids.size() - 1)
              + ")",
          row -> digests.put(row.getString(1), row.getString(2)),
          parameters);
    }
    return digests;
  }

  static void put(Session session, String kind, String id, String digest) throws SQLException {
    int changed =
        session.update(
            "UPDATE migrated_records SET digest = ? WHERE kind = ? AND id = ?", digest, kind, id);
    if (changed == 0) {
      session.update(
          "INSERT INTO migrated_records (kind, id, digest) VALUES (?, ?, ?)", kind, id, digest);
    }
  }
}
