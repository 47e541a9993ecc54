package dev.platter.server.cinder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.cinder.CinderVolumes.Volume;
import dev.platter.server.client.HttpRequests.Answer;
import dev.platter.server.http.Json;
import dev.platter.service.inspect.FormatNames;
import dev.platter.service.store.StoreException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Volumes as files and devices of this machine. What is no file on a share of NFS, and no device
 * that is here already, is refused by its name. For any thread.
 */
final class CinderAttachments {
  private static final long GIBIBYTE = 1L << 30;
  private static final long PAUSE_MILLIS = 500;

  /** How long to wait until somebody else has read a volume that one may attach at a time. */
  private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(30);

  private static final int BLOCK_DEVICE = 0x6000;
  private static final int KIND = 0xf000;

  private final CinderRequests requests;
  private final CinderSettings settings;
  private final CinderVolumes volumes;
  private final Shares shares;

  /** Where shares of NFS are. */
  interface Shares {
    /**
     * The directory that has a share.
     *
     * @param options words for mount(8); may be empty
     * @throws IOException if it is not there
     */
    Path directory(String share, String options) throws IOException;
  }

  /** A volume that is here. */
  record Attached(String attachmentId, Path path) {}

  CinderAttachments(
      CinderRequests requests, CinderSettings settings, CinderVolumes volumes, Shares shares) {
    this.requests = requests;
    this.settings = settings;
    this.volumes = volumes;
    this.shares = shares;
  }

  /** Attaches a volume that nobody else has, to write to it. */
  Attached toWrite(Volume volume) throws StoreException {
    return attached(volume, "rw");
  }

  /** Attaches a volume to read it, which others may do, too, at the same time or before. */
  Attached toRead(Volume volume) throws StoreException {
    return attached(volume, "ro");
  }

  private Attached attached(Volume volume, String mode) throws StoreException {
    long end =
        System.nanoTime() + Math.min(LONGEST_WAIT_NANOS, settings.network().transition().toNanos());
    for (int attempt = 1; ; attempt++) {
      Answer answer = null;
      StoreException failure = null;
      try {
        answer = requests.once("POST", "/attachments", wanted(volume, mode));
      } catch (StoreException e) {
        failure = e; // whether it is attached is not known
      }
      if (answer != null && answer.status() < 500) {
        boolean busy = mode.equals("ro") && Set.of(400, 409).contains(answer.status());
        if (!busy || System.nanoTime() - end > 0) {
          return connected(volume, answer);
        }
        attempt--; // somebody else reads it
        requests.pause(PAUSE_MILLIS);
        continue;
      }
      detachHalf(volume);
      if (mode.equals("rw")) {
        volumes.await(volume.id(), CinderVolumes.DETACHING, "available");
      }
      if (attempt >= settings.network().attempts()) {
        throw failure == null ? requests.refusal(answer) : failure;
      }
      requests.pause(settings.network().timeout().toMillis() / 100 * attempt);
    }
  }

  /** Takes away attachments of a volume that are not complete: whoever made them does not know. */
  private void detachHalf(Volume volume) throws StoreException {
    JsonNode all =
        requests.json(requests.repeated("GET", "/attachments/detail?volume_id=" + volume.id()));
    for (JsonNode attachment : all.path("attachments")) {
      if (Set.of("reserved", "attaching").contains(attachment.path("status").asText())) {
        detach(attachment.path("id").asText());
      }
    }
  }

  private static ObjectNode wanted(Volume volume, String mode) {
    ObjectNode body = Json.object();
    ObjectNode attachment = body.putObject("attachment");
    attachment.put("volume_uuid", volume.id()).put("mode", mode);
    ObjectNode connector = attachment.putObject("connector");
    String host = "localhost";
    String address = "127.0.0.1";
    try {
      InetAddress own = InetAddress.getLocalHost();
      host = own.getHostName();
      address = own.getHostAddress();
    } catch (UnknownHostException e) {
      // It has no name.
    }
    connector
        .put("host", host)
        .put("ip", address)
        .put("platform", "x86_64")
        .put("os_type", "linux")
        .put("multipath", false)
        .put("mountpoint", "platter");
    return body;
  }

  private Attached connected(Volume volume, Answer answer) throws StoreException {
    String id = requests.json(answer).path("attachment").path("id").asText();
    if (!id.matches("[A-Za-z0-9-]{1,64}")) {
      throw requests.failure("Cinder answers with an attachment without an identifier");
    }
    try {
      // Only here is the format of a file told.
      JsonNode attachment =
          requests.json(requests.repeated("GET", "/attachments/" + id)).path("attachment");
      Path path = path(volume, attachment.path("connection_info"));
      ObjectNode complete = Json.object();
      complete.putObject("os-complete");
      Answer completed = requests.repeated("POST", "/attachments/" + id + "/action", complete);
      if (completed.status() / 100 != 2) {
        throw requests.refusal(completed);
      }
      return new Attached(id, path);
    } catch (IOException e) {
      StoreException failure = requests.unavailable(e);
      try {
        detach(id);
      } catch (StoreException left) {
        failure.addSuppressed(left);
      }
      throw failure;
    }
  }

  private Path path(Volume volume, JsonNode connection) throws IOException {
    String driver = connection.path("driver_volume_type").asText();
    if (volume.encrypted()) {
      throw requests.failure("volume %s is encrypted, and is not read so".formatted(volume.id()));
    }
    return switch (driver) {
      case "nfs" -> file(volume, connection);
      case "local" -> device(volume, connection);
      default ->
          throw requests.failure(
              "volumes of the driver '%s' are not attached to this service; those of nfs and local are"
                  .formatted(driver.replaceAll("[^A-Za-z0-9_.-]", "?")));
    };
  }

  private Path file(Volume volume, JsonNode connection) throws IOException {
    String format = connection.path("format").asText();
    if (!format.equals(FormatNames.RAW)) {
      throw requests.failure(
          "volume %s is a file of the format '%s', raw is expected (nfs_qcow2_volumes = false)"
              .formatted(volume.id(), format.replaceAll("[^A-Za-z0-9_.-]", "?")));
    }
    String name = connection.path("name").asText();
    if (!name.matches("[A-Za-z0-9_-][A-Za-z0-9._-]{0,250}")) {
      throw requests.failure("volume " + volume.id() + " has no name of a file");
    }
    Path file =
        shares
            .directory(connection.path("export").asText(), connection.path("options").asText(""))
            .resolve(name);
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw requests.failure(file + " is no file; is the share mounted?");
    }
    long size = Files.size(file);
    if (size != volume.gibibytes() * GIBIBYTE) {
      throw requests.failure(
          "%s has %d bytes, expected %d GiB".formatted(file, size, volume.gibibytes()));
    }
    return file;
  }

  private Path device(Volume volume, JsonNode connection) throws IOException {
    Path device = Path.of(connection.path("device_path").asText()).normalize();
    boolean right = device.startsWith("/dev") && Files.exists(device);
    if (!right
        || !(Files.getAttribute(device, "unix:mode") instanceof Integer mode)
        || (mode & KIND) != BLOCK_DEVICE) {
      throw requests.failure(
          "volume %s is said to be %s, which is no block device here"
              .formatted(volume.id(), device));
    }
    return device;
  }

  void detach(String attachmentId) throws StoreException {
    Answer answer = requests.repeated("DELETE", "/attachments/" + attachmentId);
    if (answer.status() / 100 != 2 && answer.status() != 404) {
      throw requests.refusal(answer);
    }
  }

  /** Takes a volume from whoever has it. */
  void detachAll(Volume volume) throws StoreException {
    JsonNode all = requests.json(requests.repeated("GET", "/attachments?volume_id=" + volume.id()));
    for (JsonNode attachment : all.path("attachments")) {
      detach(attachment.path("id").asText());
    }
    volumes.awaitEnd(volume.id(), CinderVolumes.DETACHING);
  }
}
