package dev.platter.raw;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Kernels, as image services name them: Linux for x86, ARM, RISC-V, packed or not. */
public final class AkiFormat extends NamedRawFormat {
  /** Found by {@link java.util.ServiceLoader}. */
  public AkiFormat() {}

  @Override
  public String name() {
    return "aki";
  }

  @Override
  boolean isIn(MemorySegment head) {
    return kernel(head).isPresent();
  }

  private static Optional<KernelHead> kernel(MemorySegment head) {
    Optional<KernelHead> plain = KernelHead.of(head);
    return plain.isPresent() ? plain : PackedHead.of(head).flatMap(p -> KernelHead.of(p.content()));
  }

  @Override
  Map<String, Object> tell(Storage storage, MemorySegment head) throws IOException {
    Map<String, Object> more = new LinkedHashMap<>();
    Optional<KernelHead> kernel = kernel(head);
    if (kernel.isPresent()) {
      more.put("kernel", kernel.get().kind());
      if (!kernel.get().architecture().isEmpty()) {
        more.put("architecture", kernel.get().architecture());
      }
      PackedHead.of(head).ifPresent(packed -> more.put("compression", packed.compression()));
      String version = kernel.get().version();
      if (version.isEmpty() && !more.containsKey("compression")) {
        version = LinuxBanner.find(storage);
      }
      if (!version.isEmpty()) {
        more.put("version", version);
      }
    }
    return more;
  }
}
