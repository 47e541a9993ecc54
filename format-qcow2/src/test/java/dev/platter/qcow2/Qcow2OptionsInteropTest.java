package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import dev.platter.image.ParentReference;
import dev.platter.image.Sizes;
import dev.platter.image.spi.CreateRequest;
import dev.platter.qcow2.write.Qcow2Options;
import dev.platter.testdata.ExternalTool;
import dev.platter.testdata.MemoryTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What we refuse, qemu-img refuses too, and both say why in the same words. */
@Tag("interop")
class Qcow2OptionsInteropTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "cluster_size=511, 1M",
    "cluster_size=0, 1M",
    "cluster_size=4M, 1M",
    "cluster_size=3000, 1M",
    "cluster_size=x, 1M",
    "compat=0.9, 1M",
    "compat=, 1M",
    "compression_type=lz4, 1M",
    "'compression_type=zstd,compat=0.10', 1M",
    "'extended_l2=on,compat=0.10', 1M",
    "'extended_l2=on,cluster_size=8k', 1M",
    "'lazy_refcounts=on,compat=v2', 1M",
    "lazy_refcounts=maybe, 1M",
    "refcount_bits=3, 1M",
    "refcount_bits=128, 1M",
    "refcount_bits=0, 1M",
    "refcount_bits=x, 1M",
    "'refcount_bits=8,compat=v2', 1M",
    "preallocation=some, 1M",
    "data_file_raw=on, 1M",
    "'data_file=d.raw,compat=v2', 1M",
    "'data_file=d.raw,data_file_raw=on,backing_file=b,backing_fmt=raw', 1M",
    "'preallocation=full,backing_file=b,backing_fmt=raw', 1M",
    "'preallocation=metadata,backing_file=b,backing_fmt=raw,cluster_size=16k', 1M",
    "nonsense=1, 1M",
    "cluster_size=512, 1T",
    "compat=1.1, 3E",
    "'cluster_size=2M,extended_l2=on', 7E",
    // Several things wrong: the same one is told.
    "'cluster_size=3,refcount_bits=3,compat=0.9', 1M",
    "'refcount_bits=3,lazy_refcounts=on,compat=v2', 1M",
    "'data_file_raw=on,compression_type=zstd,compat=v2', 1M",
    "'data_file=d.raw,compression_type=zstd,compat=v2', 1M",
    "'extended_l2=on,compat=v2,cluster_size=512', 1M",
    "'preallocation=full,data_file=d,data_file_raw=on,backing_file=b,backing_fmt=raw', 1M",
    "'cluster_size=512,preallocation=full,backing_file=b,backing_fmt=raw', 1T"
  })
  void refusesInTheSameWords(String options, String size) throws IOException {
    Files.write(directory.resolve("b"), new byte[512]);
    ExternalTool.Result theirs =
        ExternalTool.qemuImg()
            .runIn(directory, "create", "-q", "-f", "qcow2", "-o", options, "a.qcow2", size)
            .mustExit(1);
    IllegalOptionException ours =
        assertThrows(IllegalOptionException.class, () -> create(options, Sizes.parse(size)));
    String line = theirs.stderr().lines().findFirst().orElseThrow();
    assertEquals(line, "qemu-img: a.qcow2: " + ours.getMessage());
  }

  @Test
  void describesOptionsInTheSameWords() {
    String help = ExternalTool.qemuImg().mustRun("create", "-f", "qcow2", "-o", "help");
    for (OptionSpec spec : Qcow2Options.SPECS) {
      if (!spec.name().equals("compression_level")) {
        String form = "  " + spec.name() + "=<" + spec.type() + "> ";
        assertTrue(
            help.lines()
                .anyMatch(line -> line.startsWith(form) && line.endsWith(" - " + spec.help())),
            () -> form + spec.help() + " is not in\n" + help);
      }
    }
  }

  private static void create(String texts, long size) throws IOException {
    FormatOptions options = FormatOptions.parse(List.of(texts), Qcow2Options.SPECS);
    Optional<ParentReference> parent =
        options
            .string("backing_file")
            .map(name -> new ParentReference(name, options.string("backing_fmt")));
    new Qcow2Format()
        .create(new CreateRequest(size, options, false, parent, new MemoryTarget()))
        .close();
  }
}
