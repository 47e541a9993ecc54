package dev.platter.server.vmware;

import dev.platter.server.vmware.VmwareSession.Login;
import dev.platter.server.vmware.VmwareSession.Reference;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** The files in datastores, as the methods of vSphere handle them. For any thread. */
final class VmwareDatastores {
  private static final long FIRST_LOOK_MILLIS = 5;

  /** What a task is about is one file: it takes no longer, unless something is stuck. */
  private static final Duration LONGEST_TASK = Duration.ofMinutes(10);

  private final VmwareSession session;
  private final VmwareSettings settings;

  VmwareDatastores(VmwareSession session, VmwareSettings settings) {
    this.session = session;
    this.settings = settings;
  }

  /**
   * A datastore of the settings, as vSphere has it.
   *
   * @param free bytes; 0 where it can not be used now
   * @param browser what looks for files in it
   */
  record Datastore(VmwarePlace place, Reference datacenter, long free, Reference browser) {}

  /**
   * @throws IOException if there is none of that name
   */
  Datastore find(VmwarePlace place) throws IOException {
    Reference datacenter = datacenter(place);
    List<VmwareProperties> all =
        VmwareProperties.listed(
            session,
            datacenter,
            "datastore",
            "Datastore",
            "name",
            "summary.accessible",
            "summary.freeSpace",
            "browser");
    for (VmwareProperties each : all) {
      if (each.text("name").equals(place.datastore())) {
        boolean usable = each.text("summary.accessible").equals("true");
        return new Datastore(
            place,
            datacenter,
            usable ? each.bytes("summary.freeSpace") : 0,
            each.reference("browser"));
      }
    }
    throw new IOException(
        "the datacenter %s has no datastore %s".formatted(place.datacenter(), place.datastore()));
  }

  private Reference datacenter(VmwarePlace place) throws IOException {
    SoapElement found =
        session.call(
            "FindByInventoryPath",
            Login::inventory,
            "<inventoryPath>" + SoapElement.escaped(place.datacenter()) + "</inventoryPath>");
    if (!found.type().equals("Datacenter")) {
      throw new IOException("there is no datacenter " + place.datacenter());
    }
    return Reference.of(found);
  }

  /** Makes the directory of images, and those above it, where they are missing. */
  void makeDirectory(Datastore datastore) throws IOException {
    try {
      session.call(
          "MakeDirectory",
          Login::files,
          file("name", datastore.place().directoryPath())
              + datastore.datacenter().as("datacenter")
              + "<createParentDirectories>true</createParentDirectories>");
    } catch (SoapFault e) {
      if (!e.is("FileAlreadyExists")) {
        throw e;
      }
    }
  }

  /** Gives a file another name in its directory, which no file may have yet. */
  void move(Datastore datastore, String from, String to) throws IOException {
    SoapElement task =
        session.call(
            "MoveDatastoreFile_Task",
            Login::files,
            file("sourceName", datastore.place().file(from))
                + datastore.datacenter().as("sourceDatacenter")
                + file("destinationName", datastore.place().file(to))
                + datastore.datacenter().as("destinationDatacenter")
                + "<force>false</force>");
    await(task);
  }

  /**
   * Deletes a file.
   *
   * @return whether it was there
   */
  boolean delete(VmwarePlace place, String name) throws IOException {
    Reference datacenter = datacenter(place);
    for (int attempt = 1; ; attempt++) {
      try {
        await(
            session.call(
                "DeleteDatastoreFile_Task",
                Login::files,
                file("name", place.file(name)) + datacenter.as("datacenter")));
        return true;
      } catch (SoapFault e) {
        if (e.is("FileNotFound")) {
          return false;
        }
        // The host may not have noticed yet that whoever was writing it is gone.
        boolean passing = e.is("FileLocked") || e.is("CannotDeleteFile") || e.is("ResourceInUse");
        if (!passing || attempt >= settings.network().attempts()) {
          throw e;
        }
      }
      session.pause(attempt);
    }
  }

  private static String file(String element, String path) {
    return "<%s>%s</%s>".formatted(element, SoapElement.escaped(path), element);
  }

  /**
   * The names of files in the directory of images.
   *
   * @param pattern with {@code *} and {@code ?}
   */
  List<String> list(Datastore datastore, String pattern) throws IOException {
    try {
      SoapElement result =
          await(
              session.call(
                  "SearchDatastore_Task",
                  login -> datastore.browser(),
                  file("datastorePath", datastore.place().directoryPath())
                      + "<searchSpec>"
                      + file("matchPattern", pattern)
                      + "</searchSpec>"));
      return result.all("file").stream().map(file -> file.textOf("path")).toList();
    } catch (SoapFault e) {
      if (e.is("FileNotFound")) {
        return List.of(); // no image was ever there
      }
      throw e;
    }
  }

  /**
   * Waits for the end of a task.
   *
   * @return its result; an element without content where it has none
   */
  private SoapElement await(SoapElement returned) throws IOException {
    Reference task = Reference.of(returned);
    long end = System.nanoTime() + LONGEST_TASK.toNanos();
    for (long pause = FIRST_LOOK_MILLIS;
        ;
        pause = Math.min(2 * pause, settings.network().poll().toMillis())) {
      VmwareProperties now =
          VmwareProperties.of(session, task, "info.state", "info.error", "info.result");
      switch (now.text("info.state")) {
        case "success" -> {
          SoapElement nothing = new SoapElement("val", "", "", List.of());
          return now.properties().getOrDefault("info.result", nothing);
        }
        case "error" -> throw failure(now);
        case "queued", "running" -> {}
        default ->
            throw new IOException("vSphere does not tell the state of the task " + task.id());
      }
      if (System.nanoTime() - end > 0) {
        throw new IOException(
            "the task %s has not ended in %d seconds"
                .formatted(task.id(), LONGEST_TASK.toSeconds()));
      }
      session.pauseMillis(pause);
    }
  }

  private static SoapFault failure(VmwareProperties task) {
    SoapElement error = task.properties().get("info.error");
    return error == null
        ? new SoapFault("", "the task failed and nothing tells why")
        : SoapFault.of(error.child("fault").orElse(error), error.textOf("localizedMessage"));
  }
}
