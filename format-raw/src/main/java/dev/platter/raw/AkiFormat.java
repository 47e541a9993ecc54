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
  boolean isIn(Storage storage, MemorySegment head) {
    return KernelHead.of(head).isPresent() || packed(storage, head).isPresent();
  }

  /** How it is packed; empty: it is not, or is no kernel. */
  private static Optional<PackedHead> packed(Storage storage, MemorySegment head) {
    return PackedHead.of(storage, 0, head)
        .filter(packed -> KernelHead.of(packed.content()).isPresent());
  }

  @Override
  Map<String, Object> tell(Storage storage, MemorySegment head) throws IOException {
    Map<String, Object> more = new LinkedHashMap<>();
    Optional<PackedHead> packed = packed(storage, head);
    Optional<KernelHead> kernel = KernelHead.of(packed.map(PackedHead::content).orElse(head));
    if (kernel.isPresent()) {
      more.put("kernel", kernel.get().kind());
      if (!kernel.get().architecture().isEmpty()) {
        more.put("architecture", kernel.get().architecture());
      }
      packed.ifPresent(how -> more.put("compression", how.compression()));
      String version = kernel.get().version();
      if (version.isEmpty() && packed.isEmpty()) {
        version = LinuxBanner.find(storage);
      }
      if (!version.isEmpty()) {
        more.put("version", version);
      }
    }
    return more;
  }
}
