package dev.platter.service;

import dev.platter.convert.Cancellation;
import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.service.store.Store;
import dev.platter.storage.MemoryStorage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** An import service for a test: a staging area in a directory, and a web of one page. */
final class Imports {
  static final String ID = "6f0d1c5e-0000-4000-8000-000000000001";

  private final Path directory;
  private final Staging staging;
  private ImportSettings settings =
      ImportSettings.DEFAULT.withConversionWorkers(2).withVirtualSizeCap(1L << 30);
  private List<ImportPlugin> plugins = List.of();
  private byte[] page = {};

  Imports(Path directory) throws IOException {
    this.directory = directory.resolve("staging");
    this.staging = Staging.open(this.directory);
  }

  Imports with(ImportSettings chosen) {
    settings = chosen;
    return this;
  }

  Imports with(ImportPlugin... chosen) {
    plugins = List.of(chosen);
    return this;
  }

  ImportSettings settings() {
    return settings;
  }

  Staging staging() {
    return staging;
  }

  ImportWorkflow workflow() {
    return new ImportWorkflow(staging, settings, plugins, uri -> download());
  }

  private WebClient.Download download() {
    return new WebClient.Download() {
      @Override
      public void abort() {
        // Nobody does.
      }

      @Override
      public ReadableByteChannel body() {
        return Channels.newChannel(new ByteArrayInputStream(page));
      }

      @Override
      public OptionalLong size() {
        return OptionalLong.of(page.length);
      }

      @Override
      public void close() {}
    };
  }

  /** Stages an image and imports it. */
  ImportResult direct(byte[] image, ImportJob job, ImportListener listener) throws IOException {
    staging.stage(job.imageId(), channel(image), 1L << 40, new Cancellation());
    return workflow().run(job, listener, new Cancellation());
  }

  ImportResult direct(byte[] image, ImportJob job) throws IOException {
    return direct(image, job, ImportListener.NONE);
  }

  /** Downloads an image. */
  ImportResult download(byte[] image, ImportJob job) throws IOException {
    page = image;
    return workflow().run(job, ImportListener.NONE, new Cancellation());
  }

  static ReadableByteChannel channel(byte[] bytes) {
    return Channels.newChannel(new ByteArrayInputStream(bytes));
  }

  static ImportJob staged(String diskFormat, Store... stores) {
    return ImportJob.of(ID, new ImportMethod.GlanceDirect(), diskFormat, "bare", stores);
  }

  static ImportJob web(String diskFormat, Store... stores) {
    URI uri = URI.create("http://example.org/image");
    return ImportJob.of(ID, new ImportMethod.WebDownload(uri), diskFormat, "bare", stores);
  }

  /** What is left in the staging area. */
  List<String> leftovers() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  static Fingerprint fingerprint(byte[] bytes) throws IOException {
    try {
      HexFormat hex = HexFormat.of();
      return new Fingerprint(
          bytes.length,
          hex.formatHex(MessageDigest.getInstance("MD5").digest(bytes)),
          HashAlgorithm.SHA512,
          hex.formatHex(MessageDigest.getInstance("SHA-512").digest(bytes)));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IOException(e);
    }
  }

  /** What the guest sees of a stored image. */
  static byte[] guest(byte[] image, String format) throws IOException {
    MemoryStorage storage = new MemoryStorage("stored");
    storage.write(0, MemorySegment.ofArray(image));
    try (DiskImage disk =
            ImageFormats.present().named(format).orElseThrow().open(storage, OpenRequest.strict());
        GuestReader reader = new GuestReader()) {
      BlockMap map = disk.map();
      byte[] bytes = new byte[Math.toIntExact(map.size())];
      reader.read(map, 0, MemorySegment.ofArray(bytes));
      return bytes;
    }
  }
}
