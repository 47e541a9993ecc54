package dev.platter.server.quota;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.server.db.Database;
import dev.platter.server.image.Image;
import dev.platter.server.image.ImageData;
import dev.platter.server.image.ImageFields;
import dev.platter.server.image.ImageTable;
import dev.platter.server.image.Location;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the records of images say that a project uses. */
class UsageTableTest {
  private static final String ID = "11111111-1111-4111-8111-111111111111";

  private static Image image() {
    ImageFields fields =
        new ImageFields(
            "n",
            "shared",
            "p",
            "raw",
            "bare",
            0,
            0,
            false,
            false,
            new TreeMap<>(),
            new TreeSet<>());
    return new Image(
        ID, fields, Image.Status.QUEUED, ImageData.NONE, List.of(), Database.now(), Database.now());
  }

  private static long stored(Database database) {
    return stored(database, "p", null);
  }

  private static long stored(Database database, String project, String except) {
    return database.read(session -> UsageTable.storedBytes(session, project, except));
  }

  private static void add(Database database, int copies) {
    database.transaction(session -> {
      for (int i = 0; i < copies; i++) {
        ImageTable.addLocation(session, ID, Location.in("s" + i, "file:///" + i));
      }
      return null;
    });
  }

  private static void promise(Database database, int copies) {
    database.transaction(session -> {
      ImageTable.promiseCopies(session, ID, copies);
      return null;
    });
  }

  @Test
  void copiesThatWillBeMadeCountAsThoseThatAre(@TempDir Path directory) throws Exception {
    String url = Database.embedded(directory.resolve("database"));
    try (Database database = new Database(url, "", "", 2)) {
      database.transaction(session -> {
        ImageTable.insert(session, image());
        ImageTable.saveData(session, ID, new ImageData(1000L, null, null, null, null));
        return null;
      });
      assertEquals(0, stored(database));
      promise(database, 3);
      assertEquals(3000, stored(database));
      add(database, 1);
      assertEquals(3000, stored(database), "it is one of those that were promised");
      promise(database, 0);
      assertEquals(1000, stored(database));
      promise(database, 2);
      add(database, 2);
      assertEquals(3000, stored(database), "there are more than were promised");
      assertEquals(0, stored(database, "p", ID));
      assertEquals(0, stored(database, "q", null));
    }
  }
}
