package dev.platter.remote.s3;

import dev.platter.storage.Location;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** The name of an object: {@code s3://BUCKET/KEY}, the key as it is, without any escapes. */
record S3Name(String bucket, String key) {
  private static final String PREFIX = "s3://";

  static S3Name of(Location location) throws IOException {
    String text = location.toString();
    int slash = text.indexOf('/', PREFIX.length());
    if (!location.options().isEmpty() || !text.startsWith(PREFIX) || slash < 0) {
      throw new IOException(text + ": an object is named s3://BUCKET/KEY");
    }
    String bucket = text.substring(PREFIX.length(), slash);
    String key = text.substring(slash + 1);
    if (!bucket.matches("[A-Za-z0-9][A-Za-z0-9._:-]*") || key.isEmpty() || key.endsWith("/")) {
      throw new IOException(text + ": an object is named s3://BUCKET/KEY");
    }
    return new S3Name(bucket, key);
  }

  /** What a relative name means beside this object, in the same bucket. */
  Location beside(String name) throws IOException {
    Deque<String> steps = new ArrayDeque<>();
    String all = name.startsWith("/") ? name : key.substring(0, key.lastIndexOf('/') + 1) + name;
    for (String step : all.split("/")) {
      if (step.equals("..")) {
        if (steps.pollLast() == null) {
          throw new IOException(this + ": '" + name + "' would lie outside the bucket");
        }
      } else if (!step.isEmpty() && !step.equals(".")) {
        steps.addLast(step);
      }
    }
    S3Name beside = new S3Name(bucket, String.join("/", steps));
    return Location.of("s3", beside.toString());
  }

  @Override
  public String toString() {
    return PREFIX + bucket + "/" + key;
  }
}
