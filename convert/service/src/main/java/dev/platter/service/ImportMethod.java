package dev.platter.service;

import dev.platter.service.inspect.FormatNames;
import dev.platter.service.store.Store;
import java.io.IOException;
import java.net.URI;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/** Where the bytes of an import come from. */
public sealed interface ImportMethod {
  /** The method's name in the Image API. */
  String name();

  /** From the staging area, where they were put under the image's identifier. */
  record GlanceDirect() implements ImportMethod {
    @Override
    public String name() {
      return "glance-direct";
    }
  }

  /**
   * From a web server.
   *
   * @param uri what the user gave; the workflow's filter decides whether it is fetched
   */
  record WebDownload(URI uri) implements ImportMethod {
    public WebDownload {
      Objects.requireNonNull(uri);
    }

    @Override
    public String name() {
      return "web-download";
    }
  }

  /**
   * From another image service.
   *
   * @param client fetches it; knows where it is and who asks
   */
  record GlanceDownload(WebClient client) implements ImportMethod {
    private static final URI DATA = URI.create("image:data");

    public GlanceDownload {
      Objects.requireNonNull(client);
    }

    /** Begins to fetch. */
    WebClient.Download open() throws IOException {
      return client.open(DATA);
    }

    @Override
    public String name() {
      return "glance-download";
    }
  }

  /**
   * From a store that has the image, byte for byte: no plugin changes it.
   *
   * @param source the store
   * @param location where it is there
   * @param expected what the image's record says of it; a copy that differs fails. Empty: unknown
   * @param virtualSize what the image's record says of its disk; empty: unknown
   */
  record CopyImage(
      Store source, String location, Optional<Fingerprint> expected, OptionalLong virtualSize)
      implements ImportMethod {
    public CopyImage {
      Objects.requireNonNull(source);
      Objects.requireNonNull(location);
      Objects.requireNonNull(expected);
      Objects.requireNonNull(virtualSize);
    }

    @Override
    public String name() {
      return "copy-image";
    }
  }

  /**
   * From a store that has another image, to be stored in another format. The job says what that
   * other image is.
   *
   * @param source the store
   * @param location where the other image is there
   * @param expected what its record says of it; other bytes are not converted. Empty: unknown
   * @param target the format wanted, in the Image API's words: one of {@link FormatNames#MADE}
   */
  record ConvertImage(Store source, String location, Optional<Fingerprint> expected, String target)
      implements ImportMethod {
    public ConvertImage {
      Objects.requireNonNull(source);
      Objects.requireNonNull(location);
      Objects.requireNonNull(expected);
      if (!FormatNames.MADE.contains(target)) {
        throw new IllegalArgumentException(target + " is none of " + FormatNames.MADE);
      }
    }

    @Override
    public String name() {
      return "convert-image";
    }
  }
}
